//! What survives a reload: the world's log and how far the learner has come; and the way back
//! and forth in it.
//!
//! Undo takes the last entered line out of the log, with everything since; redo puts it back. How
//! far the learner is goes with the world: what was passed after that line is passed no more, and
//! the page is open on which it was typed. Only what was read (hints, solutions) stays read.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::collections::SortedSet;
use crate::lesson::ScenarioProgress;
use crate::session::{Config, Entry, Input, engine_version};
use crate::sim::Time;

/// The version of this form. 2: with what was undone, and the way back to it.
const FORMAT: u32 = 2;

/// One saved world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    /// [`FORMAT`] of whoever wrote it.
    pub format: u32,
    /// The version of the engine that made the world.
    pub engine: String,
    /// The scenario's folder; empty for a world without a lesson.
    pub lesson: String,
    /// How far the learner is.
    pub stage: Stage,
    /// What the world was made from.
    pub config: Config,
    /// What was done to it.
    pub log: Vec<Entry>,
    /// When it was left.
    pub until: Time,
    /// Where it led, a moment before.
    #[serde(default)]
    pub mark: Option<Mark>,
    /// How far the learner was before, oldest first.
    #[serde(default)]
    pub earlier: Vec<Left>,
    /// What was taken back; the last comes back first.
    #[serde(default)]
    pub undone: Vec<Undone>,
}

/// How far a learner is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// What is passed and what was read.
    pub progress: ScenarioProgress,
    /// The page that is open, from 0.
    pub page: usize,
    /// The keys of the pages whose scripts were started.
    pub begun: SortedSet<String>,
}

/// A [`Stage`] that the learner has left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Left {
    /// It was so as long as the log had fewer entries.
    pub entries: usize,
    /// How it was.
    pub stage: Stage,
}

/// What one undo took away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Undone {
    /// How many entries it left.
    pub entries: usize,
    /// The others.
    pub log: Vec<Entry>,
    /// When the world had been left.
    pub until: Time,
    /// How far the learner was.
    pub stage: Stage,
    /// And how far on the way there.
    pub earlier: Vec<Left>,
}

/// Where a log led, as its own engine saw it: what a replay is held against.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// So many entries of the log were done.
    pub entries: usize,
    /// When.
    pub at: Time,
    /// [`Session::state_hash`](crate::session::Session::state_hash) then.
    pub hash: u64,
    /// The learner's objects, for an engine that would tell another story.
    #[serde(default)]
    pub objects: Vec<Value>,
}

/// Why a saved world cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It is no saved world.
    Broken,
    /// Another program wrote it, or a version with another form.
    Foreign,
    /// Another version of this engine made it: replay might tell another story.
    OtherEngine(String),
}

impl Saved {
    /// A new one.
    pub fn new(lesson: &str, config: Config) -> Saved {
        Saved {
            format: FORMAT,
            engine: engine_version().to_owned(),
            lesson: lesson.to_owned(),
            stage: Stage::default(),
            until: config.start,
            mark: None,
            config,
            log: Vec::new(),
            earlier: Vec::new(),
            undone: Vec::new(),
        }
    }

    /// As text.
    pub fn write(&self) -> String {
        // Plain data: nothing in it can fail to be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads what [`Saved::write`] wrote.
    pub fn read(text: &str) -> Result<Saved, Problem> {
        let value: Value = serde_json::from_str(text).map_err(|_| Problem::Broken)?;
        match value.get("format").and_then(Value::as_u64) {
            Some(format) if format == u64::from(FORMAT) => {}
            Some(_) => return Err(Problem::Foreign),
            None => return Err(Problem::Broken),
        }
        let saved: Saved = serde_json::from_value(value).map_err(|_| Problem::Broken)?;
        if saved.engine != engine_version() {
            return Err(Problem::OtherEngine(saved.engine));
        }
        // A log goes forward, from the beginning to where it was left.
        let log = saved.log.iter().map(|entry| entry.at);
        let instants = std::iter::once(saved.config.start).chain(log).chain([saved.until]);
        if instants.is_sorted() { Ok(saved) } else { Err(Problem::Broken) }
    }

    /// Notes what was done to the world. Whoever does something new cannot go forth again.
    pub fn did(&mut self, entries: Vec<Entry>) {
        let is_new = |entry: &Entry| !matches!(entry.input, Input::Resize { .. } | Input::Check { .. });
        if entries.iter().any(is_new) {
            self.undone.clear();
        }
        self.until = entries.last().map_or(self.until, |entry| entry.at.max(self.until));
        self.log.extend(entries);
    }

    /// Notes that the learner was at `before` until the log had `entries`, which it may have only
    /// in a moment.
    pub fn left(&mut self, before: Stage, entries: usize) {
        let known = self.earlier.last().is_some_and(|left| left.entries >= entries);
        if before != self.stage && !known {
            self.earlier.push(Left { entries, stage: before });
        }
    }

    /// Whether [`Saved::undo`] has something to take back.
    pub fn can_undo(&self) -> bool {
        self.last_line().is_some()
    }

    /// Goes back to before the last line that was entered: to when its first key was pressed. Says
    /// whether there was such a line.
    pub fn undo(&mut self) -> bool {
        let Some(entries) = self.last_line() else { return false };
        let log = self.log.split_off(entries);
        let left = self.earlier.partition_point(|left| left.entries <= entries);
        let earlier = self.earlier.split_off(left);
        let then = earlier.first().map_or_else(|| self.stage.clone(), |left| left.stage.clone());
        let stage = self.go_to(then);
        let then = log.first().map_or(self.until, |entry| entry.at);
        let until = std::mem::replace(&mut self.until, then);
        self.undone.push(Undone { entries, log, until, stage, earlier });
        self.mark = self.mark.take().filter(|mark| mark.entries <= entries && mark.at <= self.until);
        true
    }

    /// Takes the last undo back. Says whether there was one.
    pub fn redo(&mut self) -> bool {
        let Some(undone) = self.undone.pop() else { return false };
        self.log.truncate(undone.entries);
        self.log.extend(undone.log);
        self.earlier.retain(|left| left.entries <= undone.entries);
        self.earlier.extend(undone.earlier);
        self.go_to(undone.stage);
        self.until = undone.until;
        self.mark = self.mark.take().filter(|mark| mark.entries <= undone.entries);
        true
    }

    /// Changes the stage; gives back the one before.
    fn go_to(&mut self, mut stage: Stage) -> Stage {
        let read = &self.stage.progress;
        (stage.progress.hints, stage.progress.solutions) = (read.hints.clone(), read.solutions.clone());
        std::mem::replace(&mut self.stage, stage)
    }

    /// Where the keys of the last entered line begin.
    fn last_line(&self) -> Option<usize> {
        let is_line = |entry: &Entry| matches!(&entry.input, Input::Keys { text, .. } if text.contains(['\r', '\n']));
        let enter = self.log.iter().rposition(is_line)?;
        let after = self.log[..enter].iter().rposition(is_line).map_or(0, |before| before + 1);
        let keys = self.log[after..].iter().position(|entry| matches!(entry.input, Input::Keys { .. }))?;
        Some(after + keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved() -> Saved {
        let mut saved = Saved::new("one", Config { profile: "kubeadm".into(), seed: 7, start: Time::from_secs(10) });
        saved.did([(11, "ls\r"), (12, "x"), (13, "\r"), (14, "y")].map(|(at, text)| keys(at, text)).into());
        saved.until = Time::from_secs(15);
        saved
    }

    #[test]
    fn reads_what_it_wrote_and_refuses_the_rest() {
        assert_eq!(Saved::read(&saved().write()), Ok(saved()));
        let foreign = saved().write().replacen(&format!("\"format\":{FORMAT}"), "\"format\":99", 1);
        let other = Saved { engine: "0.0.1".into(), ..saved() };
        let cases = [
            (String::new(), Problem::Broken),
            ("[1]".into(), Problem::Broken),
            (format!("{{\"format\":{FORMAT}}}"), Problem::Broken),
            ("[".repeat(100_000), Problem::Broken),
            (foreign, Problem::Foreign),
            (other.write(), Problem::OtherEngine("0.0.1".into())),
        ];
        for (text, expected) in cases {
            assert_eq!(Saved::read(&text), Err(expected), "{}", &text[..text.len().min(40)]);
        }
    }

    fn keys(at: u64, text: &str) -> Entry {
        Entry { at: Time::from_secs(at), input: Input::Keys { terminal: 0, text: text.into() } }
    }

    #[test]
    fn a_log_that_goes_backwards_is_broken() {
        let changes: [fn(&mut Saved); 2] = [|saved| saved.log.swap(0, 1), |saved| saved.until = Time::from_secs(13)];
        for change in changes {
            let mut saved = saved();
            change(&mut saved);
            assert_eq!(Saved::read(&saved.write()), Err(Problem::Broken));
        }
    }

    #[test]
    fn goes_back_line_by_line_and_forth_again() {
        let first = saved();
        let mut saved = first.clone();
        assert!(saved.undo());
        // The line was begun when its first key was pressed; what was typed after it goes too.
        assert_eq!((saved.log.len(), saved.until), (1, Time::from_secs(12)));
        assert!(saved.undo());
        assert_eq!((saved.log.len(), saved.until), (0, Time::from_secs(11)));
        assert!(!saved.undo());
        // A replay tells the terminal's size anew; that is nothing new.
        let input = Input::Resize { terminal: 0, columns: 80, rows: 24 };
        saved.did(vec![Entry { at: saved.until, input }]);
        assert!(saved.redo() && saved.redo());
        assert_eq!(saved, first);
        assert!(!saved.redo());
        saved.undo();
        saved.did(vec![keys(20, "p")]);
        assert!(!saved.redo());
    }

    #[test]
    fn what_was_passed_afterwards_is_passed_no_more() {
        let mut saved = saved();
        let (begin, entries) = (saved.stage.clone(), saved.log.len());
        saved.stage.page = 1;
        saved.left(begin.clone(), entries);
        saved.did(vec![keys(20, "make\r"), keys(22, "kubectl")]);
        let made = saved.stage.clone();
        saved.stage.progress.passed.insert("one".into());
        saved.stage.progress.hints.insert("one".into(), 1);
        saved.stage.page = 2;
        saved.left(made.clone(), saved.log.len());
        let passed = saved.stage.clone();
        // What was typed before the step was passed belongs to the line that is taken back.
        saved.did(vec![keys(30, " get pods\r")]);
        assert!(saved.undo());
        assert_eq!((saved.stage.page, saved.stage.progress.passed.len()), (1, 0));
        assert_eq!(saved.stage.progress.hints.len(), 1, "what was read stays read");
        assert!(saved.undo() && saved.undo());
        assert_eq!(saved.stage.page, 0);
        assert!(saved.redo() && saved.redo() && saved.redo());
        assert_eq!(saved.stage, passed);
    }
}
