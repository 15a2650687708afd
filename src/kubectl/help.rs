//! `--help`: kubectl's layout, in our own words.
//!
//! Models kubectl/pkg/util/templates.

use super::cmd;
use super::flags::{Flag, Kind};
use super::spec::Spec;
use crate::collections::Sort;

/// The help of the last command of a path.
pub fn of(path: &[&'static Spec]) -> String {
    let Some(spec) = path.last() else { return String::new() };
    if path.len() == 1 {
        return format!(
            "{}\n\n Find more information at: https://kubernetes.io/docs/reference/kubectl/\n\n{}",
            spec.long,
            root()
        );
    }
    let name = path.iter().map(|spec| spec.name).collect::<Vec<_>>().join(" ");
    let mut out = format!("{}\n", if spec.long.is_empty() { spec.short } else { spec.long });
    if !spec.aliases.is_empty() {
        out.push_str(&format!("\nAliases:\n{}, {}\n", spec.name, spec.aliases.join(", ")));
    }
    if !spec.examples.is_empty() {
        out.push_str("\nExamples:\n");
        for line in spec.examples.lines() {
            out.push_str(if line.is_empty() { "" } else { "  " });
            out.push_str(line);
            out.push('\n');
        }
    }
    if !spec.subs.is_empty() {
        out.push_str("\nAvailable Commands:\n");
        let width = spec.subs.iter().map(|sub| sub.name.len()).max().unwrap_or(0).max(11);
        for sub in spec.subs {
            out.push_str(&format!("  {:width$}   {}\n", sub.name, sub.short));
        }
    }
    let mut flags: Vec<&Flag> =
        spec.flags.iter().flat_map(|group| group.iter()).filter(|flag| !flag.help.is_empty()).collect();
    flags.arrange_by_key(|flag| flag.name);
    if !flags.is_empty() {
        out.push_str("\nOptions:\n");
        out.push_str(&options(&flags));
    }
    out.push_str(&format!("\nUsage:\n  {name} {}\n\n", spec.usage));
    if !spec.subs.is_empty() {
        out.push_str(&format!("Use \"{name} <command> --help\" for more information about a given command.\n"));
    }
    out.push_str("Use \"kubectl options\" for a list of global command-line options (applies to all commands).\n");
    out
}

/// The list of commands that `kubectl` alone prints.
pub fn root() -> String {
    let mut out = String::new();
    for (title, members) in cmd::GROUPS {
        out.push_str(&format!("{title}\n"));
        for spec in *members {
            out.push_str(&format!("  {:<15} {}\n", spec.name, spec.short));
        }
        out.push('\n');
    }
    out.push_str("Usage:\n  kubectl [flags] [options]\n\n");
    out.push_str("Use \"kubectl <command> --help\" for more information about a given command.\n");
    out.push_str("Use \"kubectl options\" for a list of global command-line options (applies to all commands).\n");
    out
}

/// Flags as help lists them.
pub fn options(flags: &[&Flag]) -> String {
    let mut out = String::new();
    for (at, flag) in flags.iter().enumerate() {
        if at > 0 {
            out.push('\n');
        }
        let short = flag.short.map_or_else(|| "    ".to_owned(), |short| format!("-{short}, "));
        let default = match flag.kind {
            Kind::Text => format!("'{}'", flag.default),
            Kind::Slice | Kind::Array => format!("[{}]", flag.default),
            _ => flag.default.to_owned(),
        };
        out.push_str(&format!("    {short}--{}={default}:\n\t{}\n", flag.name, flag.help));
    }
    out
}
