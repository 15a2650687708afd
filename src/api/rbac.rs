//! Rules of roles: what they cover, and how lists of them are told.
//!
//! Models component-helpers/auth/rbac/validation (policy_comparator.go) and
//! kubectl/pkg/util/rbac, which say the same of single rules.

use serde_json::{Value, json};

use crate::collections::Sort;

/// One rule of a Role or ClusterRole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rule {
    /// `get`; `*` for all.
    pub verbs: Vec<String>,
    /// Empty text for the core group.
    pub groups: Vec<String>,
    /// `pods`, `pods/log`, `*/scale`.
    pub resources: Vec<String>,
    /// Nothing for all names.
    pub names: Vec<String>,
    /// `/healthz`, `/apis/*`.
    pub urls: Vec<String>,
}

impl Rule {
    /// A rule as the API writes it.
    pub fn from_value(value: &Value) -> Rule {
        Rule {
            verbs: texts(&value["verbs"]),
            groups: texts(&value["apiGroups"]),
            resources: texts(&value["resources"]),
            names: texts(&value["resourceNames"]),
            urls: texts(&value["nonResourceURLs"]),
        }
    }

    /// As the API writes it.
    pub fn to_value(&self) -> Value {
        let mut value = json!({"verbs": self.verbs});
        let lists = [
            ("apiGroups", &self.groups),
            ("resources", &self.resources),
            ("resourceNames", &self.names),
            ("nonResourceURLs", &self.urls),
        ];
        for (field, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
            value[field] = json!(list);
        }
        value
    }

    /// The rule as Go prints the struct, by which lists of rules are sorted.
    fn printed(&self) -> String {
        let list = |name: &str, list: &[String]| format!("{name}:[{}],", list.join(" "));
        [
            list("Verbs", &self.verbs),
            list("APIGroups", &self.groups),
            list("Resources", &self.resources),
            list("ResourceNames", &self.names),
            list("NonResourceURLs", &self.urls),
        ]
        .concat()
    }

    /// The rule in a refusal: `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}` (CompactString).
    pub fn compact(&self) -> String {
        let lists = [
            ("APIGroups", &self.groups),
            ("Resources", &self.resources),
            ("NonResourceURLs", &self.urls),
            ("ResourceNames", &self.names),
            ("Verbs", &self.verbs),
        ];
        let parts = lists.into_iter().filter(|(_, list)| !list.is_empty());
        let parts: Vec<String> = parts.map(|(name, list)| format!("{name}:{}", quoted(list))).collect();
        format!("{{{}}}", parts.join(", "))
    }

    /// Whether everything that `part`, one of [`breakdown`]'s, allows is allowed by this rule too.
    fn covers(&self, part: &Rule) -> bool {
        let within = |owned: &[String], wanted: &[String]| wanted.iter().all(|text| owned.contains(text));
        let all = |list: &[String]| list.iter().any(|text| text == "*");
        let resource = |path: &String| {
            let of_any = path.split_once('/').map(|(_, sub)| format!("*/{sub}"));
            self.resources.contains(path) || of_any.is_some_and(|any| self.resources.contains(&any))
        };
        (all(&self.verbs) || within(&self.verbs, &part.verbs))
            && (all(&self.groups) || within(&self.groups, &part.groups))
            && (all(&self.resources) || part.resources.iter().all(resource))
            && (self.names.is_empty() || !part.names.is_empty() && within(&self.names, &part.names))
            && part.urls.iter().all(|path| self.urls.iter().any(|owned| url_matches(owned, path)))
    }
}

/// The texts of a list.
fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// A list as Go's `%q` prints it.
pub fn quoted(list: &[String]) -> String {
    format!("[{}]", list.iter().map(|text| format!("{text:?}")).collect::<Vec<_>>().join(" "))
}

/// Whether a rule's URL is about that path.
pub fn url_matches(url: &str, path: &str) -> bool {
    url == path || url.ends_with('*') && path.starts_with(url.trim_end_matches('*'))
}

/// The same as rules with one verb, one resource and one name each (BreakdownRule).
pub fn breakdown(rule: &Rule, into: &mut Vec<Rule>) {
    let one = |text: &String| vec![text.clone()];
    for group in &rule.groups {
        for resource in &rule.resources {
            for verb in &rule.verbs {
                let part = Rule { verbs: one(verb), groups: one(group), resources: one(resource), ..Rule::default() };
                into.extend(rule.names.iter().map(|name| Rule { names: one(name), ..part.clone() }));
                if rule.names.is_empty() {
                    into.push(part);
                }
            }
        }
    }
    for url in &rule.urls {
        into.extend(rule.verbs.iter().map(|verb| Rule { verbs: one(verb), urls: one(url), ..Rule::default() }));
    }
}

/// Puts rules together that differ in their verbs only (CompactRules). Those about URLs stay.
pub fn compact(rules: Vec<Rule>) -> Vec<Rule> {
    let mut compacted: Vec<Rule> = Vec::new();
    for rule in rules {
        let same = |known: &&mut Rule| {
            known.urls.is_empty()
                && (&known.groups, &known.resources, &known.names) == (&rule.groups, &rule.resources, &rule.names)
        };
        match compacted.iter_mut().find(same).filter(|_| rule.urls.is_empty()) {
            Some(known) => known.verbs.extend(rule.verbs),
            None => compacted.push(rule),
        }
    }
    compacted
}

/// The rules of a JSON list as kubectl tells them: broken down, compacted, sorted.
pub fn told<'a>(rules: impl Iterator<Item = &'a Value>) -> Vec<Rule> {
    let mut parts = Vec::new();
    rules.for_each(|rule| breakdown(&Rule::from_value(rule), &mut parts));
    let mut rules = compact(parts);
    rules.arrange_by(|a, b| a.printed().cmp(&b.printed()));
    rules
}

/// What the rules of `owned` do not cover of those of `wanted` (Covers).
pub fn missing(owned: &[Rule], wanted: &[Rule]) -> Vec<Rule> {
    let mut parts = Vec::new();
    wanted.iter().for_each(|rule| breakdown(rule, &mut parts));
    parts.retain(|part| !owned.iter().any(|rule| rule.covers(part)));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(verbs: &str, groups: &str, resources: &str, names: &str, urls: &str) -> Rule {
        let list = |text: &str| match text {
            "" => Vec::new(),
            text => text.split(',').map(|word| word.replace('-', "")).collect(),
        };
        Rule {
            verbs: list(verbs),
            groups: list(groups),
            resources: list(resources),
            names: list(names),
            urls: list(urls),
        }
    }

    #[test]
    fn what_rules_cover() {
        let cases = [
            (rule("*", "*", "*", "", ""), rule("get,list", "apps", "deployments/scale", "", ""), ""),
            (rule("get", "-", "pods", "", ""), rule("get", "-", "pods", "web", ""), ""),
            (rule("get", "*", "*/scale", "", ""), rule("get", "apps", "deployments/scale", "", ""), ""),
            (
                rule("get", "-", "pods", "web", ""),
                rule("get,list", "-", "pods", "", ""),
                r#"{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}"#,
            ),
            (rule("get", "", "", "", "/api/*"), rule("get", "", "", "", "/api/v1"), ""),
            (
                rule("get", "", "", "", "/api/*"),
                rule("get", "", "", "", "/version"),
                r#"{NonResourceURLs:["/version"], Verbs:["get"]}"#,
            ),
        ];
        for (owned, wanted, expected) in cases {
            let missing = compact(missing(std::slice::from_ref(&owned), std::slice::from_ref(&wanted)));
            let told: Vec<String> = missing.iter().map(Rule::compact).collect();
            assert_eq!(told.join("\n"), expected, "{owned:?} {wanted:?}");
        }
    }

    #[test]
    fn told_in_order() {
        let rules = json!([
            {"verbs": ["get"], "nonResourceURLs": ["/api", "/api/*"]},
            {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods", "pods/log"]},
            {"verbs": ["watch"], "apiGroups": [""], "resources": ["pods"]},
            {"verbs": ["create"], "apiGroups": ["apps"], "resources": ["deployments"]},
        ]);
        let told = told(rules.as_array().into_iter().flatten());
        let shown: Vec<String> = told
            .iter()
            .map(|rule| format!("{} {}", rule.verbs.join(","), [&*rule.resources, &*rule.urls].concat().join("")))
            .collect();
        assert_eq!(shown, ["create deployments", "get,list,watch pods", "get,list pods/log", "get /api/*", "get /api"]);
    }
}
