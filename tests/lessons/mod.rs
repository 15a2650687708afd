//! The lessons of this project, proved in worlds of its own; and wrong ones, to know that the proof can fail.

use std::path::Path;

use drydock::cli::lesson::open;
use drydock::lesson::check::{Folder, Report, check};

fn lessons() -> Folder {
    Folder::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons")).unwrap()
}

fn prove(folder: &Folder) -> Report {
    check("scale", &folder.inside("kubernetes-basics/scale"), Some(&mut open)).remove(0)
}

#[test]
fn the_scale_lesson_can_be_solved() {
    let report = prove(&lessons());
    assert_eq!(report.problems, Vec::<String>::new());
    assert!(report.proved);
    assert_eq!(report.steps, 8);
}

#[test]
fn a_wrong_lesson_is_found_out() {
    let edits = [
        ("scale/solution.sh", "--replicas=4", "--replicas=3"),
        ("look/verify.sh", "version=v1", "pod-template-hash"),
        ("zero/text.md", "{{exec fails}}", "{{exec}}"),
        ("down/text.md", "- 2: two, at once", "- 3: three"),
    ];
    let lessons = lessons();
    let wrong = Folder::of(lessons.paths().map(|path| {
        let mut text = lessons.text(path).unwrap();
        for (_, from, to) in
            edits.iter().filter(|(file, ..)| path.ends_with(&format!("kubernetes-basics/scale/{file}")))
        {
            assert!(text.contains(from), "{path} has no {from}");
            text = text.replace(from, to);
        }
        (path.to_owned(), text)
    }));
    let report = prove(&wrong);
    for fault in [
        "scale/text.md: its check does not pass after its solution:\n    missing: replicas 3",
        "look/text.md: its check passes before anything is done",
        "zero/text.md: the button `curl host01:$NODE_PORT` fails with 7",
        "down/text.md: none of its question's choices is the answer:\n    2",
    ] {
        assert!(report.problems.iter().any(|problem| problem.starts_with(fault)), "{fault}\nin {:#?}", report.problems);
    }
}
