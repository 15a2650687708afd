//! Saved worlds: the log, the hash of where it led, and a plain export for other versions.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Config, Entry, Session};
use crate::sim::Time;

/// The version of this form.
const FORMAT: u32 = 1;

/// One saved world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    /// The version of the form.
    pub format: u32,
    /// The version of the engine that made the world.
    pub engine: String,
    /// What the world was made from.
    pub config: Config,
    /// What was done to it.
    pub log: Vec<Entry>,
    /// When it was left.
    pub until: Time,
    /// [`Session::state_hash`] then.
    pub hash: u64,
    /// Its objects, for an engine that would tell another story.
    #[serde(default)]
    pub objects: Vec<Value>,
}

/// Why a saved world cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It is no saved world; in words for a developer.
    Broken(String),
    /// Another program, or a newer one, wrote it.
    Foreign,
    /// Another version of this engine made it.
    OtherEngine(String),
    /// Running the log again did not lead to the same world.
    Diverged,
    /// The caller asked to stop.
    Stopped,
}

/// The version of the engine that is linked here.
pub fn engine_version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// Kinds that every cluster makes by itself and that say nothing of the learner's work.
const NOT_EXPORTED: &[&str] = &["Event", "Lease", "Endpoints", "EndpointSlice", "ReplicaSet", "Pod", "Node"];

impl Session {
    /// The world as it is, to be kept.
    pub fn save(&self) -> Saved {
        Saved {
            format: FORMAT,
            engine: engine_version().to_owned(),
            config: self.config.clone(),
            log: self.log.clone(),
            until: self.now(),
            hash: self.state_hash(),
            objects: self.export(),
        }
    }

    fn export(&self) -> Vec<Value> {
        let cluster = self.cluster();
        let kinds = cluster.api().kinds().iter().filter(|kind| !NOT_EXPORTED.contains(&&*kind.kind));
        let objects = kinds.flat_map(|kind| cluster.api().store().list(kind.id, None));
        let learners = objects.filter(|object| &*object.meta.namespace == "default");
        learners.map(|object| object.to_value()).collect()
    }

    /// Runs a saved world's log again. `progress` is told how many entries are done, of how many,
    /// and says whether to go on.
    pub fn restore(saved: &Saved, mut progress: impl FnMut(usize, usize) -> bool) -> Result<Session, Problem> {
        let mut session = Session::replay(&saved.config, &saved.log, &mut progress)?;
        session.advance_to(saved.until);
        if session.state_hash() != saved.hash {
            return Err(Problem::Diverged);
        }
        Ok(session)
    }

    /// A new world with everything in `log` done to it.
    pub fn replay(
        config: &Config,
        log: &[Entry],
        mut progress: impl FnMut(usize, usize) -> bool,
    ) -> Result<Session, Problem> {
        let mut session = Session::new(config.clone()).map_err(Problem::Broken)?;
        for (done, entry) in log.iter().enumerate() {
            if entry.at < session.now() {
                return Err(Problem::Broken(format!("entry {done} lies before the one before it")));
            }
            if !progress(done, log.len()) {
                return Err(Problem::Stopped);
            }
            session.advance_to(entry.at);
            session.input(entry.input.clone());
        }
        Ok(session)
    }
}

impl Saved {
    /// As text.
    pub fn write(&self) -> String {
        // Plain data: nothing in it can fail to be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads what [`Saved::write`] wrote.
    pub fn read(text: &str) -> Result<Saved, Problem> {
        let value: Value = serde_json::from_str(text).map_err(|error| Problem::Broken(error.to_string()))?;
        match value["format"].as_u64() {
            Some(format) if format == u64::from(FORMAT) => {}
            Some(_) => return Err(Problem::Foreign),
            None => return Err(Problem::Broken("no format".to_owned())),
        }
        let saved: Saved = serde_json::from_value(value).map_err(|error| Problem::Broken(error.to_string()))?;
        if saved.engine != engine_version() {
            return Err(Problem::OtherEngine(saved.engine));
        }
        Ok(saved)
    }
}
