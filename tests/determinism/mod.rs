//! The same seed and the same inputs give the same world, however time is cut into steps and
//! wherever it was saved and opened again.

pub mod worlds;

use drydock::session::{Entry, Saved, Session};
use drydock::sim::{Duration, Time};

/// Runs a log in steps of the given size and lets the world go on for a while.
fn run(world: &worlds::World, step: Duration) -> u64 {
    let mut session = Session::new(world.config()).unwrap();
    let advance = |session: &mut Session, to: Time| {
        while session.now() < to {
            let next = (session.now() + step).min(to);
            session.advance_to(next);
            // Looking changes nothing.
            let _ = (session.outputs(), session.next_at(), session.foreground_busy());
        }
    };
    for Entry { at, input } in world.log() {
        advance(&mut session, at);
        session.input(input);
    }
    advance(&mut session, world.until());
    session.state_hash()
}

#[test]
fn step_sizes_leave_no_trace() {
    for world in worlds::ALL {
        let whole = world.hash();
        for micros in [250_000, 33_333, 7_001] {
            assert_eq!(run(world, Duration::from_micros(micros)), whole, "{} in steps of {micros} µs", world.name);
        }
    }
}

#[test]
fn other_seeds_give_other_worlds() {
    let [world, ..] = worlds::ALL else { unreachable!("there are worlds") };
    let other = worlds::World { seed: world.seed + 1, ..*world };
    assert_ne!(world.hash(), other.hash());
}

#[test]
fn a_world_saved_halfway_goes_on_as_if_nothing_had_been() {
    for world in worlds::ALL {
        let log = world.log();
        let (before, after) = log.split_at(log.len() / 2);
        let mut session = Session::replay(&world.config(), before, |_, _| true).unwrap();
        session.advance(Duration::from_millis(123));
        let text = session.save().write();
        drop(session);
        let mut session = Session::restore(&Saved::read(&text).unwrap(), |_, _| true).unwrap();
        for Entry { at, input } in after.iter().cloned() {
            session.advance_to(at);
            session.input(input);
        }
        session.advance_to(world.until());
        assert_eq!(session.state_hash(), world.hash(), "{}", world.name);
    }
}
