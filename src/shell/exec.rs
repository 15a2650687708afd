//! Execution: lists, pipelines and compound commands. Simple commands are in `simple`.

use std::borrow::Cow;
use std::rc::Rc;

use super::ast::{Command, CommandKind, Item, Joint, List, Pipeline};
use super::parse::{ParseError, Parser};
use super::vars::{Value, Var};
use super::{Flow, Run, Shell};
use crate::collections::SortedMap;
use crate::machine::{Child, Group, LocalBoxFuture, Signal, SpawnSpec, pipe};
use crate::sim::Duration;

/// How deep functions, `eval`, `source` and compound commands may nest in one process. A
/// future's poll goes through all of it, on a stack of a megabyte.
const DEPTH_MAX: u32 = 150;

/// What a step of a script costs.
const STEP: Duration = Duration::from_micros(12);

impl Shell {
    /// Runs the text of a script, command by command as bash reads it.
    pub(super) fn run_text<'a>(&'a mut self, text: &'a str) -> LocalBoxFuture<'a, Run> {
        Box::pin(async move {
            let base = self.line;
            self.run_text_from(text, base).await
        })
    }

    /// As [`Shell::run_text`]; the first line has the number `line`.
    pub(super) async fn run_text_from(&mut self, text: &str, line: u32) -> Run {
        let mut status = 0;
        let (mut rest, mut at) = (Cow::Borrowed(text), line);
        loop {
            let aliases = self.known_aliases();
            let mut parser = Parser::new(&rest, at, &aliases);
            loop {
                match parser.next_command() {
                    Ok(None) => return Ok(status),
                    Ok(Some(_)) if self.options.noexec => {}
                    Ok(Some(list)) => match self.run_list(&list).await {
                        Ok(code) => status = code,
                        // An error in an expansion ends the command; a script's file goes on.
                        Err(Flow::Fail(1)) if self.reads_file() => {
                            status = 1;
                            self.status = 1;
                        }
                        Err(flow) => return Err(flow),
                    },
                    Err(error) => {
                        self.report(&error, text, line).await;
                        self.status = 2;
                        return if self.depth == 0 { Err(Flow::Exit(2)) } else { Ok(2) };
                    }
                }
                // A line is read with the aliases that the lines before it made.
                let known = self.known_aliases();
                let same = Rc::ptr_eq(&aliases, &known) || aliases.is_empty() && known.is_empty();
                if !same {
                    break;
                }
            }
            let next = (parser.rest(), parser.line);
            (rest, at) = (Cow::Owned(next.0), next.1);
        }
    }

    /// Whether the commands running now were read one by one from a script's file.
    fn reads_file(&self) -> bool {
        if self.source_depth == Some(self.depth) {
            return true;
        }
        let within = self.depth > 0 || self.evals > 0 || self.sourcing > 0 || !self.calls.is_empty() || self.in_trap;
        !within && self.subshell == 0 && self.get(" -c").is_none()
    }

    /// The aliases that the parser is to know.
    pub(super) fn known_aliases(&self) -> Rc<SortedMap<String, String>> {
        if self.interactive || self.options.expand_aliases { Rc::clone(&self.aliases) } else { Rc::default() }
    }

    /// Prints a syntax error as bash does.
    pub(super) async fn report(&mut self, error: &ParseError, text: &str, first: u32) {
        let origin = match (self.interactive, self.sourcing, self.get(" -c").is_some()) {
            _ if self.evals > 0 => format!("{}: eval: ", self.name),
            (true, 0, _) => format!("{}: ", self.short_name()),
            (_, 0, true) => format!("{}: -c: ", self.name),
            _ => format!("{}: ", self.name),
        };
        let at = |line: u32| {
            if self.interactive && self.sourcing == 0 { origin.clone() } else { format!("{origin}line {line}: ") }
        };
        let lines = 1 + text.trim_end_matches('\n').matches('\n').count() as u32;
        let message = match error {
            ParseError::Near { token, line } => {
                let mut message = format!("{}syntax error near unexpected token `{token}'\n", at(*line));
                let source = text.lines().nth((line - first.min(*line)) as usize).unwrap_or_default();
                if !(self.interactive && self.sourcing == 0) {
                    message.push_str(&format!("{}`{source}'\n", at(*line)));
                }
                message
            }
            ParseError::Unclosed { what, .. } => {
                format!("{}unexpected EOF while looking for matching `{what}'\n", at(first + lines - 1))
            }
            ParseError::Eof { .. } | ParseError::Incomplete => {
                format!("{}syntax error: unexpected end of file\n", at(first + lines))
            }
            ParseError::TooDeep => format!("{}syntax error: nested too deeply for this simulated bash\n", at(first)),
        };
        self.process.err(&message).await;
    }

    /// Runs a list of commands.
    pub(super) fn run_list<'a>(&'a mut self, list: &'a List) -> LocalBoxFuture<'a, Run> {
        Box::pin(async move {
            let mut status = 0;
            for item in list.iter() {
                status = self.run_item(item, false).await?;
            }
            Ok(status)
        })
    }

    /// Runs a list that is all its process does: a last command that is a program takes the
    /// process over.
    pub(super) async fn run_list_tail(&mut self, list: &List) -> Run {
        let mut status = 0;
        let has_trap = |shell: &Shell| shell.traps.contains_key("EXIT") || shell.traps.contains_key("ERR");
        for (at, item) in list.iter().enumerate() {
            let last = at + 1 == list.len() && !has_trap(self);
            status = self.run_item(item, last).await?;
        }
        Ok(status)
    }

    async fn run_item(&mut self, item: &Item, tail: bool) -> Run {
        if item.background {
            return self.run_background(item).await;
        }
        if item.rest.is_empty() {
            return self.run_pipeline(&item.first, tail).await;
        }
        self.tested += 1;
        let first = self.run_pipeline(&item.first, false).await;
        self.tested -= 1;
        let mut status = first?;
        for (at, (joint, pipeline)) in item.rest.iter().enumerate() {
            if (status == 0) != (*joint == Joint::And) {
                continue;
            }
            let last = at + 1 == item.rest.len();
            self.tested += u32::from(!last);
            let run = self.run_pipeline(pipeline, tail && last).await;
            self.tested -= u32::from(!last);
            status = run?;
        }
        Ok(status)
    }

    /// Runs a pipeline and sees to `!`, `time`, `set -e` and the ERR trap.
    fn run_pipeline<'a>(&'a mut self, pipeline: &'a Pipeline, tail: bool) -> LocalBoxFuture<'a, Run> {
        Box::pin(async move {
            let started = self.process.sim().now();
            self.tested += u32::from(pipeline.negated);
            let run = match pipeline.commands.as_slice() {
                [] => Ok(0),
                [command] => {
                    let tail = tail && !pipeline.negated && !pipeline.timed;
                    let run = self.run_command(command, tail).await;
                    if let Ok(status) = run {
                        self.set_pipe_status(&[status]);
                    }
                    run
                }
                commands => self.run_pipe(commands, &pipeline.text).await,
            };
            self.tested -= u32::from(pipeline.negated);
            let mut status = run?;
            if pipeline.timed {
                let real = self.process.sim().now().since(started);
                let (mins, secs) = (real.as_secs() / 60, real.as_secs() % 60);
                let millis = real.subsec_millis();
                let text = format!(
                    "\nreal\t{mins}m{secs}.{millis:03}s\nuser\t0m0.{:03}s\nsys\t0m0.{:03}s\n",
                    millis % 7,
                    millis % 5
                );
                self.process.err(&text).await;
            }
            if pipeline.negated {
                status = i32::from(status == 0);
            }
            self.status = status;
            let plain = pipeline.commands.iter().all(|command| {
                !matches!(
                    command.kind,
                    CommandKind::If { .. }
                        | CommandKind::While { .. }
                        | CommandKind::For { .. }
                        | CommandKind::ForArith { .. }
                        | CommandKind::Select { .. }
                        | CommandKind::Case { .. }
                        | CommandKind::Group(_)
                )
            });
            if status != 0 && self.tested == 0 && !pipeline.negated && (plain || pipeline.commands.len() > 1) {
                if let Some(action) = self.traps.get("ERR").cloned()
                    && !self.in_trap
                    && (self.calls.is_empty() || self.options.errtrace)
                {
                    self.run_trap(&action).await?;
                    self.status = status;
                }
                if self.options.errexit {
                    return Err(Flow::Exit(status));
                }
            }
            Ok(status)
        })
    }

    pub(super) fn set_pipe_status(&mut self, statuses: &[i32]) {
        let items = statuses.iter().enumerate().map(|(at, status)| (at as i64, status.to_string())).collect();
        self.vars.insert("PIPESTATUS", Var { value: Value::Indexed(items), ..Var::default() });
    }

    /// Several commands, each in a process of its own, joined by pipes.
    async fn run_pipe(&mut self, commands: &[Rc<Command>], text: &str) -> Run {
        let mut children: Vec<Child> = Vec::new();
        let mut input = None;
        for (at, command) in commands.iter().enumerate() {
            let mut fds = self.process.fds();
            if let Some(read) = input.take() {
                fds.insert(0, read);
            }
            if at + 1 < commands.len() {
                let (read, write) = pipe();
                fds.insert(1, write);
                input = Some(read);
            }
            let group = match (self.options.monitor, children.first()) {
                (false, _) => Group::Inherit,
                (true, None) => Group::New,
                (true, Some(first)) => Group::Join(first.pid()),
            };
            let spec = SpawnSpec { argv: self.process.args(), fds: Some(fds), group, ..SpawnSpec::default() };
            let (shell, command) = (self.clone(), Rc::clone(command));
            let spawned = self.process.spawn_with(spec, move |process| async move {
                let mut shell = shell.in_process(process);
                shell.process.spend(Duration::from_micros(300)).await;
                let run = shell.run_command(&command, true).await;
                shell.finish(run).await
            });
            match spawned {
                Ok(child) => children.push(child),
                Err(errno) => {
                    let flow = self.fork_failed(errno).await;
                    for child in &children {
                        child.process().signal(Signal::KILL);
                    }
                    return Err(flow);
                }
            }
        }
        let statuses = self.wait_foreground(children, text).await?;
        let status = if self.options.pipefail {
            statuses.iter().rev().copied().find(|&status| status != 0).unwrap_or(0)
        } else {
            statuses.last().copied().unwrap_or(0)
        };
        self.set_pipe_status(&statuses);
        Ok(status)
    }

    /// Signals that came in: traps run, an interactive shell leaves what it does.
    pub(super) async fn check_interrupt(&mut self) -> Result<(), Flow> {
        while !self.in_trap
            && let Some(signal) = self.process.take_signal()
        {
            match self.traps.get(signal.name()).cloned() {
                Some(action) => {
                    let status = self.status;
                    self.run_trap(&action).await?;
                    self.status = status;
                }
                None if signal == Signal::INT => {
                    self.status = 130;
                    return Err(Flow::Interrupt);
                }
                None => {}
            }
        }
        Ok(())
    }

    pub(super) async fn run_trap(&mut self, action: &str) -> Result<(), Flow> {
        let was = std::mem::replace(&mut self.in_trap, true);
        let tested = std::mem::take(&mut self.tested);
        let run = self.run_text(action).await;
        self.tested = tested;
        self.in_trap = was;
        run.map(|_| ())
    }

    /// One turn of a loop or one command: it costs time, and signals are looked after.
    pub(super) async fn step(&mut self) -> Result<(), Flow> {
        self.process.charge(STEP).await;
        self.check_interrupt().await
    }

    /// Runs a command. `tail`: nothing comes after it in this process.
    pub(super) fn run_command<'a>(&'a mut self, command: &'a Rc<Command>, tail: bool) -> LocalBoxFuture<'a, Run> {
        Box::pin(async move {
            self.step().await?;
            self.line = command.line;
            if let CommandKind::Simple { assigns, words } = &command.kind {
                let run = self.run_simple(assigns, words, &command.redirects, tail).await;
                self.close_substitutions();
                return run;
            }
            if self.depth >= DEPTH_MAX {
                self.fail(&format!("maximum nesting level exceeded ({DEPTH_MAX})")).await;
                return Err(Flow::Fail(1));
            }
            self.depth += 1;
            let run = self.run_redirected(command).await;
            self.depth -= 1;
            run
        })
    }

    async fn run_redirected(&mut self, command: &Command) -> Run {
        if command.redirects.is_empty() {
            return self.run_compound(&command.kind).await;
        }
        let before = self.process.fds();
        let mut fds = before.clone();
        match self.redirect(&command.redirects, &mut fds).await {
            Ok(()) => {}
            Err(Flow::Fail(status)) => return Ok(status),
            Err(flow) => return Err(flow),
        }
        self.process.set_fds(fds);
        let run = self.run_compound(&command.kind).await;
        self.process.set_fds(before);
        self.close_substitutions();
        run
    }

    pub(super) fn close_substitutions(&mut self) {
        for fd in std::mem::take(&mut self.to_close) {
            let _ = self.process.close(fd);
        }
    }
}
