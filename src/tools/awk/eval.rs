//! Expressions and variables.

use std::cmp::Ordering;
use std::rc::Rc;

use super::ast::{Arith, Expr, Place, Source, Variable};
use super::exec::{Done, Stop};
use super::record::{MAX_FIELDS, Separator};
use super::value::{Value, regex};
use super::{Awk, CONVFMT, FNR, FS, Held, NF, NR, OFS, RS, SUBSEP, Slot, slot};
use crate::collections::Sort;
use crate::machine::LocalBoxFuture;
use crate::shell::regex::Regex;

/// No text is longer.
const MAX_TEXT: usize = 16 << 20;
/// So many regular expressions are kept.
const MAX_REGEXES: usize = 200;

impl Awk {
    /// The value of an expression.
    pub fn eval<'a>(&'a mut self, expr: &'a Expr) -> LocalBoxFuture<'a, Done<Value>> {
        Box::pin(async move {
            self.enter()?;
            let value = self.value(expr).await;
            self.depth -= 1;
            value
        })
    }

    /// Whether an expression is true.
    pub async fn truth(&mut self, expr: &Expr) -> Done<bool> {
        Ok(self.eval(expr).await?.truth())
    }

    async fn number(&mut self, expr: &Expr) -> Done<f64> {
        Ok(self.eval(expr).await?.number())
    }

    /// The text of an expression, as CONVFMT has it.
    pub async fn text(&mut self, expr: &Expr) -> Done<Rc<str>> {
        let value = self.eval(expr).await?;
        Ok(value.to_text(&self.special(CONVFMT)))
    }

    async fn value(&mut self, expr: &Expr) -> Done<Value> {
        Ok(match expr {
            Expr::Number(number) => Value::Number(*number),
            Expr::Text(text) => Value::Text(Rc::clone(text)),
            Expr::Regex(regex) => Value::bool(regex.is_match(&self.record_text())),
            Expr::Place(place) => self.get_place(place).await?,
            Expr::Whole(variable) => self.get(*variable)?,
            Expr::Assign(place, op, value) => {
                let value = match op {
                    None => match self.eval(value).await? {
                        Value::Unset => Value::Unset,
                        value => value,
                    },
                    Some(op) => {
                        let right = self.number(value).await?;
                        let left = self.get_place(place).await?.number();
                        Value::Number(arith(*op, left, right))
                    }
                };
                self.set_place(place, value.clone()).await?;
                value
            }
            Expr::Step(place, before, by) => {
                let old = self.get_place(place).await?.number();
                self.set_place(place, Value::Number(old + by)).await?;
                Value::Number(if *before { old + by } else { old })
            }
            Expr::Choice(parts) => {
                let (condition, yes, no) = &**parts;
                let chosen = if self.truth(condition).await? { yes } else { no };
                self.eval(chosen).await?
            }
            Expr::And(sides) => Value::bool(self.truth(&sides.0).await? && self.truth(&sides.1).await?),
            Expr::Or(sides) => Value::bool(self.truth(&sides.0).await? || self.truth(&sides.1).await?),
            Expr::Not(inner) => Value::bool(!self.truth(inner).await?),
            Expr::Sign(minus, inner) => {
                let number = self.number(inner).await?;
                Value::Number(if *minus { -number } else { number })
            }
            Expr::Match(wanted, sides) => {
                let text = self.text(&sides.0).await?;
                let regex = self.pattern(&sides.1).await?;
                Value::bool(regex.is_match(&text) == *wanted)
            }
            Expr::Compare(sign, sides) => {
                let left = self.eval(&sides.0).await?;
                let right = self.eval(&sides.1).await?;
                let order = match (left.numeric(), right.numeric()) {
                    (Some(left), Some(right)) => left.partial_cmp(&right),
                    _ => {
                        let format = self.special(CONVFMT);
                        Some(left.to_text(&format).cmp(&right.to_text(&format)))
                    }
                };
                Value::bool(match *sign {
                    "<" => order == Some(Ordering::Less),
                    "<=" => matches!(order, Some(Ordering::Less | Ordering::Equal)),
                    "==" => order == Some(Ordering::Equal),
                    "!=" => order != Some(Ordering::Equal),
                    ">=" => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
                    _ => order == Some(Ordering::Greater),
                })
            }
            Expr::Join(parts) => {
                let mut text = String::new();
                for part in parts {
                    text.push_str(&self.text(part).await?);
                    if text.len() > MAX_TEXT {
                        return Err(Stop::Fault("out of memory".to_owned()));
                    }
                }
                Value::text(text)
            }
            Expr::Arith(op, sides) => {
                let left = self.number(&sides.0).await?;
                Value::Number(arith(*op, left, self.number(&sides.1).await?))
            }
            Expr::In(subscripts, array) => {
                let key = self.key(subscripts).await?;
                let slot = self.array(*array)?;
                let held = slot.borrow();
                Value::bool(matches!(&*held, Held::Array(entries) if entries.get(&*key).is_some()))
            }
            Expr::Call(function, arguments) => self.call(*function, arguments).await?,
            Expr::Builtin(name, arguments) => self.builtin(name, arguments).await?,
            Expr::Getline(into, source) => self.getline(into.as_deref(), source).await?,
            Expr::List(_) => return Err(Stop::Fault("a list is no value".to_owned())),
        })
    }

    // -- variables --------------------------------------------------------------------------------

    /// The slot of a variable.
    pub fn slot(&self, variable: Variable) -> Slot {
        match variable {
            Variable::Global(at) => Rc::clone(&self.globals[at]),
            Variable::Local(at) => Rc::clone(&self.locals[at]),
        }
    }

    fn name(&self, variable: Variable) -> String {
        match variable {
            Variable::Global(at) => self.program.globals[at].to_string(),
            Variable::Local(at) => format!("parameter {}", at + 1),
        }
    }

    fn get(&mut self, variable: Variable) -> Done<Value> {
        if variable == Variable::Global(NF) {
            return Ok(Value::Number(self.record.count() as f64));
        }
        match &*self.slot(variable).borrow() {
            Held::Untouched => Ok(Value::Unset),
            Held::Scalar(value) => Ok(value.clone()),
            Held::Array(_) => Err(Stop::Fault(format!("illegal reference to array {}", self.name(variable)))),
        }
    }

    /// Assigns to a variable.
    pub fn set(&mut self, variable: Variable, value: Value) -> Done<()> {
        if variable == Variable::Global(NF) {
            let count = value.number();
            if !(0.0..=MAX_FIELDS as f64).contains(&count) {
                return Err(Stop::Fault(format!("illegal value for NF: {}", value.to_text("%.6g"))));
            }
            self.record.set_count(count as usize);
            return Ok(());
        }
        let held = self.slot(variable);
        if matches!(&*held.borrow(), Held::Array(_)) {
            return Err(Stop::Fault(format!("illegal reference to array {}", self.name(variable))));
        }
        match variable {
            // The caller's variable, which it could have become an array of, stays untouched.
            Variable::Local(at) if matches!(&*held.borrow(), Held::Untouched) => {
                self.locals[at] = slot(Held::Scalar(value));
            }
            _ => *held.borrow_mut() = Held::Scalar(value),
        }
        Ok(())
    }

    /// The slot of an array; what was never touched becomes one.
    pub fn array(&self, variable: Variable) -> Done<Slot> {
        let held = self.slot(variable);
        if matches!(&*held.borrow(), Held::Scalar(_)) {
            return Err(Stop::Fault(format!("illegal reference to variable {}", self.name(variable))));
        }
        if matches!(&*held.borrow(), Held::Untouched) {
            *held.borrow_mut() = Held::Array(Default::default());
        }
        Ok(held)
    }

    /// The subscripts of an array: numbers first, as numbers stand.
    pub fn keys(&self, array: Variable) -> Done<Vec<Rc<str>>> {
        let held = self.array(array)?;
        let Held::Array(entries) = &*held.borrow() else { return Ok(Vec::new()) };
        let (mut numbers, mut others) = (Vec::new(), Vec::new());
        for (key, _) in entries {
            match key.parse::<i64>() {
                Ok(number) => numbers.push((number, Rc::clone(key))),
                Err(_) => others.push(Rc::clone(key)),
            }
        }
        numbers.arrange();
        Ok(numbers.into_iter().map(|(_, key)| key).chain(others).collect())
    }

    /// Subscripts as one text.
    pub async fn key(&mut self, subscripts: &[Expr]) -> Done<Rc<str>> {
        let mut parts = Vec::new();
        for subscript in subscripts {
            parts.push(self.text(subscript).await?);
        }
        Ok(match parts.len() {
            1 => parts.remove(0),
            _ => parts.join(&*self.special(SUBSEP)).into(),
        })
    }

    /// `$0`
    pub fn record_text(&mut self) -> Rc<str> {
        let (ofs, convfmt) = (self.special(OFS), self.special(CONVFMT));
        self.record.text(&ofs, &convfmt)
    }

    async fn field_number(&mut self, expr: &Expr) -> Done<usize> {
        let number = self.number(expr).await?;
        if number < 0.0 {
            return Err(Stop::Fault(format!(
                "negative field index ${}",
                Value::Number(number.trunc()).to_text("%.6g")
            )));
        }
        if number > MAX_FIELDS as f64 {
            return Err(Stop::Fault(format!("program limit exceeded: maximum number of fields size={MAX_FIELDS}")));
        }
        Ok(number as usize)
    }

    /// What is kept in a place.
    pub async fn get_place(&mut self, place: &Place) -> Done<Value> {
        match place {
            Place::Variable(variable) => self.get(*variable),
            Place::Field(number) => Ok(match self.field_number(number).await? {
                0 => Value::Input(self.record_text()),
                number => self.record.field(number),
            }),
            Place::Element(array, subscripts) => {
                let key = self.key(subscripts).await?;
                let slot = self.array(*array)?;
                let Held::Array(entries) = &mut *slot.borrow_mut() else { return Ok(Value::Unset) };
                // To look is to make.
                if entries.get(&*key).is_none() {
                    entries.insert(Rc::clone(&key), Value::Unset);
                }
                Ok(entries.get(&*key).cloned().unwrap_or(Value::Unset))
            }
        }
    }

    /// Keeps a value in a place.
    pub async fn set_place(&mut self, place: &Place, value: Value) -> Done<()> {
        match place {
            Place::Variable(variable) => self.set(*variable, value),
            Place::Field(number) => {
                match self.field_number(number).await? {
                    0 => {
                        let text = value.to_text(&self.special(CONVFMT));
                        self.take_record(text)?;
                    }
                    number => self.record.set_field(number, value),
                }
                Ok(())
            }
            Place::Element(array, subscripts) => {
                let key = self.key(subscripts).await?;
                let slot = self.array(*array)?;
                if let Held::Array(entries) = &mut *slot.borrow_mut() {
                    entries.insert(key, value);
                }
                Ok(())
            }
        }
    }

    // -- the rest ---------------------------------------------------------------------------------

    /// The regular expression that an expression is, or whose text is one.
    pub async fn pattern(&mut self, expr: &Expr) -> Done<Rc<Regex>> {
        if let Expr::Regex(regex) = expr {
            return Ok(Rc::clone(regex));
        }
        let source = self.text(expr).await?;
        if let Some(known) = self.regexes.get(&*source) {
            return Ok(Rc::clone(known));
        }
        let made = regex(&source)
            .map_err(|error| Stop::Fault(format!("regular expression compile failed ({error})\n{source}")))?;
        if self.regexes.len() >= MAX_REGEXES {
            self.regexes = Default::default();
        }
        self.regexes.insert(source, Rc::clone(&made));
        Ok(made)
    }

    /// How `split` splits: by FS, a text or a regular expression.
    pub async fn separator(&mut self, expr: Option<&Expr>) -> Done<Separator> {
        match expr {
            None => Separator::of(&self.special(FS)).map_err(Stop::Fault),
            Some(Expr::Regex(regex)) => Ok(Separator::Regex(Rc::clone(regex))),
            Some(other) => {
                let text = self.text(other).await?;
                Separator::of(&text).map_err(Stop::Fault)
            }
        }
    }

    async fn call(&mut self, function: usize, arguments: &[Expr]) -> Done<Value> {
        let program = Rc::clone(&self.program);
        let Some(function) = program.functions.get(function) else { return Ok(Value::Unset) };
        if arguments.len() > function.parameters {
            return Err(Stop::Fault(format!("too many arguments in call to {}", function.name)));
        }
        let mut locals = Vec::new();
        for argument in arguments {
            locals.push(match argument {
                // What is untouched may become an array in there; a scalar is copied.
                Expr::Whole(variable) if *variable != Variable::Global(NF) => {
                    let held = self.slot(*variable);
                    let scalar = match &*held.borrow() {
                        Held::Scalar(value) => Some(value.clone()),
                        _ => None,
                    };
                    scalar.map_or(held, |value| slot(Held::Scalar(value)))
                }
                other => slot(Held::Scalar(self.eval(other).await?)),
            });
        }
        locals.resize_with(function.parameters, || slot(Held::Untouched));
        let outer = std::mem::replace(&mut self.locals, locals);
        let ended = self.block(&function.body).await;
        self.locals = outer;
        match ended {
            Ok(()) => Ok(Value::Unset),
            Err(Stop::Return(value)) => Ok(value),
            Err(other) => Err(other),
        }
    }

    /// `getline` in its forms: 1 for a record, 0 at the end, -1 where it cannot be read.
    async fn getline(&mut self, into: Option<&Place>, source: &Source) -> Done<Value> {
        let record = match source {
            Source::Input => self.next_record().await?,
            Source::File(name) | Source::Command(name) => {
                let name = self.text(name).await?;
                let separator = self.special(RS);
                let command = matches!(source, Source::Command(_));
                match self.streams.read(command, &name, &separator).await {
                    Ok(record) => record,
                    Err(_) => return Ok(Value::Number(-1.0)),
                }
            }
        };
        let Some(record) = record else { return Ok(Value::Number(0.0)) };
        if matches!(source, Source::Command(_)) {
            for variable in [NR, FNR] {
                let number = self.number_of(variable) + 1.0;
                self.put(variable, Value::Number(number));
            }
        }
        match into {
            Some(place) => self.set_place(place, Value::Input(record)).await?,
            None => self.take_record(record)?,
        }
        Ok(Value::Number(1.0))
    }
}

fn arith(op: Arith, left: f64, right: f64) -> f64 {
    match op {
        Arith::Add => left + right,
        Arith::Sub => left - right,
        Arith::Mul => left * right,
        Arith::Div => left / right,
        Arith::Rem => left % right,
        Arith::Pow => power(left, right),
    }
}

/// Whole and half powers are exact everywhere; others are not simulated and are no number.
fn power(base: f64, exponent: f64) -> f64 {
    if exponent == 0.5 {
        return base.sqrt();
    }
    if exponent != exponent.trunc() || exponent.abs() > 1e6 {
        return f64::NAN;
    }
    let (mut left, mut square, mut product) = (exponent.abs() as u64, base, 1.0);
    while left > 0 {
        if left & 1 == 1 {
            product *= square;
        }
        square *= square;
        left >>= 1;
    }
    if exponent < 0.0 { 1.0 / product } else { product }
}
