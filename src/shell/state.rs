//! The state of a shell, and its variables as scripts see them.

use std::rc::Rc;

use super::ast::Function;
use super::jobs::Job;
use super::vars::{Value, Var, Vars};
use crate::collections::SortedMap;
use crate::machine::{Pid, Process};
use crate::sim::Time;

/// What `set` and `shopt` switch.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools)]
pub struct Options {
    pub errexit: bool,
    pub nounset: bool,
    pub xtrace: bool,
    pub noglob: bool,
    pub noclobber: bool,
    pub noexec: bool,
    pub allexport: bool,
    pub pipefail: bool,
    pub verbose: bool,
    pub errtrace: bool,
    pub monitor: bool,
    pub nullglob: bool,
    pub failglob: bool,
    pub dotglob: bool,
    pub globstar: bool,
    pub nocaseglob: bool,
    pub nocasematch: bool,
    pub expand_aliases: bool,
    pub lastpipe: bool,
    /// Options that are kept and shown, and change nothing here.
    pub others: SortedMap<String, bool>,
}

/// A shell.
#[derive(Clone)]
pub struct Shell {
    pub(super) process: Process,
    pub(super) vars: Vars,
    pub(super) functions: SortedMap<String, Rc<Function>>,
    pub(super) aliases: Rc<SortedMap<String, String>>,
    /// `$0`
    pub(super) name: String,
    /// `$1`…
    pub(super) args: Vec<String>,
    pub(super) options: Options,
    pub(super) status: i32,
    pub(super) last_background: Option<Pid>,
    pub(super) jobs: Vec<Job>,
    /// Commands by the name of the signal, or EXIT, ERR, …
    pub(super) traps: SortedMap<String, String>,
    pub(super) in_trap: bool,
    pub(super) line: u32,
    /// How deep functions, `eval` and compound commands nest.
    pub(super) depth: u32,
    pub(super) loops: u32,
    pub(super) sourcing: u32,
    /// How deep the commands of the innermost sourced file nest.
    pub(super) source_depth: Option<u32>,
    /// How many `eval`s are running.
    pub(super) evals: u32,
    /// Above zero: a failing command does not end a `set -e` shell.
    pub(super) tested: u32,
    /// Whether commands are typed: errors then do not end the shell.
    pub(super) interactive: bool,
    pub(super) subshell: u32,
    /// Running functions, innermost last.
    pub(super) calls: Vec<String>,
    /// Descriptors of `<(…)` to close when the command ends.
    pub(super) to_close: Vec<i32>,
    /// The status of the last `$(…)` of a command that has no name.
    pub(super) substitution: Option<i32>,
    pub(super) history: Vec<String>,
    pub(super) dirs: Vec<String>,
    /// Where `getopts` stands within a cluster of letters.
    pub(super) getopts_at: usize,
    /// `$SECONDS` counts from here.
    pub(super) seconds_from: Time,
}

/// No value of a variable may be longer: a doubling loop fills a tab's memory in no time.
const VALUE_MAX: usize = 16 << 20;

impl Shell {
    /// A shell in this process, with the variables of its environment.
    pub fn new(process: Process, name: &str) -> Shell {
        let mut vars = Vars::default();
        for (name, value) in process.environ() {
            if super::word::is_identifier(&name) {
                vars.insert(&name, Var { value: Value::Text(value), exported: true, ..Var::default() });
            }
        }
        let now = process.sim().now();
        let mut shell = Shell {
            vars,
            functions: SortedMap::new(),
            aliases: Rc::default(),
            name: name.to_owned(),
            args: Vec::new(),
            options: Options::default(),
            status: 0,
            last_background: None,
            jobs: Vec::new(),
            traps: SortedMap::new(),
            in_trap: false,
            line: 1,
            depth: 0,
            loops: 0,
            sourcing: 0,
            source_depth: None,
            evals: 0,
            tested: 0,
            interactive: false,
            subshell: 0,
            calls: Vec::new(),
            to_close: Vec::new(),
            substitution: None,
            history: Vec::new(),
            dirs: Vec::new(),
            getopts_at: 0,
            seconds_from: now,
            process,
        };
        let machine = shell.process.machine().clone();
        let level = shell.get("SHLVL").and_then(|level| level.parse::<i64>().ok()).unwrap_or(0) + 1;
        let path = crate::machine::PATH;
        let defaults = [
            ("IFS", " \t\n".to_owned(), false),
            ("PS4", "+ ".to_owned(), false),
            ("OPTIND", "1".to_owned(), false),
            ("BASH", "/bin/bash".to_owned(), false),
            ("BASH_VERSION", "5.2.15(1)-release".to_owned(), false),
            ("HOSTNAME", machine.hostname(), false),
            ("HOSTTYPE", "x86_64".to_owned(), false),
            ("MACHTYPE", "x86_64-pc-linux-gnu".to_owned(), false),
            ("OSTYPE", "linux-gnu".to_owned(), false),
            ("UID", "0".to_owned(), false),
            ("EUID", "0".to_owned(), false),
            ("PPID", shell.process.parent().to_string(), false),
            ("SHLVL", level.to_string(), true),
            ("PWD", shell.process.cwd(), true),
        ];
        for (name, value, exported) in defaults {
            let var = shell.vars.get_mut(name);
            var.value = Value::Text(value);
            var.exported |= exported;
        }
        let version = ["5", "2", "15", "1", "release", "x86_64-pc-linux-gnu"];
        let items = (0..).zip(version.map(str::to_owned)).collect();
        shell.vars.insert("BASH_VERSINFO", Var { value: Value::Indexed(items), ..Var::default() });
        if shell.vars.get("PATH").is_none() {
            shell.vars.get_mut("PATH").value = Value::Text(path.to_owned());
        }
        shell.vars.get_mut("_").exported = true;
        shell
    }

    /// The shell of a subshell: a copy in a process of its own.
    pub(super) fn in_process(&self, process: Process) -> Shell {
        let mut shell = self.clone();
        shell.process = process;
        shell.subshell += 1;
        shell.interactive = false;
        shell.options.monitor = false;
        shell.jobs.clear();
        shell.to_close.clear();
        // A subshell forgets traps, but for what is ignored.
        shell.traps.retain(|_, action| action.is_empty());
        shell.in_trap = false;
        shell.depth = 0;
        shell.source_depth = None;
        shell
    }

    /// Follows `declare -n`.
    pub(super) fn real_name(&self, name: &str) -> String {
        let mut name = name.to_owned();
        for _ in 0..8 {
            match self.vars.get(&name) {
                Some(var) if var.nameref => match var.text() {
                    Some(target) if !target.is_empty() => name = target.to_owned(),
                    _ => break,
                },
                _ => break,
            }
        }
        name
    }

    /// The value of a variable or parameter, as `$name` gives it.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        if let Ok(number) = name.parse::<usize>() {
            return match number {
                0 => Some(self.name.clone()),
                number => self.args.get(number - 1).cloned(),
            };
        }
        match name {
            "?" => return Some(self.status.to_string()),
            "#" => return Some(self.args.len().to_string()),
            "$" => return Some(self.main_pid()),
            "!" => return self.last_background.map(|pid| pid.to_string()),
            "-" => return Some(self.option_letters()),
            "BASHPID" => return Some(self.process.pid().to_string()),
            "RANDOM" => return Some(self.process.machine().random_below(32768).to_string()),
            "SRANDOM" => return Some(self.process.machine().random_below(1 << 32).to_string()),
            "LINENO" => return Some(self.line.to_string()),
            "SECONDS" => return Some(self.process.sim().now().since(self.seconds_from).as_secs().to_string()),
            "EPOCHSECONDS" => return Some(self.process.sim().now().secs().to_string()),
            "EPOCHREALTIME" => {
                let now = self.process.sim().now();
                return Some(format!("{}.{:06}", now.secs(), now.0 % 1_000_000));
            }
            "FUNCNAME" => return self.calls.last().cloned(),
            "BASH_SUBSHELL" => return Some(self.subshell.to_string()),
            _ => {}
        }
        let name = self.real_name(name);
        if let Some((array, index)) = name.strip_suffix(']').and_then(|name| name.split_once('[')) {
            return self.element(array, index);
        }
        self.vars.get(&name)?.text().map(str::to_owned)
    }

    /// `$$`: the shell's own number, in subshells too.
    fn main_pid(&self) -> String {
        self.vars.get(" pid").and_then(Var::text).map_or_else(|| self.process.pid().to_string(), str::to_owned)
    }

    /// Keeps `$$` for subshells to come.
    pub(super) fn remember_pid(&mut self) {
        let pid = self.process.pid().to_string();
        self.vars.insert(" pid", Var { value: Value::Text(pid), ..Var::default() });
    }

    pub(super) fn option_letters(&self) -> String {
        let mut letters = String::new();
        let options = &self.options;
        for (on, letter) in [
            (options.allexport, 'a'),
            (options.errexit, 'e'),
            (options.noglob, 'f'),
            (true, 'h'),
            (self.interactive, 'i'),
            (options.monitor, 'm'),
            (options.nounset, 'u'),
            (options.verbose, 'v'),
            (options.xtrace, 'x'),
            (true, 'B'),
            (options.noclobber, 'C'),
            (options.errtrace, 'E'),
            (self.interactive, 'H'),
            (self.get(" -c").is_some(), 'c'),
        ] {
            if on {
                letters.push(letter);
            }
        }
        letters
    }

    /// Sets a variable, or an array's element 0.
    pub(super) fn set(&mut self, name: &str, value: String) -> Result<(), String> {
        let name = self.real_name(name);
        if value.len() > VALUE_MAX {
            return Err(format!("xmalloc: cannot allocate {} bytes", value.len()));
        }
        if let Some((array, index)) = name.strip_suffix(']').and_then(|name| name.split_once('[')) {
            return self.set_element(array, index, value, false);
        }
        let value = self.converted(&name, value)?;
        if name == "SECONDS" {
            let past = value.parse::<u64>().unwrap_or(0);
            self.seconds_from = Time(self.process.sim().now().0.saturating_sub(past * 1_000_000));
        }
        if name == "OPTIND" {
            self.getopts_at = 0;
        }
        let export = self.options.allexport;
        let var = self.vars.get_mut(&name);
        var.exported |= export;
        match &mut var.value {
            Value::Indexed(items) => drop(items.insert(0, value)),
            Value::Keyed(items) => drop(items.insert("0".to_owned(), value)),
            other => *other = Value::Text(value),
        }
        Ok(())
    }

    /// What an assignment makes of a value: attributes such as `-i` and `-u` have their say.
    fn converted(&mut self, name: &str, value: String) -> Result<String, String> {
        let Some(var) = self.vars.get(name) else { return Ok(value) };
        if var.readonly {
            return Err(format!("{name}: readonly variable"));
        }
        let (integer, lower, upper) = (var.integer, var.lower, var.upper);
        Ok(match () {
            () if integer => super::arith::evaluate(self, &value)?.to_string(),
            () if lower => value.to_lowercase(),
            () if upper => value.to_uppercase(),
            () => value,
        })
    }

    /// Whether a variable is an associative array.
    pub(super) fn is_keyed(&self, name: &str) -> bool {
        self.vars.get(&self.real_name(name)).is_some_and(|var| matches!(var.value, Value::Keyed(_)))
    }

    /// The highest index in use; -1 where there is none.
    pub(super) fn last_index(&self, name: &str) -> i64 {
        match self.vars.get(&self.real_name(name)).map(|var| &var.value) {
            Some(Value::Indexed(items)) => items.last_key_value().map_or(-1, |(index, _)| *index),
            Some(Value::Text(_)) => 0,
            _ => -1,
        }
    }

    /// An element of an array, by an index that is evaluated already.
    pub(super) fn element(&self, name: &str, key: &str) -> Option<String> {
        if name == "FUNCNAME" {
            let index: usize = key.parse().ok()?;
            return self.calls.iter().rev().nth(index).cloned();
        }
        match &self.vars.get(&self.real_name(name))?.value {
            Value::Unset => None,
            Value::Text(text) => (key == "0").then(|| text.clone()),
            Value::Indexed(items) => items.get(&key.parse().ok()?).cloned(),
            Value::Keyed(items) => items.get(key).cloned(),
        }
    }

    /// Sets an element; a plain variable becomes an array.
    pub(super) fn set_element(&mut self, name: &str, key: &str, value: String, append: bool) -> Result<(), String> {
        let name = self.real_name(name);
        if value.len() > VALUE_MAX {
            return Err(format!("xmalloc: cannot allocate {} bytes", value.len()));
        }
        let integer = self.vars.get(&name).is_some_and(|var| var.integer);
        let value = match append.then(|| self.element(&name, key)).flatten() {
            Some(old) if integer => format!("{old}+{value}"),
            Some(old) => old + &value,
            None => value,
        };
        let value = self.converted(&name, value)?;
        let var = self.vars.get_mut(&name);
        match &mut var.value {
            Value::Keyed(items) => drop(items.insert(key.to_owned(), value)),
            Value::Indexed(items) => drop(items.insert(key.parse().unwrap_or(0), value)),
            old => {
                let mut items = SortedMap::new();
                if let Value::Text(text) = old {
                    items.insert(0, std::mem::take(text));
                }
                items.insert(key.parse().unwrap_or(0), value);
                *old = Value::Indexed(items);
            }
        }
        Ok(())
    }

    /// All elements of an array, or of what stands for one.
    pub(super) fn elements(&self, name: &str) -> Vec<String> {
        match name {
            "@" | "*" => self.args.clone(),
            "FUNCNAME" => self.calls.iter().rev().cloned().collect(),
            _ => self.vars.get(&self.real_name(name)).map(Var::items).unwrap_or_default(),
        }
    }

    /// The first character of IFS: what `"$*"` joins by.
    pub(super) fn joiner(&self) -> String {
        match self.get("IFS") {
            None => " ".to_owned(),
            Some(ifs) => ifs.chars().take(1).collect(),
        }
    }

    /// Prints an error as bash does, with where it happened.
    pub(super) async fn fail(&self, message: &str) {
        let text = if self.interactive && self.sourcing == 0 {
            format!("{}: {message}\n", self.short_name())
        } else {
            format!("{}: line {}: {message}\n", self.name, self.line)
        };
        self.process.err(&text).await;
    }

    /// The status of an unset parameter's error: it ends a script, but a subshell and a typed line only fail.
    pub(super) fn unset_status(&self) -> i32 {
        if self.interactive || self.subshell > 0 { 1 } else { 127 }
    }

    /// The name that messages begin with in an interactive shell.
    pub(super) fn short_name(&self) -> &str {
        self.name.trim_start_matches('-').rsplit('/').next().unwrap_or("bash")
    }
}
