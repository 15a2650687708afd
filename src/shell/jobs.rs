//! Jobs: background lists, stopped commands, and waiting for the foreground.

use std::rc::Rc;

use super::ast::{Item, Pipeline};
use super::{Flow, Run, Shell};
use crate::collections::Sort;
use crate::machine::{Change, Child, ExitStatus, Group, OpenOptions, Signal, SpawnSpec};
use crate::sim::{Duration, Either, race};

/// A job of a shell.
#[derive(Clone)]
pub struct Job {
    pub number: usize,
    pub children: Vec<Child>,
    pub text: String,
}

impl Job {
    /// How it ended, once all of it has.
    pub fn ended(&self) -> Option<ExitStatus> {
        if self.children.iter().any(|child| child.process().ended().is_none()) {
            return None;
        }
        self.children.last().and_then(|child| child.process().ended())
    }

    pub fn stopped(&self) -> Option<Signal> {
        self.children.iter().find_map(|child| child.process().stopped())
    }

    pub fn state(&self) -> String {
        match (self.ended(), self.stopped()) {
            (Some(ExitStatus::Exited(0)), _) => "Done".to_owned(),
            (Some(ExitStatus::Exited(status)), _) => format!("Exit {status}"),
            (Some(ExitStatus::Signaled(signal)), _) => signal.text().to_owned(),
            (None, Some(_)) => "Stopped".to_owned(),
            (None, None) => "Running".to_owned(),
        }
    }
}

impl Shell {
    /// Starts `item &`.
    pub(super) async fn run_background(&mut self, item: &Item) -> Run {
        let mut fds = self.process.fds();
        if !self.options.monitor
            && let Ok(null) = self.process.open("/dev/null", OpenOptions::READ)
        {
            fds.insert(0, null);
        }
        let group = if self.options.monitor { Group::New } else { Group::Inherit };
        let shell = self.clone();
        // The tree is shared, not copied: an item is a list of one without its `&`.
        let copy: super::ast::List = Rc::new([Item {
            first: clone_pipeline(&item.first),
            rest: item.rest.iter().map(|(joint, pipeline)| (*joint, clone_pipeline(pipeline))).collect(),
            background: false,
            text: item.text.clone(),
        }]);
        let spec = SpawnSpec { argv: self.process.args(), fds: Some(fds), group, ..SpawnSpec::default() };
        let child = self.process.spawn_with(spec, move |process| async move {
            let mut shell = shell.in_process(process);
            if !shell.options.monitor && group == Group::Inherit {
                // As POSIX has it: without job control ^C does not reach the background.
                shell.process.trap(Signal::INT, crate::machine::Disposition::Ignore);
                shell.process.trap(Signal::QUIT, crate::machine::Disposition::Ignore);
            }
            shell.process.spend(Duration::from_micros(300)).await;
            let run = shell.run_list_tail(&copy).await;
            shell.finish(run).await
        });
        let child = match child {
            Ok(child) => child,
            Err(errno) => return Err(self.fork_failed(errno).await),
        };
        self.last_background = Some(child.pid());
        let number = self.jobs.iter().map(|job| job.number).max().unwrap_or(0) + 1;
        if self.interactive {
            self.process.err(&format!("[{number}] {}\n", child.pid())).await;
        } else if self.jobs.len() > 200 {
            // A script that never waits must not keep what ended long ago.
            self.jobs.retain(|job| job.ended().is_none());
        }
        self.jobs.push(Job { number, children: vec![child], text: item.text.clone() });
        Ok(0)
    }

    /// Waits for a foreground job and gives the status of each of its processes.
    pub(super) async fn wait_foreground(&mut self, children: Vec<Child>, text: &str) -> Result<Vec<i32>, Flow> {
        let tty = self.process.tty().filter(|_| self.options.monitor);
        if let (Some(tty), Some(first)) = (&tty, children.first()) {
            tty.set_foreground(first.process().group());
        }
        let mut statuses = Vec::new();
        let mut interrupted = false;
        let mut last = None;
        for child in &children {
            let status = loop {
                match child.wait_change().await {
                    Change::Ended(status) => break status,
                    Change::Stopped(signal) if self.options.monitor => {
                        if let Some(tty) = &tty {
                            tty.set_foreground(self.process.group());
                        }
                        return Ok(vec![self.stopped(children.clone(), text, signal).await]);
                    }
                    Change::Stopped(_) => {}
                }
            };
            interrupted |= status == ExitStatus::Signaled(Signal::INT);
            last = Some((child.pid(), status));
            statuses.push(status.code());
        }
        if let Some(tty) = &tty {
            tty.set_foreground(self.process.group());
        }
        if let Some((pid, ExitStatus::Signaled(signal))) = last {
            match signal {
                Signal::INT if self.interactive => self.process.err("\n").await,
                Signal::INT | Signal::PIPE => {}
                signal if self.interactive => self.process.err(&format!("{}\n", signal.text())).await,
                signal if self.subshell == 0 => {
                    self.fail(&format!("{pid:>5} {:<23} {text}", signal.text())).await;
                }
                _ => {}
            }
        }
        if interrupted && self.interactive {
            self.status = 130;
            return Err(Flow::Interrupt);
        }
        self.check_interrupt().await?;
        Ok(statuses)
    }

    async fn stopped(&mut self, children: Vec<Child>, text: &str, signal: Signal) -> i32 {
        let known =
            self.jobs.iter().position(|job| job.children.first().map(Child::pid) == children.first().map(Child::pid));
        let number = match known {
            Some(at) => self.jobs[at].number,
            None => {
                let number = self.jobs.iter().map(|job| job.number).max().unwrap_or(0) + 1;
                self.jobs.push(Job { number, children, text: text.to_owned() });
                number
            }
        };
        self.process.err(&format!("\n[{number}]+  {:<24}{text}\n", "Stopped")).await;
        128 + signal.0
    }

    /// `+` for the present job, `-` for the one before.
    pub(super) fn job_mark(&self, number: usize) -> char {
        let mut numbers: Vec<usize> = self.jobs.iter().map(|job| job.number).collect();
        numbers.arrange_by_key(|&number| {
            let stopped = self.jobs.iter().any(|job| job.number == number && job.stopped().is_some());
            (stopped, number)
        });
        match numbers.iter().rev().position(|&other| other == number) {
            Some(0) => '+',
            Some(1) => '-',
            _ => ' ',
        }
    }

    /// One line of `jobs`.
    pub(super) fn job_line(&self, job: &Job) -> String {
        let running = job.ended().is_none() && job.stopped().is_none();
        let amp = if running { " &" } else { "" };
        format!("[{}]{}  {:<24}{}{amp}\n", job.number, self.job_mark(job.number), job.state(), job.text)
    }

    /// Tells of jobs that ended, before a prompt.
    pub(super) async fn notify_jobs(&mut self) {
        let mut text = String::new();
        for job in &self.jobs {
            if job.ended().is_some() {
                text.push_str(&self.job_line(job));
            }
        }
        self.jobs.retain(|job| job.ended().is_none());
        if !text.is_empty() {
            self.process.err(&text).await;
        }
    }

    /// The job that `%1`, `%+`, `%name` or a process number names.
    pub(super) fn find_job(&self, spec: &str) -> Option<usize> {
        let by_mark = |mark: char| self.jobs.iter().position(|job| self.job_mark(job.number) == mark);
        let Some(name) = spec.strip_prefix('%') else {
            let pid = spec.parse::<u32>().ok()?;
            return self.jobs.iter().position(|job| job.children.iter().any(|child| child.pid().0 == pid));
        };
        match name {
            "" | "+" | "%" => by_mark('+'),
            "-" => by_mark('-').or_else(|| by_mark('+')),
            name => match name.parse::<usize>() {
                Ok(number) => self.jobs.iter().position(|job| job.number == number),
                Err(_) => match name.strip_prefix('?') {
                    Some(part) => self.jobs.iter().position(|job| job.text.contains(part)),
                    None => self.jobs.iter().position(|job| job.text.starts_with(name)),
                },
            },
        }
    }

    /// Waits for a child, unless a trapped signal comes first: then that signal's status.
    pub(super) async fn wait_child(&mut self, child: &Child) -> Run {
        let process = self.process.clone();
        match race(child.wait(), process.signal_pending()).await {
            Either::First(status) => Ok(status.code()),
            Either::Second(()) => {
                // SIGCHLD is of no interest here.
                let signal = Signal::all().find(|&signal| process.has_pending(signal));
                self.check_interrupt().await?;
                Ok(signal.map_or(0, |signal| 128 + signal.0))
            }
        }
    }
}

fn clone_pipeline(pipeline: &Pipeline) -> Pipeline {
    Pipeline {
        negated: pipeline.negated,
        timed: pipeline.timed,
        commands: pipeline.commands.iter().map(Rc::clone).collect(),
        text: pipeline.text.clone(),
    }
}
