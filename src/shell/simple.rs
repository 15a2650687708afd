//! Simple commands: assignments, functions, builtins and programs.

use std::rc::Rc;

use super::ast::{Assign, AssignValue, Function, Part, Redirect, Word};
use super::builtins::{self, Builtin};
use super::vars::{Value, Var};
use super::{Flow, Run, Shell, elsewhere, escape};
use crate::collections::SortedMap;
use crate::machine::{Disposition, Errno, Fds, Group, ProgramFn, Signal, SpawnSpec};
use crate::sim::Duration;

/// How deep functions may call one another. bash goes on until it crashes.
const CALLS_MAX: usize = 500;

/// What there is to run under a name.
pub enum Found {
    Function(Rc<Function>),
    Builtin(Builtin),
    /// A program's file.
    File(String),
}

impl Shell {
    pub(super) async fn run_simple(
        &mut self,
        assigns: &[Assign],
        words: &[Word],
        redirects: &[Redirect],
        tail: bool,
    ) -> Run {
        self.substitution = None;
        let (argv, arrays) = self.expand_command(words).await?;
        let before = self.process.fds();
        let mut fds = before.clone();
        if let Err(flow) = self.redirect(redirects, &mut fds).await {
            return if flow == Flow::Fail(1) { Ok(1) } else { Err(flow) };
        }
        let Some(name) = argv.first().cloned() else {
            for assign in assigns {
                self.assign(assign).await?;
            }
            return Ok(self.substitution.take().unwrap_or(0));
        };
        let mut temporary = Vec::new();
        for assign in assigns {
            let value = match &assign.value {
                AssignValue::Scalar(word) => self.expand_assigned(word).await?,
                AssignValue::Array(_) => String::new(),
            };
            let value = if assign.append { self.get(&assign.name).unwrap_or_default() + &value } else { value };
            temporary.push((assign.name.clone(), value));
        }
        if self.options.xtrace {
            self.trace(&temporary, &argv, &fds).await;
        }
        match self.find(&name, true) {
            Ok(Found::Function(function)) => {
                self.process.set_fds(fds);
                let run = self.call(&name, &function, argv[1..].to_vec(), temporary).await;
                self.process.set_fds(before);
                run
            }
            Ok(Found::Builtin(builtin)) => {
                self.process.set_fds(fds);
                let saved: Vec<(String, Option<Var>)> =
                    temporary.iter().map(|(name, _)| (name.clone(), self.vars.get(name).cloned())).collect();
                for (name, value) in temporary {
                    // A variable that is read-only is told; the command runs all the same.
                    match self.set(&name, value) {
                        Ok(()) => self.vars.get_mut(&name).exported = true,
                        Err(message) => self.fail(&message).await,
                    }
                }
                let run = builtin(self, &argv).await;
                for (name, var) in saved {
                    match var {
                        Some(var) => drop(self.vars.insert(&name, var)),
                        None => drop(self.vars.remove(&name)),
                    }
                }
                let run = match run {
                    Ok(0) => self.assign_arrays(&arrays).await,
                    run => run,
                };
                // `exec >file` is there to keep what it opened.
                if !(name == "exec" && argv.len() == 1 && run == Ok(0)) {
                    self.process.set_fds(before);
                }
                run
            }
            Ok(Found::File(path)) => self.run_program(&path, argv, temporary, fds, tail).await,
            Err(status) => {
                // The complaint goes where the command's own would.
                self.process.set_fds(fds);
                let status = self.complain(&name, status).await;
                self.process.set_fds(before);
                Ok(status)
            }
        }
    }

    /// The words of a command, and the arrays that `declare a=(…)` is to fill.
    async fn expand_command(&mut self, words: &[Word]) -> Result<(Vec<String>, Vec<Rc<Assign>>), Flow> {
        let is_array = |word: &Word| matches!(word.0.as_slice(), [Part::Assign(assign)] if matches!(assign.value, AssignValue::Array(_)));
        if !words.iter().any(is_array) {
            return Ok((self.expand_words(words).await?, Vec::new()));
        }
        let (mut argv, mut arrays) = (Vec::new(), Vec::new());
        for word in words {
            match word.0.as_slice() {
                [Part::Assign(assign)] if is_array(word) => {
                    argv.push(assign.name.clone());
                    arrays.push(Rc::clone(assign));
                }
                _ => argv.extend(self.expand_words(std::slice::from_ref(word)).await?),
            }
        }
        if argv.first().is_some_and(|name| matches!(name.as_str(), "declare" | "typeset" | "local"))
            && !argv.iter().any(|arg| arg.starts_with('-') && arg.contains('A'))
        {
            argv.insert(1, "-a".to_owned());
        }
        Ok((argv, arrays))
    }

    async fn assign_arrays(&mut self, arrays: &[Rc<Assign>]) -> Run {
        for assign in arrays {
            self.assign(assign).await?;
        }
        Ok(0)
    }

    /// Carries out an assignment.
    pub(super) async fn assign(&mut self, assign: &Assign) -> Result<(), Flow> {
        let result = match (&assign.value, &assign.index) {
            (AssignValue::Scalar(word), None) => {
                let value = self.expand_assigned(word).await?;
                if self.options.xtrace {
                    self.trace_line(&format!("{}={}", assign.name, escape::quote(&value))).await;
                }
                let integer = self.vars.get(&assign.name).is_some_and(|var| var.integer);
                let value = match assign.append.then(|| self.get(&assign.name)).flatten() {
                    Some(old) if integer => format!("{old}+{value}"),
                    Some(old) => old + &value,
                    None => value,
                };
                self.set(&assign.name, value)
            }
            (AssignValue::Scalar(word), Some(index)) => {
                let text = self.expand_quoted(index).await?;
                let value = self.expand_assigned(word).await?;
                match self.index_key_at(&assign.name, &text, 0) {
                    Ok(key) => self.set_element(&assign.name, &key, value, assign.append),
                    Err(message) => Err(message),
                }
            }
            (AssignValue::Array(items), _) => return self.assign_array(assign, items).await,
        };
        match result {
            Ok(()) => Ok(()),
            Err(message) => {
                self.fail(&message).await;
                Err(Flow::Fail(1))
            }
        }
    }

    async fn assign_array(&mut self, assign: &Assign, items: &[(Option<Word>, Word)]) -> Result<(), Flow> {
        let name = self.real_name(&assign.name);
        // The words may use what the array held before.
        let mut values = Vec::new();
        for (index, word) in items {
            match index {
                Some(index) => {
                    let index = self.expand_quoted(index).await?;
                    values.push((Some(index), self.expand_assigned(word).await?));
                }
                None => {
                    let words = self.expand_words(std::slice::from_ref(word)).await?;
                    values.extend(words.into_iter().map(|value| (None, value)));
                }
            }
        }
        if self.vars.get(&name).is_some_and(|var| var.readonly) {
            self.fail(&format!("{name}: readonly variable")).await;
            return Err(Flow::Fail(1));
        }
        let keyed = self.is_keyed(&name);
        if !assign.append {
            self.vars.get_mut(&name).value =
                if keyed { Value::Keyed(SortedMap::new()) } else { Value::Indexed(SortedMap::new()) };
        }
        let mut next = self.last_index(&name) + 1;
        let mut pending_key: Option<String> = None;
        for (index, value) in values {
            let result = match index {
                // `m=(key value key value)`
                None if keyed => match pending_key.take() {
                    None => {
                        pending_key = Some(value);
                        Ok(())
                    }
                    Some(key) => self.set_element(&name, &key, value, false),
                },
                None => {
                    next += 1;
                    self.set_element(&name, &(next - 1).to_string(), value, false)
                }
                Some(index) => match self.index_key_at(&name, &index, 0) {
                    Ok(key) => {
                        next = key.parse::<i64>().map_or(next, |key| key.saturating_add(1));
                        self.set_element(&name, &key, value, false)
                    }
                    Err(message) => Err(message),
                },
            };
            if let Err(message) = result {
                self.fail(&message).await;
                return Err(Flow::Fail(1));
            }
        }
        Ok(())
    }

    /// `set -x`
    async fn trace(&mut self, temporary: &[(String, String)], argv: &[String], _fds: &Fds) {
        let mut words: Vec<String> =
            temporary.iter().map(|(name, value)| format!("{name}={}", escape::quote(value))).collect();
        words.extend(argv.iter().map(|word| escape::quote(word)));
        self.trace_line(&words.join(" ")).await;
    }

    async fn trace_line(&self, line: &str) {
        let prompt = self.get("PS4").unwrap_or_default();
        let first: String = prompt.chars().take(1).collect();
        let depth = (self.subshell as usize).min(20);
        self.process.err(&format!("{}{prompt}{line}\n", first.repeat(depth))).await;
    }

    /// What a command name means. `Err`: the status of a failure yet to be told.
    pub(super) fn find(&self, name: &str, functions: bool) -> Result<Found, Errno> {
        if functions && let Some(function) = self.functions.get(name) {
            return Ok(Found::Function(Rc::clone(function)));
        }
        if let Some(builtin) = builtins::find(name) {
            return Ok(Found::Builtin(builtin));
        }
        if name.is_empty() {
            return Err(Errno::NotFound);
        }
        if name.contains('/') {
            return Ok(Found::File(name.to_owned()));
        }
        self.process.find_program_in(name, &self.get("PATH").unwrap_or_default()).map(Found::File)
    }

    /// Says why a command cannot be run, and gives the status for it.
    async fn complain(&mut self, name: &str, errno: Errno) -> i32 {
        match errno {
            Errno::NotFound if name.contains('/') => self.fail(&format!("{name}: {errno}")).await,
            Errno::NotFound => {
                self.fail(&format!("{name}: command not found")).await;
                if let Some(advice) = elsewhere::advice(&self.process, name) {
                    self.process.err(&advice).await;
                }
            }
            Errno::ExecFormat => self.fail(&format!("{name}: cannot execute binary file: {errno}")).await,
            errno => self.fail(&format!("{name}: {errno}")).await,
        }
        if errno == Errno::NotFound { 127 } else { 126 }
    }

    /// A program's file, ready to run: what a script without `#!` needs is done.
    async fn load(&mut self, path: &str, argv: &[String]) -> Result<(ProgramFn, Vec<String>), i32> {
        let name = argv.first().map_or(path, String::as_str).to_owned();
        let files = self.process.machine().files().clone();
        let inode = files.find(&self.process.cwd(), path).and_then(|node| node.get());
        if inode.as_ref().is_ok_and(|inode| inode.is_dir()) {
            return Err(self.complain(&name, Errno::IsDir).await);
        }
        match self.process.load(path, argv) {
            Ok(loaded) => Ok(loaded),
            Err(Errno::NotFound) if inode.is_ok() => {
                self.fail(&format!("{name}: cannot execute: required file not found")).await;
                Err(127)
            }
            Err(Errno::ExecFormat) => {
                let contents = files.read(&self.process.cwd(), path).unwrap_or_default();
                let head = contents.split(|&byte| byte == b'\n').next().unwrap_or_default();
                if head.contains(&0) || head.starts_with(b"\x7fELF") {
                    return Err(self.complain(&name, Errno::ExecFormat).await);
                }
                let mut script = vec!["bash".to_owned(), path.to_owned()];
                script.extend_from_slice(argv.get(1..).unwrap_or_default());
                match self.process.load("/bin/bash", &script) {
                    Ok(loaded) => Ok(loaded),
                    Err(errno) => Err(self.complain(&name, errno).await),
                }
            }
            Err(errno) => Err(self.complain(&name, errno).await),
        }
    }

    pub(super) async fn run_program(
        &mut self,
        path: &str,
        argv: Vec<String>,
        temporary: Vec<(String, String)>,
        fds: Fds,
        tail: bool,
    ) -> Run {
        let before = self.process.fds();
        self.process.set_fds(fds.clone());
        let loaded = self.load(path, &argv).await;
        self.process.set_fds(before);
        let (program, args) = match loaded {
            Ok(loaded) => loaded,
            Err(status) => return Ok(status),
        };
        let mut env = self.vars.exported();
        env.extend(temporary);
        env.insert("_".to_owned(), path.to_owned());
        if tail {
            self.process.set_fds(fds);
            return Ok(self.become_program(program, args, env).await);
        }
        let group = if self.options.monitor { Group::New } else { Group::Inherit };
        let text = argv.join(" ");
        let spec = SpawnSpec { argv: args, env: Some(env), fds: Some(fds), group, ..SpawnSpec::default() };
        let child = self.process.spawn_with(spec, move |process| async move {
            process.spend(Duration::from_micros(900)).await;
            program(process).await
        });
        match child {
            Ok(child) => Ok(self.wait_foreground(vec![child], &text).await?.first().copied().unwrap_or(0)),
            Err(errno) => Err(self.fork_failed(errno).await),
        }
    }

    /// Lets a program take this process over: `exec`, or the last command of a subshell.
    pub(super) async fn become_program(
        &mut self,
        program: ProgramFn,
        args: Vec<String>,
        env: SortedMap<String, String>,
    ) -> i32 {
        for signal in Signal::all() {
            if self.process.disposition(signal) == Disposition::Catch {
                self.process.trap(signal, Disposition::Default);
            }
        }
        self.process.set_args(args);
        self.process.set_environ(env);
        // The shell's open files that are its own business do not outlive it.
        for fd in std::mem::take(&mut self.to_close) {
            if fd < 10 {
                let _ = self.process.close(fd);
            }
        }
        self.process.spend(Duration::from_micros(700)).await;
        program(self.process.clone()).await
    }

    /// Calls a function.
    pub(super) async fn call(
        &mut self,
        name: &str,
        function: &Rc<Function>,
        args: Vec<String>,
        temporary: Vec<(String, String)>,
    ) -> Run {
        if self.calls.len() >= CALLS_MAX {
            self.fail(&format!("{name}: maximum function nesting level exceeded ({CALLS_MAX})")).await;
            return Err(Flow::Fail(1));
        }
        self.vars.push_frame();
        for (name, value) in temporary {
            self.vars.make_local(&name);
            if let Err(message) = self.set(&name, value) {
                self.fail(&message).await;
            }
            self.vars.get_mut(&name).exported = true;
        }
        let args = std::mem::replace(&mut self.args, args);
        let loops = std::mem::take(&mut self.loops);
        self.calls.push(name.to_owned());
        let line = self.line;
        let body = Rc::clone(&function.body);
        let run = if self.calls.len().is_multiple_of(4) {
            // Each poll goes through all calls; from here on, on a stack of its own.
            let mut shell = self.clone();
            let (after, run) = self
                .process
                .detached(async move {
                    let run = shell.run_command(&body, false).await;
                    (shell, run)
                })
                .await;
            *self = after;
            run
        } else {
            self.run_command(&body, false).await
        };
        self.line = line;
        self.calls.pop();
        self.loops = loops;
        self.args = args;
        self.vars.pop_frame();
        match run {
            Err(Flow::Return(status)) => {
                self.status = status;
                Ok(status)
            }
            run => run,
        }
    }
}
