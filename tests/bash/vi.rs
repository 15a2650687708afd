//! vi: a text, keys, and the text that they make of it. Models vim, with which each row was compared by hand.

use drydock::machine::{Size, SpawnSpec, Tty};
use drydock::sim::Duration;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::machine;

/// What keys make of a file, sent in pieces as a terminal sends them: an escape at the end of one is the key.
fn edited(name: &str, before: &str, pieces: &[&str]) -> String {
    edited_by("vi", name, before, pieces)
}

fn edited_by(editor: &str, name: &str, before: &str, pieces: &[&str]) -> String {
    let machine = machine();
    machine.files().mkdir_all("/root").unwrap();
    machine.files().write("/root", name, before.as_bytes()).unwrap();
    let tty = Tty::new(Size { cols: 80, rows: 12 });
    let spec = SpawnSpec { cwd: Some("/root".into()), ..SpawnSpec::new([editor, name]) };
    let child = machine.run(spec, Some(tty.clone())).unwrap();
    let sim = machine.sim().clone();
    for piece in pieces {
        sim.advance_to(sim.now() + Duration::from_millis(50));
        tty.input(piece.as_bytes());
    }
    sim.advance_to(sim.now() + Duration::from_secs(1));
    let shown = String::from_utf8_lossy(&tty.take_output()).into_owned();
    assert!(child.process().ended().is_some(), "{pieces:?} does not leave: {shown}");
    String::from_utf8(machine.files().read("/root", name).unwrap().to_vec()).unwrap()
}

#[test]
fn nano_changes_texts() {
    for (before, pieces, after) in [
        ("one\n", &["two\r", "\x18", "y", "\r"][..], "two\none\n"),
        ("one\ntwo\n", &["\x0b", "\x1b[B", "\x15", "\x0f", "\r", "\x18"], "two\none\n"),
        ("one\n", &["\x05", "!", "\x7f\x7f", "\x18", "n"], "one\n"),
        ("a: 1\nb: 2\n", &["\x17", "b:", "\r", "c: 3\r", "\x18", "y", "\r"], "a: 1\nc: 3\nb: 2\n"),
        ("", &["x", "\x18", "\x03", "y", "\x18", "y", "\r"], "xy\n"),
    ] {
        assert_eq!(edited_by("nano", "f.yaml", before, pieces), after, "{pieces:?}");
    }
}

#[test]
fn less_shows_a_screen_at_a_time() {
    let text: String = (1..=50).map(|number| format!("line {number}\n")).collect();
    assert_eq!(edited_by("less", "f", &text, &[" ", "b", "/line 4", "\r", "G", "q"]), text);
}

#[test]
fn keys_change_texts() {
    for (before, keys, after) in [
        ("one two\n", "x", "ne two\n"),
        ("one two\n", "dw", "two\n"),
        ("one two three\n", "2dw", "three\n"),
        ("one two three\n", "d2w", "three\n"),
        ("one two\n", "wD", "one \n"),
        ("one two\n", "cwsix\x1b", "six two\n"),
        ("one two\n", "wciwtwelve\x1b", "one twelve\n"),
        ("one\ntwo\nthree\n", "dd", "two\nthree\n"),
        ("one\ntwo\nthree\n", "2dd", "three\n"),
        ("one\ntwo\nthree\n", "ddp", "two\none\nthree\n"),
        ("one\ntwo\n", "yyPjp", "one\none\none\ntwo\n"),
        ("one\ntwo\nthree\n", "Gdd", "one\ntwo\n"),
        ("one\ntwo\nthree\n", "jccTWO\x1b", "one\nTWO\nthree\n"),
        ("one\n", "otwo\x1bOthree\x1b", "one\nthree\ntwo\n"),
        ("one\n", "A more\x1bIsome \x1b", "some one more\n"),
        ("abc\n", "3ix\x1b", "xxxabc\n"),
        ("abc\n", "ix\x1b..", "xxxabc\n"),
        ("a b c\n", "dw.", "c\n"),
        ("one\ntwo\n", "ddu", "one\ntwo\n"),
        ("one\ntwo\n", "dddduu\x12", "two\n"),
        ("one\ntwo\n", "J", "one two\n"),
        ("abc\n", "rx~", "Xbc\n"),
        ("a.b.c\n", "f.x;x", "abc\n"),
        ("a, b, c\n", "t,iX\x1b", "Xa, b, c\n"),
        ("f(a, (b))\n", "f(d%", "f\n"),
        ("one\ntwo\none\n", ":%s/one/ONE/\r", "ONE\ntwo\nONE\n"),
        ("a/b a/b\n", ":s#a/#x#g\r", "xb xb\n"),
        ("ab\n", ":s/\\(a\\)\\(b\\)/\\2\\1/\r", "ba\n"),
        ("one\ntwo\nthree\n", "/two\rdd", "one\nthree\n"),
        ("one\ntwo\nthree\nfour\n", ":2,3d\r", "one\nfour\n"),
        ("one\ntwo\nthree\n", "Vjd", "three\n"),
        ("one two\n", "wvey$p", "one twotwo\n"),
        ("one\ntwo\n", ":set sw=2 et\r>>j>>", "  one\n  two\n"),
        ("one\n", "ia\tb\x1b", "a\tbone\n"),
        ("one two\n", "wi\x17\x1b", "two\n"),
        ("\u{d55c}\u{ae00}\n", "xp", "\u{ae00}\u{d55c}\n"),
        ("one\n", ":nosuch\r:q\r", "one\n"),
    ] {
        let keys = format!("{keys}:wq\r");
        let pieces: Vec<&str> = keys.split_inclusive('\x1b').collect();
        assert_eq!(edited("file", before, &pieces), after, "{keys:?} on {before:?}");
    }
}

#[test]
fn yaml_goes_in_deeper() {
    let typed = ["ispec:\rcontainers:\r- name: a\rimage: nginx\x1b", "o\x15\x1b", ":x\r"];
    assert_eq!(edited("pod.yaml", "", &typed), "spec:\n  containers:\n    - name: a\n      image: nginx\n\n");
    let pasted = ["i\x1b[200~a:\r  b:\r    c: 1\x1b[201~", "\x1b", ":wq\r"];
    assert_eq!(edited("pod.yaml", "", &pasted), "a:\n  b:\n    c: 1\n");
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 150,
        rng_seed: RngSeed::Fixed(0),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_keys_can_be_left(keys in "[ -~\u{1}-\u{1f}\u{ac00}]{0,80}", text in "[a-c:{} \t\n\u{ac00}]{0,60}") {
        edited("any.yaml", &text, &[&keys, "\x1b", "\x1b", "\x1b", ":q!\r"]);
    }
}
