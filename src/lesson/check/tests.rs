//! A toy lesson that is right, and mutants of it: each must be found out, or the check proves nothing.

use std::path::Path;

use super::*;
use crate::collections::SortedSet;
use crate::lesson::action::Run;
use crate::lesson::load::Page;
use crate::lesson::scenario::Installed;
use crate::lesson::translation::hash;

const INDEX: &str = r#"{
  "title": "Toy", "description": "A toy.",
  "details": {
    "intro": { "title": "Before", "text": "intro/text.md", "background": "intro/background.sh" },
    "steps": [
      { "title": "One", "text": "one/text.md", "verify": "one/verify.sh" },
      { "title": "Two", "text": "two/text.md", "verify": "two/verify.sh" }
    ],
    "assets": { "host01": [ { "file": "*.yaml", "target": "/root" } ] }
  },
  "drydock": {
    "profile": "toy", "seed": 3,
    "translations": { "ko": { "Toy": "장난감", "A toy.": "장난감이에요.", "Before": "앞", "One": "하나", "Two": "둘" } }
  }
}"#;

/// The sources; translations are made from them, with the same words.
const FILES: [(&str, &str); 12] = [
    ("index.json", INDEX),
    ("intro/text.md", "Hello `print hi`{{exec}}"),
    ("intro/background.sh", "set ready"),
    (
        "one/text.md",
        "Do:\n```\nset one\n```{{exec}}\n`fail`{{exec fails}}\n```predict\nWhat?\n- a: this\n- b: that\n$ print b\n```\n",
    ),
    ("one/verify.sh", "need one # missing: one 1"),
    ("one/solution.sh", "set one"),
    ("one/hint.md", "Think."),
    ("one/missing.md", "- one: It lacks {1}."),
    ("two/text.md", "Watch: `hang`{{exec}} and go on: `need one`{{exec interrupt}}"),
    ("two/verify.sh", "need two # missing: two"),
    ("two/solution.sh", "need ready\nneed /root/a.yaml\nset two"),
    ("assets/a.yaml", "a: 1"),
];

fn toy() -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> =
        FILES.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    files.push(("two/hint.md".to_owned(), "Think again.".to_owned()));
    files.push(("two/missing.md".to_owned(), "- two: Two.".to_owned()));
    let translations: Vec<(String, String)> = files
        .iter()
        .filter_map(|(path, text)| Some((format!("{}.ko.md", path.strip_suffix(".md")?), stamped(text, text))))
        .collect();
    files.extend(translations);
    files
}

/// A world with a set of words for a state and a few commands.
#[derive(Default)]
struct Fake {
    state: SortedSet<String>,
}

impl Fake {
    fn bash(&mut self, script: &str) -> Outcome {
        let mut output = String::new();
        for line in script.lines() {
            let mut words = line.split_whitespace();
            let (command, word) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            let exit = match command {
                "set" => {
                    self.state.insert(word.to_owned());
                    Some(0)
                }
                "need" if self.state.contains(word) => Some(0),
                "need" => {
                    output += line.split_once("# ").map_or("no such thing", |(_, said)| said);
                    output.push('\n');
                    Some(1)
                }
                "print" => {
                    output += word;
                    output.push('\n');
                    Some(0)
                }
                "hang" => None,
                _ => Some(127),
            };
            if exit != Some(0) {
                return Outcome { exit, waits: false, output };
            }
        }
        Outcome::ended(0, output)
    }
}

impl World for Fake {
    fn pause(&mut self) {}

    fn install(&mut self, installed: &Installed, _: &[u8]) {
        self.state.insert(installed.path.clone());
    }

    fn enter(&mut self, page: &Page) -> Entered {
        let background = page.background.as_deref().map(|script| self.bash(script));
        Entered { background, foreground: page.foreground.as_deref().map(|script| self.bash(script)) }
    }

    fn press(&mut self, _: &Run, commands: &str) -> Outcome {
        self.bash(commands)
    }

    fn run(&mut self, script: &str) -> Outcome {
        self.bash(script)
    }
}

fn open(setup: &Setup) -> Result<Box<dyn World>, String> {
    match setup.profile.as_str() {
        "toy" => Ok(Box::new(Fake::default())),
        other => Err(format!("there is no profile {other}")),
    }
}

fn checked(files: Vec<(String, String)>) -> Report {
    check("toy", &Folder::of(files), Some(&mut open)).remove(0)
}

#[test]
fn a_lesson_that_is_right() {
    let report = checked(toy());
    assert_eq!(report.problems, Vec::<String>::new());
    assert_eq!((report.proved, report.steps, report.buttons, report.questions), (true, 2, 5, 1));
    assert_eq!(plain(&[report]), "toy: proved: 2 steps, 5 buttons, 1 questions\n");
}

#[test]
fn every_mutant_is_found_out() {
    for (path, from, to, fault) in [
        // Lint.
        ("index.json", "\"title\": \"One\", ", "", "one: a part needs a title"),
        ("index.json", "\"Two\": \"둘\"", "\"Old\": \"둘\"", "drydock.translations.ko: nothing for \"Two\""),
        ("index.json", "\"Two\": \"둘\"", "\"Two\": \"둘\", \"Old\": \"옛\"", "\"Old\" is no title or description"),
        ("index.json", ", \"verify\": \"two/verify.sh\"", "", "two: a step needs a verify.sh"),
        ("index.json", "one/verify.sh", "one/check.sh", "one/check.sh: it cannot be read"),
        ("index.json", "two/text.md", "one/text.md", "two parts have their texts in one folder"),
        ("index.json", "*.yaml", "*.yml", "assets/a.yaml: nothing refers to this file"),
        ("one/text.md", "Do:", "Do it:", "one/text.ko.md: stale"),
        ("one/text.md", "{{exec fails}}", "{{exec badly}}", "one/text.md: badly is not understood in {{exec badly}}"),
        ("one/text.md", "Do:", "Do: ![](a.png)", "one/text.md: a.png is not there"),
        ("one/text.md", "Do:", "Do: [x](javascript:y)", "a link or picture of this kind leads nowhere: javascript:y"),
        ("one/text.md", "$ print b", "", "one/text.md: predict: there is no command"),
        ("one/text.ko.md", "set one", "set two", "one/text.ko.md: its buttons are not those of the source"),
        ("one/text.ko.md", "- a: this", "- c: this", "one/text.ko.md: its questions have other commands or values"),
        ("one/text.ko.md", "<!-- source", "<!-- from", "its first line should be <!-- source: "),
        ("one/missing.ko.md", "{1}", "{2}", "one/missing.ko.md: its ids or their values"),
        ("one/missing.md", "- one", "- un", "one/missing.md: there is no text for one"),
        ("one/missing.md", "- one", "- un", "one/missing.md: the check never says un"),
        ("one/hint.md", "Think.", "", "one/hint.md: there is no hint"),
        ("one/solution.sh", "set one", "", "one/solution.sh: it is empty"),
        // Proof.
        ("index.json", "\"profile\": \"toy\"", "\"profile\": \"other\"", "no world for it: there is no profile other"),
        ("one/verify.sh", "need one", "print one", "one/text.md: its check passes before anything is done"),
        ("one/verify.sh", "need one", "need more", "one/text.md: its check does not pass after its solution"),
        ("one/verify.sh", "# missing:", "# lacking", "one/text.md: its check fails without saying what is missing"),
        ("one/solution.sh", "set one", "oops", "one/text.md: its solution fails with 127"),
        ("intro/background.sh", "set ready", "oops", "intro/text.md: its background script fails with 127"),
        ("intro/background.sh", "set ready", "set", "two/text.md: its solution fails with 1:\n    no such thing"),
        ("one/text.md", "{{exec fails}}", "{{exec}}", "one/text.md: the button `fail` fails with 127"),
        ("one/text.md", "`fail`", "`print x`", "one/text.md: the button `print x` should fail and does not"),
        ("two/text.md", "{{exec interrupt}}", "{{exec}}", "two/text.md: the button `hang` does not end"),
        ("one/text.md", "$ print b", "$ print c", "none of its question's choices is the answer:\n    c"),
        ("one/text.md", "$ print b", "$ oops", "one/text.md: the command of its question fails with 127"),
    ] {
        let mut files = toy();
        let file = files.iter_mut().find(|(name, _)| name == path).map(|(_, text)| text).unwrap();
        assert!(file.contains(from), "{path} has no {from}");
        *file = file.replace(from, to);
        let report = checked(files);
        assert!(
            report.problems.iter().any(|problem| problem.contains(fault)),
            "{path}, {from} → {to}: {:#?}",
            report.problems
        );
        assert!(!report.proved || !report.problems.is_empty());
    }
}

#[test]
fn files_that_are_missing_or_too_many() {
    for (path, fault) in [
        ("one/text.md", "one/text.md: it cannot be read"),
        ("one/text.ko.md", "one/text.ko.md: it cannot be read"),
        ("two/hint.md", "two/hint.md: it cannot be read"),
        ("two/missing.md", "two/missing.md: it cannot be read"),
        ("two/solution.sh", "two/solution.sh: it cannot be read"),
        ("index.json", "structure.json: it cannot be read"),
    ] {
        let files = toy().into_iter().filter(|(name, _)| name != path).collect();
        let report = checked(files);
        assert!(report.problems.iter().any(|problem| problem == fault), "{path}: {:#?}", report.problems);
    }
    let mut files = toy();
    files.push(("one/notes.md".to_owned(), String::new()));
    assert_eq!(checked(files).problems, ["one/notes.md: nothing refers to this file"]);
}

#[test]
fn a_course_lists_its_scenarios() {
    let mut files: Vec<(String, String)> = Vec::new();
    for folder in ["a", "b"] {
        files.extend(toy().into_iter().map(|(path, text)| (format!("{folder}/{path}"), text)));
    }
    files.push((
        "structure.json".to_owned(),
        r#"{"items": [{"path": "a", "title": "A"}], "drydock": {"translations": {"ko": {}}}}"#.to_owned(),
    ));
    let reports = check("toys/", &Folder::of(files), Some(&mut open));
    assert_eq!(
        plain(&reports),
        "toys/a: proved: 2 steps, 5 buttons, 1 questions\n\
         toys/: 2 faults\n  b/index.json: no structure.json lists this scenario\n  \
         structure.json: drydock.translations.ko: nothing for \"A\"\n"
    );
}

#[test]
fn the_lessons_of_this_project_have_no_fault() {
    let folder = Folder::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons")).unwrap();
    let reports = check("lessons", &folder, None);
    assert!(!reports.is_empty());
    assert!(reports.iter().all(|report| report.problems.is_empty()), "{}", plain(&reports));
}

#[test]
fn words_of_the_command_line() {
    let run = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        command(&words, &mut open)
    };
    for words in [
        &[][..],
        &["check"],
        &["play"],
        &["play", "--fast", "."],
        &["check", "--fast", "."],
        &["prove", "."],
        &["stamp"],
    ] {
        assert_eq!(run(words), (USAGE.to_owned(), 2), "{words:?}");
    }
    let (told, exit) = run(&["check", "no/such/folder"]);
    assert!(told.starts_with("drydock: no/such/folder: "), "{told}");
    assert_eq!(exit, 2);
    assert_eq!(hash("x"), hash("x\n"));
    assert_eq!(source_of("a/text.ko.md").as_deref(), Some("a/text.md"));
    assert_eq!(source_of("a/text.md"), None);
}

#[test]
fn anybodys_scenario_is_played() {
    let told = |files: Vec<(String, String)>| play("toy", &Folder::of(files), &mut open);
    let played = told(toy()).remove(0);
    assert!(played.ok, "{played:#?}");
    assert_eq!((played.profile.as_str(), played.problems.len(), played.refusals.len()), ("toy", 0, 0));
    let of = |step: usize| {
        let part = &played.steps[step];
        let verify = part.verify.as_ref().unwrap();
        (part.buttons.len(), verify.before.exit, verify.solved_by, verify.after.exit)
    };
    // Its button says `set one`; of the other step only the solution knows the way.
    assert_eq!(of(0), (2, Some(1), Some("buttons"), Some(0)));
    assert_eq!(of(1), (2, Some(1), Some("solution.sh"), Some(0)));
    assert_eq!(played.steps[1].buttons[0].told.exit, None);
    let text = json(&[played]);
    assert!(text.contains("\"exit\": null") && text.contains("\"solved_by\": \"buttons\""), "{text}");
}

#[test]
fn whatever_is_wrong_is_told_and_the_rest_is_played() {
    type Files = Vec<(String, String)>;
    let edited = |edit: &dyn Fn(&mut Files)| {
        let mut files = toy();
        edit(&mut files);
        play("toy", &Folder::of(files), &mut open)
    };
    let set = |files: &mut Files, path: &str, text: &str| {
        files.retain(|(name, _)| name != path);
        files.push((path.to_owned(), text.to_owned()));
    };
    for (path, text, fault) in [
        ("index.json", "{\"title\":", "index.json: it is not JSON"),
        ("index.json", "[]", "index.json: it should be an object, not a list"),
        ("assets/a.yaml", "", ""),
        ("one/verify.sh", "nosuch", ""),
    ] {
        let played = edited(&|files| set(files, path, text)).remove(0);
        assert!(played.problems.iter().any(|problem| problem.starts_with(fault)) || fault.is_empty(), "{played:#?}");
    }
    let without = |path: &str| edited(&|files| files.retain(|(name, _)| name != path)).remove(0);
    assert_eq!(without("one/text.md").problems, ["one/text.md: it cannot be read"]);
    assert_eq!(without("one/verify.sh").problems, ["one/verify.sh: it cannot be read"]);
    assert_eq!(without("assets/a.yaml").problems, ["details.assets: no file in assets/ is *.yaml"]);
    assert!(!without("intro/background.sh").steps.is_empty());
    let played = edited(&|files| {
        set(files, "intro/background.sh", "oops");
        set(files, "index.json", &INDEX.replace("\"host01\"", "\"host02\"").replace("\"profile\": \"toy\", ", ""));
    });
    let problems = &played[0].problems;
    assert!(problems.contains(&"details.assets.host02: files are put on host01 only".to_owned()), "{problems:?}");
    assert!(problems.iter().any(|problem| problem.contains("the nearest profile stands in: killercoda")));
    assert!(problems.iter().any(|problem| problem.starts_with("no world for it: there is no profile")));
}

#[test]
fn a_folder_of_scenarios_needs_no_list() {
    let files = |folders: &[&str]| -> Vec<(String, String)> {
        let inside = |folder: &str| -> Vec<(String, String)> {
            toy().into_iter().map(|(path, text)| (format!("{folder}/{path}"), text)).collect()
        };
        folders.iter().flat_map(|folder| inside(folder)).collect()
    };
    let names = |files: Vec<(String, String)>| -> Vec<String> {
        play("all", &Folder::of(files), &mut open).into_iter().map(|played| played.scenario).collect()
    };
    // An index.json among a scenario's assets is no scenario.
    let mut some = files(&["b", "deep/er", "a"]);
    some.push(("a/assets/web/index.json".to_owned(), "{}".to_owned()));
    assert_eq!(names(some.clone()), ["all/a", "all/b", "all/deep/er"]);
    some.push(("structure.json".to_owned(), r#"{"items": [{"path": "b"}, {"path": "gone"}]}"#.to_owned()));
    assert_eq!(names(some), ["all/b", "all/a", "all/deep/er", "all"]);
    let nothing = play("all", &Folder::of([]), &mut open).remove(0);
    assert_eq!(nothing.problems, ["index.json: there is no scenario in this folder: none of its folders has one"]);
}
