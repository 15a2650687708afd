//! Scenarios of our own whose whole output is pinned, with its padding, its ages and its order:
//! what the comparison with recorded transcripts is blind to.
//!
//! Each `NAME.scn` here has its `NAME.txt`. `UPDATE_EXPECT=1 cargo test --test main goldens` writes
//! them anew; look at the difference before you believe it.

use std::path::Path;

use crate::transcripts::replay;

fn shown(scenario: &str) -> String {
    let mut text = String::new();
    for line in replay("golden", scenario).lines() {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        match record["kind"].as_str() {
            Some("note") => text += &format!("# {}\n\n", record["text"].as_str().unwrap()),
            Some("cmd") => {
                // A carriage return as `cat -v` shows it: a file of lines keeps none.
                let part = |name: &str| record[name].as_str().unwrap().replace('\r', "^M");
                text += &format!("$ {}\n{}{}", part("cmd"), part("stdout"), part("stderr"));
                if record["exit"] != 0 {
                    text += &format!("[exit {}]\n", record["exit"]);
                }
                text.push('\n');
            }
            _ => {}
        }
    }
    text
}

#[test]
fn scenarios_print_what_they_printed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens");
    let mut seen = 0;
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "scn") {
            let scenario = std::fs::read_to_string(&path).unwrap();
            expect_test::expect_file![path.with_extension("txt")].assert_eq(&shown(&scenario));
            seen += 1;
        }
    }
    assert!(seen > 0);
}
