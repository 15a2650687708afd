//! Which Service a request is for.
//!
//! Models ingress-nginx: internal/ingress/controller/controller.go getBackendServers (servers and their locations,
//! made of every Ingress of the class), template.go buildLocation (how nginx matches them) and
//! rootfs/etc/nginx/lua/balancer.lua (canaries).
//!
//! Diverges: of the annotations only those of [`Location`] and `canary*` are looked at.

use std::sync::Arc;

use serde_json::Value;

use crate::api::ingress_nginx::{class_of, looks_after};
use crate::api::{Key, Object, WellKnown};
use crate::apiserver::Store;
use crate::collections::Sort;
use crate::machine::HttpRequest;
use crate::shell::regex::Regex;
use crate::sim::Rng;

const PREFIX: &str = "nginx.ingress.kubernetes.io/";

/// A port of a Service, as an Ingress names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Backend {
    /// The Service.
    pub service: Key,
    /// The port's number or name.
    pub port: String,
}

impl Backend {
    /// As nginx' log names it: `default-web-80`.
    pub fn name(&self) -> String {
        format!("{}-{}-{}", self.service.namespace, self.service.name, self.port)
    }

    fn of(ingress: &Object, backend: &Value) -> Option<Backend> {
        let service = &backend["service"];
        let port = match &service["port"]["number"] {
            Value::Number(number) => number.to_string(),
            _ => service["port"]["name"].as_str()?.to_owned(),
        };
        Some(Backend { service: Key::new(&ingress.meta.namespace, service["name"].as_str()?), port })
    }
}

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes to a Service, with this path and query.
    Pass(Backend, String),
    /// The client is sent elsewhere.
    Redirect(u16, String),
    /// No Ingress wants it.
    NotFound,
}

/// A path of an Ingress.
struct Location<'a> {
    ingress: &'a Object,
    path: &'a str,
    type_: &'a str,
    backend: Backend,
}

impl Location<'_> {
    fn annotation(&self, name: &str) -> Option<&str> {
        self.ingress.meta.annotation(&format!("{PREFIX}{name}"))
    }

    fn is_set(&self, name: &str) -> bool {
        self.annotation(name) == Some("true")
    }

    /// nginx' `location ~* "^/path"`.
    fn regex(&self) -> Option<Regex> {
        Regex::new(&format!("^{}", self.path), true, true).ok()
    }

    fn takes(&self, path: &str, by_regex: bool) -> bool {
        if by_regex && self.type_ != "Exact" {
            return self.regex().is_some_and(|regex| regex.is_match(path));
        }
        match self.type_ {
            "Exact" => path == self.path,
            "Prefix" => {
                let whole = self.path.trim_end_matches('/');
                path.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
            _ => path.starts_with(self.path),
        }
    }

    /// The path that the Service sees: `rewrite-target`, with `$1` and the like filled in.
    fn rewritten(&self, path: &str) -> String {
        let Some(target) = self.annotation("rewrite-target") else { return path.to_owned() };
        let groups = self.regex().and_then(|regex| regex.find(path, 0)).unwrap_or_default();
        let mut out = String::new();
        let mut rest = target.chars().peekable();
        while let Some(c) = rest.next() {
            match rest.peek().and_then(|digit| digit.to_digit(10)) {
                Some(digit) if c == '$' => {
                    rest.next();
                    let group = groups.get(digit as usize).copied().flatten();
                    out += group.and_then(|(from, to)| path.get(from..to)).unwrap_or_default();
                }
                _ => out.push(c),
            }
        }
        out
    }

    /// Whether a canary takes the request: by its header, then by its cookie, then by chance.
    fn draws(&self, request: &HttpRequest, rng: &mut Rng) -> bool {
        if let Some(header) = self.annotation("canary-by-header") {
            let value = request.header(header);
            match (self.annotation("canary-by-header-value"), value) {
                (Some(wanted), Some(value)) if value == wanted => return true,
                (None, Some("always")) => return true,
                (None, Some("never")) => return false,
                _ => {}
            }
            if let (Some(pattern), Some(value)) = (self.annotation("canary-by-header-pattern"), value)
                && Regex::new(pattern, true, false).is_ok_and(|regex| regex.is_match(value))
            {
                return true;
            }
        }
        if let Some(name) = self.annotation("canary-by-cookie") {
            let cookies = request.header("Cookie").unwrap_or_default();
            let mut pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
            match pairs.find(|(key, _)| *key == name).map(|(_, value)| value) {
                Some("always") => return true,
                Some("never") => return false,
                _ => {}
            }
        }
        let number = |name: &str| self.annotation(name).and_then(|text| text.parse::<u64>().ok());
        let total = number("canary-weight-total").filter(|&total| total > 0).unwrap_or(100);
        number("canary-weight").is_some_and(|weight| rng.below(total) < weight)
    }
}

/// Whether nginx' controller looks after an Ingress.
fn is_ours(store: &Store, kinds: &WellKnown, ingress: &Object) -> bool {
    let class = class_of(ingress).and_then(|class| store.get(kinds.ingress_class.id, &class));
    looks_after(ingress, class.map(|class| &**class))
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Whether a rule's host is that of the request: `*` stands for one label.
fn fits(rule: &str, host: &str) -> bool {
    match rule.strip_prefix("*.") {
        Some(domain) => host.split_once('.').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(domain)),
        None => rule.eq_ignore_ascii_case(host),
    }
}

/// What becomes of a request.
pub fn find(store: &Store, kinds: &WellKnown, request: &HttpRequest, tls: bool, rng: &mut Rng) -> Verdict {
    let mut ingresses: Vec<&Arc<Object>> =
        store.list(kinds.ingress.id, None).filter(|ingress| is_ours(store, kinds, ingress)).collect();
    // Of two that want the same path, the older has it.
    ingresses.arrange_by_key(|ingress| (ingress.meta.created, ingress.key()));
    let host = request.header("Host").unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));

    let rules = |wanted: &dyn Fn(&str) -> bool| -> Vec<Location<'_>> {
        let mut found = Vec::new();
        for ingress in &ingresses {
            for rule in list(&ingress.spec.json().unwrap_or(&Value::Null)["rules"]) {
                if !wanted(rule["host"].as_str().unwrap_or_default()) {
                    continue;
                }
                for one in list(&rule["http"]["paths"]) {
                    let Some(backend) = Backend::of(ingress, &one["backend"]) else { continue };
                    let path = one["path"].as_str().unwrap_or("/");
                    let type_ = one["pathType"].as_str().unwrap_or_default();
                    found.push(Location { ingress, path, type_, backend });
                }
            }
        }
        found
    };
    // nginx' order: the name itself, a wildcard, the server for all other names.
    let mut locations = rules(&|rule| !rule.starts_with('*') && !rule.is_empty() && fits(rule, host));
    if locations.is_empty() {
        locations = rules(&|rule| rule.starts_with('*') && fits(rule, host));
    }
    if locations.is_empty() {
        locations = rules(&|rule| rule.is_empty());
    }
    let (canaries, mut stable): (Vec<Location>, Vec<Location>) =
        locations.into_iter().partition(|location| location.is_set("canary"));
    let by_regex = stable.iter().any(|one| one.is_set("use-regex") || one.annotation("rewrite-target").is_some());
    // An exact path first, then the longest.
    stable.arrange_by_key(|one| (one.type_ != "Exact", usize::MAX - one.path.len()));
    let Some(location) = stable.iter().find(|one| one.takes(path, by_regex)) else {
        return default_backend(&ingresses, &request.target);
    };
    if let Some(target) = location.annotation("permanent-redirect") {
        return Verdict::Redirect(301, target.to_owned());
    }
    let has_certificate = list(&location.ingress.spec.json().unwrap_or(&Value::Null)["tls"])
        .any(|tls| list(&tls["hosts"]).any(|name| name.as_str().is_some_and(|name| fits(name, host))));
    let redirects = has_certificate && location.annotation("ssl-redirect") != Some("false");
    if !tls && (redirects || location.is_set("force-ssl-redirect")) {
        return Verdict::Redirect(308, format!("https://{host}{}", request.target));
    }
    let canary = canaries.iter().find(|canary| canary.path == location.path);
    let backend = match canary.filter(|canary| canary.draws(request, rng)) {
        Some(canary) => &canary.backend,
        None => &location.backend,
    };
    let mut target = location.rewritten(path);
    if !query.is_empty() {
        target = format!("{target}?{query}");
    }
    Verdict::Pass(backend.clone(), target)
}

/// What no rule wants.
fn default_backend(ingresses: &[&Arc<Object>], target: &str) -> Verdict {
    let mut backends =
        ingresses.iter().filter_map(|ingress| Backend::of(ingress, ingress.spec.json()?.get("defaultBackend")?));
    backends.next().map_or(Verdict::NotFound, |backend| Verdict::Pass(backend, target.to_owned()))
}
