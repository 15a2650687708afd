//! Watching: events of the server, until it ends or patience does.

use std::rc::Rc;

use serde_json::Value;

use crate::kubectl::Kubectl;
use crate::kubectl::client::{AS_TABLE, Query, target};
use crate::kubectl::fail::Fail;
use crate::kubectl::flags::parse_duration;
use crate::machine::{Body, HttpRequest, HttpResponse};
use crate::sim::{Duration, Either, Sim, Time, race};

/// The watch is over.
#[derive(Debug, PartialEq, Eq)]
pub struct Ended;

/// The events of a watch.
pub struct Events {
    sim: Sim,
    response: HttpResponse,
    until: Option<Time>,
}

impl Events {
    /// Watches a collection from a version on, as long as `--request-timeout` allows.
    pub async fn open(
        k: &Kubectl,
        path: &str,
        query: &Query<'_>,
        version: &str,
        as_tables: bool,
    ) -> Result<Events, Fail> {
        let mut query = query.to_vec();
        query.push(("watch", "true".to_owned()));
        if !version.is_empty() {
            query.push(("resourceVersion", version.to_owned()));
        }
        let accept = if as_tables { AS_TABLE } else { "application/json" };
        let request = HttpRequest::new("GET", &target(path, &query)).with_header("Accept", accept);
        let response = k.client().await?.send(request).await?;
        let sim = k.process.sim().clone();
        let patience = patience(k.flags.text("request-timeout"));
        Ok(Events { until: patience.map(|span| sim.now() + span), sim, response })
    }

    /// Ends the watch no later than `until`.
    pub fn until(mut self, until: Option<Time>) -> Events {
        self.until = match (self.until, until) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        self
    }

    /// The next event.
    pub async fn next(&mut self) -> Result<Rc<Value>, Ended> {
        let Body::Stream(stream) = &self.response.body else { return Err(Ended) };
        let event = match self.until {
            None => stream.recv().await,
            Some(until) => match race(stream.recv(), self.sim.sleep_until(until)).await {
                Either::First(event) => event,
                Either::Second(()) => None,
            },
        };
        event.ok_or(Ended)
    }
}

/// `--request-timeout`; nothing where it is for ever.
fn patience(text: &str) -> Option<Duration> {
    let seconds = text.parse::<u64>().ok().map(Duration::from_secs);
    let span = seconds
        .or_else(|| parse_duration(text).ok().and_then(|micros| u64::try_from(micros).ok()).map(Duration::from_micros));
    span.filter(|span| !span.is_zero())
}
