//! Statements.

use super::ast::{Expr, Pattern, Program, Stmt, Target, Variable};
use super::value::Value;
use super::{Awk, Held, OFMT, OFS, ORS};
use crate::machine::{Errno, LocalBoxFuture};
use crate::sim::Duration;

/// Why the next statement is not done.
pub enum Stop {
    /// `next`
    Next,
    /// `nextfile`
    NextFile,
    /// `exit`
    Exit,
    /// `break`
    Break,
    /// `continue`
    Continue,
    /// `return`
    Return(Value),
    /// A fault of the program.
    Fault(String),
    /// A file that cannot be used.
    Closed(String),
}

/// What a statement or an expression comes to.
pub type Done<T> = Result<T, Stop>;

/// How long a statement takes.
const STATEMENT: Duration = Duration::from_micros(2);
/// Statements, expressions and calls may stand in one another so deeply.
const MAX_DEPTH: usize = 100;

impl Awk {
    /// One level deeper.
    pub fn enter(&mut self) -> Done<()> {
        if self.depth == MAX_DEPTH {
            return Err(Stop::Fault("program limit exceeded: too many levels of calls".to_owned()));
        }
        self.depth += 1;
        Ok(())
    }

    /// Every rule whose pattern is true of the record.
    pub async fn rules(&mut self, program: &Program) -> Done<()> {
        for (at, rule) in program.rules.iter().enumerate() {
            let chosen = match &rule.pattern {
                Pattern::Always => true,
                Pattern::When(condition) => self.truth(condition).await?,
                Pattern::Range(first, last) => {
                    let inside = self.open[at] || self.truth(first).await?;
                    if inside {
                        self.open[at] = !self.truth(last).await?;
                    }
                    inside
                }
            };
            if chosen {
                self.block(&rule.action).await?;
            }
        }
        Ok(())
    }

    /// Statements, one after the other.
    pub fn block<'a>(&'a mut self, stmts: &'a [Stmt]) -> LocalBoxFuture<'a, Done<()>> {
        Box::pin(async move {
            self.enter()?;
            for stmt in stmts {
                self.process.charge(STATEMENT).await;
                if let Err(stop) = self.stmt(stmt).await {
                    self.depth -= 1;
                    return Err(stop);
                }
            }
            self.depth -= 1;
            Ok(())
        })
    }

    async fn stmt(&mut self, stmt: &Stmt) -> Done<()> {
        match stmt {
            Stmt::Do(expr) => drop(self.eval(expr).await?),
            Stmt::Print(values, target) => {
                let mut line = String::new();
                if values.is_empty() {
                    line.push_str(&self.record_text());
                }
                let (between, format) = (self.special(OFS), self.special(OFMT));
                for (at, value) in values.iter().enumerate() {
                    if at > 0 {
                        line.push_str(&between);
                    }
                    line.push_str(&self.eval(value).await?.to_text(&format));
                }
                line.push_str(&self.special(ORS));
                self.write(line.as_bytes(), target.as_ref()).await?;
            }
            Stmt::Printf(values, target) => {
                let mut all = Vec::new();
                for value in values {
                    all.push(self.eval(value).await?);
                }
                let mut text = Vec::new();
                let formatted = self.format("printf", &all, &mut text);
                self.write(&text, target.as_ref()).await?;
                formatted?;
            }
            Stmt::If(condition, then, otherwise) => {
                let chosen = if self.truth(condition).await? { then } else { otherwise };
                self.block(chosen).await?;
            }
            Stmt::While(condition, body, after) => {
                if *after && !self.turn(body).await? {
                    return Ok(());
                }
                while self.truth(condition).await? {
                    if !self.turn(body).await? {
                        break;
                    }
                }
            }
            Stmt::For(first, condition, step, body) => {
                if let Some(first) = first {
                    self.block(std::slice::from_ref(first)).await?;
                }
                loop {
                    if let Some(condition) = condition
                        && !self.truth(condition).await?
                    {
                        break;
                    }
                    if !self.turn(body).await? {
                        break;
                    }
                    if let Some(step) = step {
                        self.block(std::slice::from_ref(step)).await?;
                    }
                }
            }
            Stmt::Each(variable, array, body) => {
                for key in self.keys(*array)? {
                    self.set(*variable, Value::Input(key))?;
                    if !self.turn(body).await? {
                        break;
                    }
                }
            }
            Stmt::Block(stmts) => self.block(stmts).await?,
            Stmt::Break => return Err(Stop::Break),
            Stmt::Continue => return Err(Stop::Continue),
            Stmt::Next => return Err(Stop::Next),
            Stmt::NextFile => return Err(Stop::NextFile),
            Stmt::Exit(status) => {
                if let Some(status) = status {
                    self.status = self.eval(status).await?.number() as i64 as i32 & 0xff;
                }
                return Err(Stop::Exit);
            }
            Stmt::Return(value) => {
                let value = match value {
                    Some(value) => self.eval(value).await?,
                    None => Value::Unset,
                };
                return Err(Stop::Return(value));
            }
            Stmt::Delete(array, subscripts) => self.delete(*array, subscripts.as_deref()).await?,
        }
        Ok(())
    }

    /// A loop's body, once; false after `break`.
    async fn turn(&mut self, body: &[Stmt]) -> Done<bool> {
        // A loop without a body takes time too.
        self.process.charge(STATEMENT).await;
        match self.block(body).await {
            Ok(()) | Err(Stop::Continue) => Ok(true),
            Err(Stop::Break) => Ok(false),
            Err(other) => Err(other),
        }
    }

    async fn delete(&mut self, array: Variable, subscripts: Option<&[Expr]>) -> Done<()> {
        let key = match subscripts {
            Some(subscripts) => Some(self.key(subscripts).await?),
            None => None,
        };
        let slot = self.array(array)?;
        if let Held::Array(entries) = &mut *slot.borrow_mut() {
            match key {
                Some(key) => drop(entries.remove(&*key)),
                None => *entries = Default::default(),
            }
        }
        Ok(())
    }

    async fn write(&mut self, bytes: &[u8], target: Option<&(Target, Expr)>) -> Done<()> {
        let Some((target, name)) = target else {
            return self.streams.print(bytes).await.map_err(|errno| unwritten("-", errno));
        };
        let name = self.eval(name).await?.to_text("%.6g");
        self.streams.write(*target, &name, bytes).await.map_err(|errno| unwritten(&name, errno))
    }
}

fn unwritten(name: &str, errno: Errno) -> Stop {
    Stop::Closed(format!("cannot open \"{name}\" for output ({errno})"))
}
