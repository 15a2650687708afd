//! Execution: lists, pipelines and compound commands. Simple commands are in `simple`.

use std::rc::Rc;

use super::ast::{CaseEnd, Command, CommandKind, Cond, Item, Joint, List, Pipeline, Word};
use super::parse::{ParseError, Parser};
use super::pattern::Pattern;
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
        let aliases = self.known_aliases();
        let mut parser = Parser::new(text, line, &aliases);
        let mut status = 0;
        loop {
            // A script that defines aliases is parsed with them from the next line on; that is
            // rare enough to leave to the interactive shell, which parses each line anew.
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
        }
    }

    /// Whether the commands running now were read one by one from a script's file.
    fn reads_file(&self) -> bool {
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

    async fn run_compound(&mut self, kind: &CommandKind) -> Run {
        match kind {
            CommandKind::Simple { .. } => Ok(0),
            CommandKind::Group(list) => self.run_list(list).await,
            CommandKind::Subshell(list) => self.run_subshell(list).await,
            CommandKind::If { arms, otherwise } => {
                for (test, body) in arms {
                    if self.test_list(test).await? == 0 {
                        return self.run_list(body).await;
                    }
                }
                match otherwise {
                    Some(body) => self.run_list(body).await,
                    None => Ok(0),
                }
            }
            CommandKind::While { until, test, body } => {
                let mut status = 0;
                loop {
                    self.step().await?;
                    self.loops += 1;
                    let test = self.test_list(test).await;
                    self.loops -= 1;
                    match test {
                        Ok(test) if (test == 0) == *until => return Ok(status),
                        Ok(_) => {}
                        Err(flow) => match leave_loop(flow)? {
                            true => return Ok(0),
                            false => continue,
                        },
                    }
                    if self.loop_body(body, &mut status).await? {
                        return Ok(status);
                    }
                }
            }
            CommandKind::For { name, words, body } => {
                let values = match words {
                    Some(words) => self.expand_words(words).await?,
                    None => self.args.clone(),
                };
                if !super::word::is_identifier(name) {
                    self.fail(&format!("`{name}': not a valid identifier")).await;
                    return Ok(1);
                }
                let mut status = 0;
                for value in values {
                    self.step().await?;
                    if let Err(message) = self.set(name, value) {
                        self.fail(&message).await;
                        return Ok(1);
                    }
                    if self.loop_body(body, &mut status).await? {
                        break;
                    }
                }
                Ok(status)
            }
            CommandKind::ForArith { init, test, step, body } => {
                let mut status = 0;
                self.expand_arith(init).await?;
                loop {
                    self.step().await?;
                    let text = self.expand_quoted(test).await?;
                    if !text.trim().is_empty() && self.expand_arith(test).await? == 0 {
                        return Ok(status);
                    }
                    if self.loop_body(body, &mut status).await? {
                        return Ok(status);
                    }
                    self.expand_arith(step).await?;
                }
            }
            CommandKind::Select { name, words, body } => self.run_select(name, words.as_deref(), body).await,
            CommandKind::Case { subject, arms } => {
                let subject = self.expand_text(subject).await?;
                let chars: Vec<char> = subject.chars().collect();
                let mut status = 0;
                let mut falling = false;
                for arm in arms {
                    if !falling && !self.any_matches(&arm.patterns, &chars).await? {
                        continue;
                    }
                    status = self.run_list(&arm.body).await?;
                    match arm.end {
                        CaseEnd::Break => break,
                        CaseEnd::FallThrough => falling = true,
                        CaseEnd::Continue => falling = false,
                    }
                }
                Ok(status)
            }
            CommandKind::Arith(word) => match self.expand_arith(word).await {
                Ok(value) => Ok(i32::from(value == 0)),
                Err(Flow::Fail(_)) => Ok(1),
                Err(flow) => Err(flow),
            },
            CommandKind::Cond(cond) => match self.cond(cond).await {
                Ok(true) => Ok(0),
                Ok(false) => Ok(1),
                Err(Flow::Fail(2)) => Ok(2),
                Err(flow) => Err(flow),
            },
            CommandKind::Function { name, function } => {
                self.functions.insert(name.clone(), Rc::clone(function));
                Ok(0)
            }
        }
    }

    async fn any_matches(&mut self, patterns: &[Word], subject: &[char]) -> Result<bool, Flow> {
        for pattern in patterns {
            let pattern = Pattern::new(&self.expand_pattern(pattern).await?);
            if pattern.matches_chars(subject, self.options.nocasematch) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A list whose failure only decides something.
    async fn test_list(&mut self, list: &List) -> Run {
        self.tested += 1;
        let run = self.run_list(list).await;
        self.tested -= 1;
        run
    }

    /// One turn of a loop; true where it is to be left.
    async fn loop_body(&mut self, body: &List, status: &mut i32) -> Result<bool, Flow> {
        self.loops += 1;
        let run = self.run_list(body).await;
        self.loops -= 1;
        match run {
            Ok(code) => *status = code,
            Err(flow) => {
                *status = 0;
                return leave_loop(flow);
            }
        }
        Ok(false)
    }

    async fn run_subshell(&mut self, list: &List) -> Run {
        let group = if self.options.monitor { Group::New } else { Group::Inherit };
        let (shell, list) = (self.clone(), Rc::clone(list));
        let spec = SpawnSpec { argv: self.process.args(), group, ..SpawnSpec::default() };
        let child = self.process.spawn_with(spec, move |process| async move {
            let mut shell = shell.in_process(process);
            shell.process.spend(Duration::from_micros(300)).await;
            let run = shell.run_list_tail(&list).await;
            shell.finish(run).await
        });
        match child {
            Ok(child) => Ok(self.wait_foreground(vec![child], "( )").await?.first().copied().unwrap_or(0)),
            Err(errno) => Err(self.fork_failed(errno).await),
        }
    }

    /// `select`: a menu, asked until `break` or the end of the input.
    async fn run_select(&mut self, name: &str, words: Option<&[Word]>, body: &List) -> Run {
        let values = match words {
            Some(words) => self.expand_words(words).await?,
            None => self.args.clone(),
        };
        if values.is_empty() {
            return Ok(0);
        }
        let mut status = 0;
        loop {
            self.step().await?;
            for (at, value) in values.iter().enumerate() {
                self.process.err(&format!("{}) {value}\n", at + 1)).await;
            }
            let prompt = self.get("PS3").unwrap_or_else(|| "#? ".to_owned());
            self.process.err(&prompt).await;
            let Ok(Some(line)) = self.read_text_line(0).await? else {
                self.process.err("\n").await;
                return Ok(1);
            };
            let reply = line.trim().to_owned();
            let choice = reply.parse::<usize>().ok().and_then(|number| values.get(number.checked_sub(1)?));
            let stored =
                self.set("REPLY", reply.clone()).and_then(|()| self.set(name, choice.cloned().unwrap_or_default()));
            if let Err(message) = stored {
                self.fail(&message).await;
                return Ok(1);
            }
            if !reply.is_empty() && self.loop_body(body, &mut status).await? {
                return Ok(status);
            }
        }
    }

    fn cond<'a>(&'a mut self, cond: &'a Cond) -> LocalBoxFuture<'a, Result<bool, Flow>> {
        Box::pin(async move {
            Ok(match cond {
                Cond::Not(inner) => !self.cond(inner).await?,
                Cond::And(left, right) => self.cond(left).await? && self.cond(right).await?,
                Cond::Or(left, right) => self.cond(left).await? || self.cond(right).await?,
                Cond::Word(word) => !self.expand_text(word).await?.is_empty(),
                Cond::Unary(operator, word) => {
                    let operand = self.expand_text(word).await?;
                    self.unary_test(operator, &operand)
                }
                Cond::Binary(left, operator, right) => return self.cond_binary(left, operator, right).await,
            })
        })
    }

    async fn cond_binary(&mut self, left: &Word, operator: &str, right: &Word) -> Result<bool, Flow> {
        let left = self.expand_text(left).await?;
        match operator {
            "==" | "=" | "!=" => {
                let pattern = Pattern::new(&self.expand_pattern(right).await?);
                let chars: Vec<char> = left.chars().collect();
                Ok(pattern.matches_chars(&chars, self.options.nocasematch) == (operator != "!="))
            }
            "=~" => self.regex_test(&left, right).await,
            "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge" => {
                let right = self.expand_text(right).await?;
                let mut numbers = [0; 2];
                for (number, text) in numbers.iter_mut().zip([left, right]) {
                    match super::arith::evaluate(self, &text) {
                        Ok(value) => *number = value,
                        Err(message) => {
                            self.fail(&format!("[[: {message}")).await;
                            return Ok(false);
                        }
                    }
                }
                Ok(super::builtins::compare(operator, numbers[0], numbers[1]))
            }
            operator => {
                let right = self.expand_text(right).await?;
                Ok(self.binary_test(&left, operator, &right).unwrap_or(false))
            }
        }
    }

    async fn regex_test(&mut self, left: &str, right: &Word) -> Result<bool, Flow> {
        let chars = self.expand_pattern(right).await?;
        let mut source = String::new();
        for (c, quoted) in chars {
            if quoted && "\\^$.|?*+()[]{}".contains(c) {
                source.push('\\');
            }
            source.push(c);
        }
        let regex = match crate::shell::regex::Regex::new(&source, true, self.options.nocasematch) {
            Ok(regex) => regex,
            Err(_) => return Err(Flow::Fail(2)),
        };
        let found = regex.find(left, 0);
        let mut items = SortedMap::new();
        if let Some(groups) = &found {
            for (at, group) in groups.iter().enumerate() {
                let text = group.map(|(start, end)| left[start..end].to_owned()).unwrap_or_default();
                items.insert(at as i64, text);
            }
        }
        self.vars.insert("BASH_REMATCH", Var { value: Value::Indexed(items), ..Var::default() });
        Ok(found.is_some())
    }
}

/// What `break` and `continue` mean for the loop that they reach: true to leave it.
fn leave_loop(flow: Flow) -> Result<bool, Flow> {
    match flow {
        Flow::Break(1) => Ok(true),
        Flow::Break(n) => Err(Flow::Break(n - 1)),
        Flow::Continue(1) => Ok(false),
        Flow::Continue(n) => Err(Flow::Continue(n - 1)),
        flow => Err(flow),
    }
}
