//! Arrows point one way (ARCHITECTURE.md): a layer names only layers below it.

use std::collections::BTreeSet;
use std::path::Path;

use super::{root, texts};

/// The two halves of the world and what joins them. A layer may use what stands on its right.
const CLUSTER: &[&str] =
    &["api", "apiserver", "client", "cluster", "controllers", "kubelet", "network", "scheduler", "sim"];
const LAYERS: &[(&str, &[&str])] = &[
    // Every layer may use it: see `may_use`.
    ("collections", &[]),
    ("sim", &[]),
    // The cluster's half.
    ("api", &["sim"]),
    ("apiserver", &["api", "sim"]),
    ("client", &["api", "apiserver", "sim"]),
    // As upstream, the DaemonSet controller asks the scheduler's filters which nodes fit.
    ("controllers", &["api", "apiserver", "client", "scheduler", "sim"]),
    ("scheduler", &["api", "apiserver", "client", "sim"]),
    ("network", &["api", "apiserver", "client", "sim"]),
    ("kubelet", &["api", "apiserver", "client", "sim"]),
    ("cluster", CLUSTER),
    // The learner's half: programs on machines. It reaches the cluster through a socket only.
    ("machine", &["sim"]),
    ("shell", &["machine", "sim"]),
    ("tools", &["api", "shell", "machine", "sim"]),
    ("kubectl", &["api", "machine", "sim"]),
    ("images", &["api", "machine", "sim"]),
    // What joins the halves, and what stands on both.
    ("session", &["cluster", "shell", "tools", "kubectl", "images", "machine", "@cluster"]),
    ("lesson", &["session", "machine", "@cluster"]),
    ("view", &["lesson", "session", "machine", "@cluster"]),
    ("cli", &["view", "lesson", "session", "shell", "tools", "kubectl", "images", "machine", "@cluster"]),
    ("ui", &["view", "lesson", "session", "api", "sim"]),
];

/// The browser's crates; only `ui` knows the browser.
const BROWSER: [&str; 6] = ["gloo", "js_sys", "wasm_bindgen", "web_sys", "xterm_js_rs", "yew"];

fn may_use(layer: &str, used: &str) -> bool {
    let Some((_, below)) = LAYERS.iter().find(|(name, _)| *name == layer) else { return false };
    layer == used
        || used == "collections"
        || below.contains(&used)
        || (below.contains(&"@cluster") && CLUSTER.contains(&used))
}

#[test]
fn layers_name_only_layers_below() {
    let mut faults = Vec::new();
    for (path, text) in texts(&root().join("src")) {
        let Some(layer) = layer_of(&path) else { continue };
        for (number, used) in uses(code(&text)) {
            if !may_use(&layer, &used) {
                faults.push(format!("{}:{number}: {layer} must not use {used}", path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_module_has_its_layer() {
    let lib = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let modules: BTreeSet<&str> =
        lib.lines().filter_map(|l| l.trim().strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert!(!modules.is_empty());
    for module in modules {
        assert!(LAYERS.iter().any(|(name, _)| *name == module), "no layer is set for {module} (tests/tidy/layers.rs)");
    }
}

#[test]
fn only_ui_knows_the_browser() {
    let mut faults = Vec::new();
    for (path, text) in texts(&root().join("src")) {
        let Some(layer) = layer_of(&path).filter(|l| l != "ui") else { continue };
        for (number, line) in code(&text).lines().enumerate() {
            let named = BROWSER.iter().find(|b| line.contains(&format!("{b}::")));
            if let Some(named) = named.filter(|_| !is_comment(line)) {
                faults.push(format!("{}:{}: {layer} must not use {named}", path.display(), number + 1));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// `src/kubectl/get.rs` and `src/kubectl.rs` are of the layer kubectl; programs are of none.
fn layer_of(path: &Path) -> Option<String> {
    let first = path.strip_prefix("src").ok()?.components().next()?.as_os_str().to_str()?.to_owned();
    let name = first.strip_suffix(".rs").map(str::to_owned).unwrap_or(first);
    (path.extension()? == "rs" && !matches!(name.as_str(), "lib" | "main" | "bin")).then_some(name)
}

/// A file without the tests at its end: those may set up what they like.
fn code(text: &str) -> &str {
    text.split("\n#[cfg(test)]\nmod ").next().unwrap_or(text)
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}

/// The modules named as `crate::name` or `crate::{name::…, name}`, with their lines.
fn uses(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let start = code[..at].rfind('\n').map_or(0, |n| n + 1);
        // `$crate::` and `my_crate::` are something else.
        let before = code[..at].chars().next_back();
        if is_comment(&code[start..]) || before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let number = code[..at].lines().count().max(1);
        let rest = &code[at + "crate::".len()..];
        found.extend(first_names(rest).into_iter().map(|name| (number, name)));
    }
    found
}

/// `a::b` names a; `{a::{b, c}, d}` names a and d.
fn first_names(path: &str) -> Vec<String> {
    let name = |text: &str| text.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(group) = path.strip_prefix('{') else { return vec![name(path)] };
    let mut depth = 0;
    let parts = group.split(|c| {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        (c == ',' && depth == 0) || depth < 0
    });
    // The group ends where the depth goes below zero: what follows is no part of it.
    let inside = parts.take_while(|p| !p.trim_start().starts_with(';'));
    inside.map(name).filter(|n| !n.is_empty()).collect()
}

#[test]
fn reads_use_declarations() {
    let code = "use crate::api::{Key, Kind};\nuse crate::{sim::{Time, channel}, machine};\n// use crate::ui;\nlet x = crate::shell::run();\n";
    let names: Vec<String> = uses(code).into_iter().map(|(_, name)| name).collect();
    assert_eq!(names, ["api", "sim", "machine", "shell"]);
    assert!(may_use("session", "apiserver") && may_use("ui", "view"));
    assert!(!may_use("sim", "api") && !may_use("kubectl", "apiserver") && !may_use("view", "ui"));
}
