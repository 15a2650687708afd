//! Every dependency's licence lets Drydock be MIT OR Apache-2.0.

use std::process::Command;

use super::Run;
use super::count::Count;
use crate::json;
use crate::place;
use crate::run::{self, Outcome};

/// Licences that ask for no more than their notice.
const ALLOWED: [&str; 13] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Packages that state their licence otherwise, each looked at by a person.
const LOOKED_AT: [(&str, &str); 1] = [
    // Its licence file is the MIT licence.
    ("libyaml-safer", "MIT"),
];

/// Tools that only tests use and nobody is handed.
const TOOLS: [(&str, &str); 1] = [("axe-core", "MPL-2.0")];

/// Looks at every crate and every npm package of the two lock files.
pub fn check(_: &mut Run) -> Outcome<Count> {
    let mut packages = crates()?;
    packages.extend(npm()?);
    let mut faults = Vec::new();
    for (name, licence) in &packages {
        let exception = LOOKED_AT.iter().chain(&TOOLS).find(|(n, _)| n == name).map(|(_, l)| *l);
        match licence.as_deref() {
            Some(text) if allows(text) || exception == Some(text) => {}
            None if exception.is_some() => {}
            other => faults.push(format!("  {name}: {}", other.unwrap_or("states none"))),
        }
    }
    run::say(format!("{} packages looked at", packages.len()));
    if faults.is_empty() {
        return Ok(Count::ONE);
    }
    Err(format!("licences that are not on the list of xtask/src/test/licences.rs:\n{}", faults.join("\n")))
}

fn crates() -> Outcome<Vec<(String, Option<String>)>> {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(place::root()).args(["metadata", "--format-version", "1", "--locked"]);
    let text = run::answer(&mut cargo).ok_or("`cargo metadata --locked` fails: is Cargo.lock up to date?")?;
    let metadata: serde_json::Value = serde_json::from_str(&text).map_err(|e| e.to_string())?;
    let packages = metadata["packages"].as_array().ok_or("cargo metadata names no packages")?;
    let entry = |p: &serde_json::Value| {
        let name = p["name"].as_str().unwrap_or_default().to_owned();
        (name, p["license"].as_str().map(str::to_owned))
    };
    Ok(packages.iter().map(entry).collect())
}

fn npm() -> Outcome<Vec<(String, Option<String>)>> {
    let lock = json::read(&place::root().join("package-lock.json"))?;
    let packages = lock["packages"].as_object().ok_or("package-lock.json names no packages")?;
    let entry = |(path, p): (&String, &serde_json::Value)| {
        let name = path.strip_prefix("node_modules/").unwrap_or("drydock").to_owned();
        (name, p["license"].as_str().map(str::to_owned))
    };
    Ok(packages.iter().map(entry).collect())
}

/// Does a licence expression leave a choice that is allowed? `OR` (once written `/`) binds less
/// than `AND`; parentheses nest.
fn allows(expression: &str) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    any(&mut rest) && rest.is_empty()
}

fn any(words: &mut &[&str]) -> bool {
    let mut allowed = all(words);
    while let ["OR", rest @ ..] = words {
        *words = rest;
        allowed |= all(words);
    }
    allowed
}

fn all(words: &mut &[&str]) -> bool {
    let mut allowed = one(words);
    while let ["AND", rest @ ..] = words {
        *words = rest;
        allowed &= one(words);
    }
    allowed
}

fn one(words: &mut &[&str]) -> bool {
    match *words {
        ["(", rest @ ..] => {
            *words = rest;
            let allowed = any(words);
            if let [")", rest @ ..] = words {
                *words = rest;
            }
            allowed
        }
        [licence, "WITH", exception, rest @ ..] => {
            *words = rest;
            ALLOWED.contains(&format!("{licence} WITH {exception}").as_str())
        }
        [licence, rest @ ..] => {
            *words = rest;
            ALLOWED.contains(licence)
        }
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::allows;

    #[test]
    fn reads_expressions() {
        for good in ["MIT", "MIT/Apache-2.0", "GPL-3.0 OR MIT", "(MIT OR GPL-2.0) AND Unicode-3.0"] {
            assert!(allows(good), "{good}");
        }
        for bad in ["GPL-3.0", "MIT AND GPL-2.0", "", "MIT)", "Apache-2.0 WITH something"] {
            assert!(!allows(bad), "{bad}");
        }
    }
}
