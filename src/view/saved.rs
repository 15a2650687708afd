//! What survives a reload: the world's log and how far the learner has come.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::collections::SortedSet;
use crate::lesson::ScenarioProgress;
use crate::session::{Config, Entry, Input, engine_version};
use crate::sim::Time;

/// The version of this form.
const FORMAT: u32 = 1;

/// One saved world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    /// [`FORMAT`] of whoever wrote it.
    pub format: u32,
    /// The version of the engine that made the world.
    pub engine: String,
    /// The scenario's folder.
    pub lesson: String,
    /// How far the learner is.
    pub progress: ScenarioProgress,
    /// The page that is open, from 0.
    pub page: usize,
    /// The keys of the pages whose scripts were started.
    pub begun: SortedSet<String>,
    /// What the world was made from.
    pub config: Config,
    /// What was done to it.
    pub log: Vec<Entry>,
    /// When it was left.
    pub until: Time,
    /// Where it led, a moment before.
    #[serde(default)]
    pub mark: Option<Mark>,
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
    /// A newer or foreign program wrote it.
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
            progress: ScenarioProgress::default(),
            page: 0,
            begun: SortedSet::new(),
            until: config.start,
            mark: None,
            config,
            log: Vec::new(),
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
        Ok(saved)
    }

    /// The same world before the last line was entered: where to go on when that line, or what it
    /// started, was the end of the engine. Says whether there was such a line.
    pub fn back_one_line(&mut self) -> bool {
        let is_line = |entry: &Entry| matches!(&entry.input, Input::Keys { text, .. } if text.contains(['\r', '\n']));
        let Some(last) = self.log.iter().rposition(is_line) else { return false };
        self.until = self.log[last].at;
        self.log.truncate(last);
        self.mark = self.mark.take().filter(|mark| mark.entries <= last && mark.at <= self.until);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved() -> Saved {
        let mut saved = Saved::new("one", Config { profile: "kubeadm".into(), seed: 7, start: Time::from_secs(10) });
        for (at, text) in [(11, "ls\r"), (12, "x"), (13, "\r"), (14, "y")] {
            let input = Input::Keys { terminal: 0, text: text.into() };
            saved.log.push(Entry { at: Time::from_secs(at), input });
        }
        saved
    }

    #[test]
    fn reads_what_it_wrote_and_refuses_the_rest() {
        assert_eq!(Saved::read(&saved().write()), Ok(saved()));
        let foreign = saved().write().replacen("\"format\":1", "\"format\":99", 1);
        let other = Saved { engine: "0.0.1".into(), ..saved() };
        let cases = [
            (String::new(), Problem::Broken),
            ("[1]".into(), Problem::Broken),
            ("{\"format\":1}".into(), Problem::Broken),
            ("[".repeat(100_000), Problem::Broken),
            (foreign, Problem::Foreign),
            (other.write(), Problem::OtherEngine("0.0.1".into())),
        ];
        for (text, expected) in cases {
            assert_eq!(Saved::read(&text), Err(expected), "{}", &text[..text.len().min(40)]);
        }
    }

    #[test]
    fn goes_back_line_by_line() {
        let mut saved = saved();
        assert!(saved.back_one_line());
        assert_eq!((saved.log.len(), saved.until), (2, Time::from_secs(13)));
        assert!(saved.back_one_line());
        assert!(saved.log.is_empty());
        assert!(!saved.back_one_line());
    }
}
