//! Whatever comes in: no panic, no hang.
//!
//! The same cases every time; `DRYDOCK_CASES=5000 cargo test --test main properties` looks longer, at others.

use drydock::session::{Config, Input, Session};
use drydock::sim::{Duration, Time};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

mod histories;
mod kubectl;
mod manifests;
mod rollout;

fn cases() -> ProptestConfig {
    let asked: Option<u32> = std::env::var("DRYDOCK_CASES").ok().and_then(|text| text.parse().ok());
    let rng_seed = if asked.is_some() { RngSeed::Random } else { RngSeed::Fixed(0) };
    ProptestConfig { cases: asked.unwrap_or(12), rng_seed, failure_persistence: None, ..ProptestConfig::default() }
}

fn session(seed: u64) -> Session {
    Session::new(Config { profile: "kubeadm".into(), seed, start: Time::from_secs(1_795_164_114) }).unwrap()
}

/// Words that command lines are made of, and what joins them.
fn command_line() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("kubectl".to_owned()),
        Just("get".into()),
        Just("pods".into()),
        Just("create".into()),
        Just("deployment".into()),
        Just("web".into()),
        Just("--image=nginx".into()),
        Just("-o".into()),
        Just("jsonpath={.items[*]".into()),
        Just("yaml".into()),
        Just("scale".into()),
        Just("--replicas=-3".into()),
        Just("'".into()),
        Just("\"$(".into()),
        Just("${x:-".into()),
        Just(")".into()),
        Just("}".into()),
        Just("|".into()),
        Just("&&".into()),
        Just(";".into()),
        Just("<<EOF\n".into()),
        Just("while true; do :".into()),
        Just("done".into()),
        Just("((".into()),
        Just("[[".into()),
        Just("*".into()),
        Just("curl".into()),
        Just("localhost:6443".into()),
        Just("grep".into()),
        Just("\\".into()),
        "[ -~]{0,12}",
    ];
    proptest::collection::vec(word, 0..12).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn any_command_line_ends_or_can_be_interrupted(lines in proptest::collection::vec(command_line(), 1..4)) {
        let mut session = session(3);
        session.input(Input::Resize { terminal: 0, columns: 80, rows: 24 });
        session.advance(Duration::from_secs(1));
        for line in lines {
            session.input(Input::Keys { terminal: 0, text: format!("{line}\r") });
            session.advance(Duration::from_secs(5));
            session.input(Input::Keys { terminal: 0, text: "\x03".into() });
            session.advance(Duration::from_secs(1));
        }
        // Out of whatever the line has begun, back to the prompt.
        for _ in 0..3 {
            session.input(Input::Keys { terminal: 0, text: "\x03".into() });
            session.advance(Duration::from_secs(2));
        }
        session.state_hash();
    }

    #[test]
    fn any_keys_do_no_harm(text in "\\PC{0,60}", raw in proptest::collection::vec(0_u8..128, 0..60), columns in 0_u16..300, rows in 0_u16..100) {
        let mut session = session(3);
        session.input(Input::Resize { terminal: 0, columns, rows });
        session.input(Input::Keys { terminal: 0, text });
        session.advance(Duration::from_secs(1));
        session.input(Input::Keys { terminal: 0, text: String::from_utf8_lossy(&raw).into_owned() });
        session.advance(Duration::from_secs(1));
        session.input(Input::Keys { terminal: 9, text: "x".into() });
        session.input(Input::Resize { terminal: 0, columns: rows, rows: columns });
        session.advance(Duration::from_secs(1));
        session.outputs();
    }

    #[test]
    fn any_saved_text_is_an_error_or_a_world(text in "\\PC{0,200}") {
        prop_assert!(drydock::session::Saved::read(&text).is_err());
    }
}
