//! Compound commands: groups, subshells, `if`, `for`, `while`, `case`, `select`.

use std::rc::Rc;

use super::ast::{CaseEnd, CommandKind, List, Word};
use super::pattern::Pattern;
use super::{Flow, Run, Shell};
use crate::machine::{Group, SpawnSpec};
use crate::sim::Duration;

impl Shell {
    pub(super) async fn run_compound(&mut self, kind: &CommandKind) -> Run {
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
            CommandKind::Arith(word) => {
                let text = self.expand_quoted(word).await?;
                self.process.charge(Duration::from_micros(5)).await;
                match super::arith::evaluate(self, &text) {
                    Ok(value) => Ok(i32::from(value == 0)),
                    Err(message) => {
                        self.fail(&format!("((: {message}")).await;
                        Ok(1)
                    }
                }
            }
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

    pub(super) async fn any_matches(&mut self, patterns: &[Word], subject: &[char]) -> Result<bool, Flow> {
        for pattern in patterns {
            let pattern = Pattern::new(&self.expand_pattern(pattern).await?);
            if pattern.matches_chars(subject, self.options.nocasematch) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A list whose failure only decides something.
    pub(super) async fn test_list(&mut self, list: &List) -> Run {
        self.tested += 1;
        let run = self.run_list(list).await;
        self.tested -= 1;
        run
    }

    /// One turn of a loop; true where it is to be left.
    pub(super) async fn loop_body(&mut self, body: &List, status: &mut i32) -> Result<bool, Flow> {
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

    pub(super) async fn run_subshell(&mut self, list: &List) -> Run {
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
    pub(super) async fn run_select(&mut self, name: &str, words: Option<&[Word]>, body: &List) -> Run {
        let values = match words {
            Some(words) => self.expand_words(words).await?,
            None => self.args.clone(),
        };
        if values.is_empty() {
            return Ok(0);
        }
        let (mut status, mut shows) = (0, true);
        loop {
            self.step().await?;
            // The menu is shown once, and again after an empty line.
            for (at, value) in values.iter().enumerate().filter(|_| shows) {
                self.process.err(&format!("{}) {value}\n", at + 1)).await;
            }
            let prompt = self.get("PS3").unwrap_or_else(|| "#? ".to_owned());
            self.process.err(&prompt).await;
            let Ok(Some(line)) = self.read_text_line(0).await? else {
                self.process.out("\n").await;
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
            shows = reply.is_empty();
            if !shows && self.loop_body(body, &mut status).await? {
                return Ok(status);
            }
        }
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
