//! What can be wrong with a scenario without running it.

use super::folder::Folder;
use crate::collections::{Sort, SortedSet};
use crate::lesson::document::{Destination, Document, Met};
use crate::lesson::load::{Lesson, Page, load_now};
use crate::lesson::missing::{MissingTexts, is_id};
use crate::lesson::paths::resolve;
use crate::lesson::problem::Problem;
use crate::lesson::scenario::{Part, Scenario};
use crate::lesson::translation::{self, SOURCE_LANGUAGE, translated};

/// The faults of the scenario in a folder. Those of anybody's scenario are few; ours have to be complete.
pub fn lint(folder: &Folder) -> Vec<Problem> {
    let mut lint = Lint { folder, problems: Vec::new() };
    match load_now(&|path| folder.text(path), SOURCE_LANGUAGE) {
        Ok(lesson) => lint.lesson(&lesson),
        Err(problem) => lint.problems.push(problem),
    }
    lint.problems.arrange();
    lint.problems.dedup();
    lint.problems
}

struct Lint<'a> {
    folder: &'a Folder,
    problems: Vec<Problem>,
}

impl Lint<'_> {
    fn note(&mut self, file: &str, message: impl Into<String>) {
        self.problems.push(Problem::new(file, message));
    }

    fn lesson(&mut self, lesson: &Lesson) {
        let scenario = &lesson.scenario;
        self.problems.extend(lesson.problems.iter().cloned());
        if scenario.steps.is_empty() {
            self.note("index.json", "there are no steps");
        }
        let keys: SortedSet<&str> = scenario.parts().map(Part::key).collect();
        if keys.len() < scenario.parts().count() {
            self.note(
                "index.json",
                "two parts have their texts in one folder or have none, so progress cannot tell them apart",
            );
        }
        for page in pages(lesson) {
            self.text(&page.path, &page.text);
        }
        if !scenario.ours {
            return;
        }
        self.titles(scenario);
        for (part, page) in scenario.steps.iter().zip(&lesson.steps) {
            self.step(part, page);
        }
        for language in &scenario.languages {
            match load_now(&|path| self.folder.text(path), language) {
                Ok(other) => self.translation(lesson, &other),
                Err(problem) => self.problems.push(problem),
            }
        }
        self.orphans(lesson);
    }

    /// Titles are there and translated.
    fn titles(&mut self, scenario: &Scenario) {
        if scenario.description.is_none() {
            self.note("index.json", "description: a learner chooses by it");
        }
        for part in scenario.parts() {
            if part.title.is_none() {
                self.note("index.json", format!("{}: a part needs a title", part.key()));
            }
            if part.text.is_none() {
                self.note("index.json", format!("{}: a part needs a text", part.key()));
            }
        }
        for language in &scenario.languages {
            for source in scenario.displayed() {
                if scenario.translation(source, language).is_none() {
                    self.note("index.json", format!("drydock.translations.{language}: nothing for \"{source}\""));
                }
            }
        }
        for (language, source) in scenario.leftover_translations() {
            self.note(
                "index.json",
                format!("drydock.translations.{language}: \"{source}\" is no title or description"),
            );
        }
    }

    /// A step can be checked, hinted at and solved.
    fn step(&mut self, part: &Part, page: &Page) {
        let Some(verify) = &page.verify else {
            return self.note("index.json", format!("{}: a step needs a verify.sh", page.key));
        };
        if page.solution.as_deref().is_none_or(|solution| solution.trim().is_empty()) {
            self.note(&part.beside("solution.sh").unwrap_or_default(), "it is empty");
        }
        if page.hints.is_empty() {
            self.note(&part.beside("hint.md").unwrap_or_default(), "there is no hint");
        }
        let file = part.beside("missing.md").unwrap_or_default();
        let said: SortedSet<&str> = said_by(verify).collect();
        let known: SortedSet<&str> = page.missing.ids().collect();
        for id in said.difference(&known) {
            self.note(&file, format!("there is no text for {id}"));
        }
        for id in known.difference(&said) {
            self.note(&file, format!("the check never says {id}"));
        }
        if said.is_empty() {
            self.note(
                part.verify.as_deref().unwrap_or_default(),
                "it never says what is missing: echo \"missing: id\"",
            );
        }
    }

    /// Pictures exist and speak, links lead somewhere.
    fn text(&mut self, file: &str, text: &Document) {
        let mut told = Vec::new();
        text.visit(&mut |met| match met {
            Met::Image(Destination::Within(path), _) | Met::Link(Destination::Within(path))
                if !path.starts_with('#') =>
            {
                let target = resolve(file, path.split('#').next().unwrap_or_default());
                if target.is_none_or(|target| !self.folder.has(&target)) {
                    told.push(format!("{path} is not there"));
                }
            }
            Met::Image(..) | Met::Link(_) | Met::Code(_) | Met::Predict(_) => {}
        });
        text.visit(&mut |met| {
            if let Met::Image(_, "") = met {
                told.push("a picture says nothing to those who do not see it".to_owned());
            }
        });
        told.into_iter().for_each(|message| self.note(file, message));
    }

    /// A translation is fresh and has the same commands, questions and ids.
    fn translation(&mut self, source: &Lesson, other: &Lesson) {
        let language = other.language.as_str();
        self.problems.extend(other.problems.iter().cloned());
        for (ours, theirs) in pages(source).zip(pages(other)) {
            let file = translated(&ours.path, language);
            self.fresh(&ours.path, language);
            if actions(&ours.text) != actions(&theirs.text) {
                self.note(&file, "its buttons are not those of the source");
            }
            if questions(&ours.text) != questions(&theirs.text) {
                self.note(&file, "its questions have other commands or values than the source's");
            }
            if ours.verify.is_none() {
                continue;
            }
            let beside = |name| crate::lesson::paths::beside(&ours.path, name);
            self.fresh(&beside("hint.md"), language);
            self.fresh(&beside("missing.md"), language);
            if ours.hints.len() != theirs.hints.len() {
                self.note(&translated(&beside("hint.md"), language), "it has another number of hints than the source");
            }
            if placeholders(&ours.missing) != placeholders(&theirs.missing) {
                self.note(
                    &translated(&beside("missing.md"), language),
                    "its ids or their values ({1}, …) are not those of the source",
                );
            }
        }
    }

    fn fresh(&mut self, source: &str, language: &str) {
        let file = translated(source, language);
        // That a file is missing is said already.
        let (Some(text), Some(translation)) = (self.folder.text(source), self.folder.text(&file)) else { return };
        let hash = translation::hash(&text);
        match translation::stated(&translation) {
            Some(stated) if stated == hash => {}
            Some(stated) => self.note(&file, format!("stale: made from {stated}, and the source is {hash} now")),
            None => self.note(&file, format!("its first line should be <!-- source: {hash} -->")),
        }
    }

    /// Nothing lies about that nobody refers to.
    fn orphans(&mut self, lesson: &Lesson) {
        let scenario = &lesson.scenario;
        let mut known: SortedSet<String> = SortedSet::from(["index.json".to_owned()]);
        let mut texts: Vec<String> = Vec::new();
        for part in scenario.parts() {
            texts.extend(part.text.clone());
            known.extend([&part.verify, &part.foreground, &part.background].into_iter().flatten().cloned());
            if part.verify.is_some() {
                known.extend(part.beside("solution.sh"));
                texts.extend(part.beside("hint.md"));
                texts.extend(part.beside("missing.md"));
            }
        }
        for text in texts {
            known.extend(scenario.languages.iter().map(|language| translated(&text, language)));
            known.insert(text);
        }
        for page in pages(lesson) {
            page.text.visit(&mut |met| {
                if let Met::Image(Destination::Within(path), _) | Met::Link(Destination::Within(path)) = met {
                    known.extend(resolve(&page.path, path));
                }
            });
        }
        let hosts: SortedSet<&str> = scenario.assets.iter().map(|asset| asset.host.as_str()).collect();
        for host in hosts {
            known.extend(scenario.install(host, self.folder.paths()).into_iter().map(|installed| installed.file));
        }
        let orphans: Vec<String> =
            self.folder.paths().filter(|path| !known.contains(*path)).map(str::to_owned).collect();
        for orphan in orphans {
            self.note(&orphan, "nothing refers to this file");
        }
    }
}

fn pages(lesson: &Lesson) -> impl Iterator<Item = &Page> {
    lesson.intro.iter().chain(&lesson.steps).chain(&lesson.finish)
}

/// The ids that a check can say: every `missing: id` in its text.
fn said_by(verify: &str) -> impl Iterator<Item = &str> {
    verify.match_indices("missing: ").filter_map(|(at, found)| {
        let rest = &verify[at + found.len()..];
        let end =
            rest.find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')).unwrap_or(rest.len());
        Some(&rest[..end]).filter(|id| is_id(id))
    })
}

fn actions(text: &Document) -> Vec<String> {
    let acting = text.codes().into_iter().filter(|code| code.action.is_some());
    acting.map(|code| format!("{:?} {}", code.action, code.text)).collect()
}

fn questions(text: &Document) -> Vec<(String, Vec<String>)> {
    let values = |predict: &crate::lesson::Predict| predict.choices.iter().map(|choice| choice.value.clone()).collect();
    text.predictions().into_iter().map(|predict| (predict.command.clone(), values(predict))).collect()
}

/// The ids of a `missing.md`, each with the values that its text shows.
fn placeholders(missing: &MissingTexts) -> Vec<(String, Vec<usize>)> {
    let shown = |id: &str| {
        let text = missing.plain(id);
        (1..=9).filter(|n| text.contains(&format!("{{{n}}}"))).collect()
    };
    missing.ids().map(|id| (id.to_owned(), shown(id))).collect()
}
