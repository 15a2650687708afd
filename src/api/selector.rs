//! Label selectors: what `-l` takes, and what Services, ReplicaSets and the like hold.
//!
//! Models apimachinery/pkg/labels/selector.go (lexer, parser, error texts) and
//! meta/v1/helpers.go LabelSelectorAsSelector.

use std::fmt;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use super::meta::StringMap;
use super::name_rules;
use crate::collections::{Sort, SortedSet};

/// Requirements that an object's labels must all meet. The empty selector matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    requirements: Vec<Requirement>,
    /// Matches nothing at all, as the selector of a missing `LabelSelector` does.
    nothing: bool,
}

/// One requirement of a selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The label's key.
    pub key: String,
    /// What is asked of it.
    pub operator: Operator,
    /// The values that `operator` looks at, sorted.
    pub values: Vec<String>,
}

/// What a requirement asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `key in (a,b)`.
    In,
    /// `key notin (a,b)`; labels without the key meet it.
    NotIn,
    /// `key=a`.
    Equals,
    /// `key==a`.
    DoubleEquals,
    /// `key!=a`; labels without the key meet it.
    NotEquals,
    /// `key`.
    Exists,
    /// `!key`.
    DoesNotExist,
    /// `key>5`.
    GreaterThan,
    /// `key<5`.
    LessThan,
}

impl Requirement {
    fn matches(&self, labels: &StringMap) -> bool {
        let value = labels.get(&self.key);
        let listed = || value.is_some_and(|value| self.values.iter().any(|wanted| wanted == value));
        let number = |text: &String| text.parse::<i64>().ok();
        let compare = |test: fn(i64, i64) -> bool| match (value.and_then(number), self.values.first().and_then(number))
        {
            (Some(value), Some(limit)) => test(value, limit),
            _ => false,
        };
        match self.operator {
            Operator::In | Operator::Equals | Operator::DoubleEquals => listed(),
            Operator::NotIn | Operator::NotEquals => !listed(),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
            Operator::GreaterThan => compare(|value, limit| value > limit),
            Operator::LessThan => compare(|value, limit| value < limit),
        }
    }

    /// Checks key and values; models labels.NewRequirement.
    fn checked(key: &str, operator: Operator, values: SortedSet<String>) -> Result<Requirement, String> {
        let mut faults = Vec::new();
        if let Some(fault) = key_fault(key) {
            faults.push(format!("key: Invalid value: \"{key}\": {fault}"));
        }
        if matches!(operator, Operator::GreaterThan | Operator::LessThan) {
            for (at, value) in values.iter().enumerate() {
                if value.parse::<i64>().is_err() {
                    faults.push(format!(
                        "values[{at}]: Invalid value: \"{value}\": for 'Gt', 'Lt' operators, the value must be an integer"
                    ));
                }
            }
        }
        for (at, value) in values.iter().enumerate() {
            let found = name_rules::label_value_faults(value);
            if !found.is_empty() {
                faults.push(format!("values[{at}][{key}]: Invalid value: \"{value}\": {}", found.join("; ")));
            }
        }
        match faults.len() {
            0 => Ok(Requirement { key: key.to_owned(), operator, values: values.into_iter().collect() }),
            1 => Err(faults.concat()),
            _ => Err(format!("[{}]", faults.join(", "))),
        }
    }
}

fn key_fault(key: &str) -> Option<String> {
    let faults = name_rules::qualified_name_faults(key);
    (!faults.is_empty()).then(|| faults.join("; "))
}

impl Selector {
    /// The selector that matches every object.
    pub fn everything() -> Selector {
        Selector::default()
    }

    /// The selector that matches no object.
    pub fn nothing() -> Selector {
        Selector { requirements: Vec::new(), nothing: true }
    }

    /// Reads `a=b,c in (d,e),!f`. The error is the API server's.
    pub fn parse(text: &str) -> Result<Selector, String> {
        let mut requirements = Parser { tokens: lex(text)?, at: 0 }.selector()?;
        requirements.arrange_by(|a, b| a.key.cmp(&b.key));
        Ok(Selector { requirements, nothing: false })
    }

    /// Equality with each of these labels, as a Service's or a ReplicationController's `selector`.
    pub fn from_labels(labels: &StringMap) -> Selector {
        let equals = |(key, value): (&String, &String)| Requirement {
            key: key.clone(),
            operator: Operator::Equals,
            values: vec![value.clone()],
        };
        Selector { requirements: labels.iter().map(equals).collect(), nothing: false }
    }

    /// Whether nothing is asked.
    pub fn is_everything(&self) -> bool {
        self.requirements.is_empty() && !self.nothing
    }

    /// What is asked, in the order of the keys.
    pub fn requirements(&self) -> &[Requirement] {
        &self.requirements
    }

    /// Whether `labels` meet every requirement.
    pub fn matches(&self, labels: &StringMap) -> bool {
        !self.nothing && self.requirements.iter().all(|requirement| requirement.matches(labels))
    }

    /// A label that every matching object must carry, to look up in an index.
    pub fn exact_label(&self) -> Option<(&str, &str)> {
        let exact = |requirement: &&Requirement| {
            matches!(requirement.operator, Operator::Equals | Operator::DoubleEquals | Operator::In)
                && requirement.values.len() == 1
        };
        self.requirements.iter().find(exact).map(|requirement| (&*requirement.key, &*requirement.values[0]))
    }
}

/// An unknown operator makes the selector match nothing; validation has refused it before.
impl From<&LabelSelector> for Selector {
    fn from(from: &LabelSelector) -> Selector {
        let mut selector = Selector::from_labels(from.match_labels.as_ref().unwrap_or(&StringMap::new()));
        for expression in from.match_expressions.iter().flatten() {
            let operator = match &*expression.operator {
                "In" => Operator::In,
                "NotIn" => Operator::NotIn,
                "Exists" => Operator::Exists,
                "DoesNotExist" => Operator::DoesNotExist,
                _ => return Selector::nothing(),
            };
            let values: SortedSet<String> = expression.values.iter().flatten().cloned().collect();
            let values = values.into_iter().collect();
            selector.requirements.push(Requirement { key: expression.key.clone(), operator, values });
        }
        selector.requirements.arrange_by(|a, b| a.key.cmp(&b.key));
        selector
    }
}

/// A missing selector matches nothing.
impl From<Option<&LabelSelector>> for Selector {
    fn from(from: Option<&LabelSelector>) -> Selector {
        from.map_or_else(Selector::nothing, Selector::from)
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (key, values) = (&self.key, self.values.join(","));
        match self.operator {
            Operator::In => write!(f, "{key} in ({values})"),
            Operator::NotIn => write!(f, "{key} notin ({values})"),
            Operator::Equals => write!(f, "{key}={values}"),
            Operator::DoubleEquals => write!(f, "{key}=={values}"),
            Operator::NotEquals => write!(f, "{key}!={values}"),
            Operator::Exists => f.write_str(key),
            Operator::DoesNotExist => write!(f, "!{key}"),
            Operator::GreaterThan => write!(f, "{key}>{values}"),
            Operator::LessThan => write!(f, "{key}<{values}"),
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each: Vec<String> = self.requirements.iter().map(Requirement::to_string).collect();
        f.write_str(&each.join(","))
    }
}

/// A token and the text that it was read from. Keywords are told from names by their place.
#[derive(Clone, Debug, PartialEq)]
enum Token {
    Name(String),
    Symbol(&'static str),
    End,
}

impl Token {
    fn text(&self) -> &str {
        match self {
            Token::Name(text) => text,
            Token::Symbol(symbol) => symbol,
            Token::End => "",
        }
    }
}

/// Longest first.
const SYMBOLS: [&str; 9] = ["==", "!=", "=", "!", "(", ")", ",", ">", "<"];

fn lex(text: &str) -> Result<Vec<Token>, String> {
    let special = |letter: char| "=!(),><".contains(letter);
    let space = |letter: char| matches!(letter, ' ' | '\t' | '\r' | '\n');
    let mut rest = text;
    let mut tokens = Vec::new();
    loop {
        rest = rest.trim_start_matches(space);
        if rest.is_empty() {
            tokens.push(Token::End);
            return Ok(tokens);
        }
        if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            tokens.push(Token::Symbol(symbol));
            rest = &rest[symbol.len()..];
        } else {
            let end = rest.find(|letter| special(letter) || space(letter)).unwrap_or(rest.len());
            tokens.push(Token::Name(rest[..end].to_owned()));
            rest = &rest[end..];
        }
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).unwrap_or(&Token::End)
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn is(&self, symbol: &str) -> bool {
        matches!(self.peek(), Token::Symbol(found) if *found == symbol)
    }

    fn selector(&mut self) -> Result<Vec<Requirement>, String> {
        let mut requirements = Vec::new();
        loop {
            match self.peek() {
                Token::Name(_) | Token::Symbol("!") => {}
                Token::End => return Ok(requirements),
                other => return Err(format!("found '{}', expected: !, identifier, or 'end of string'", other.text())),
            }
            let requirement = self.requirement().map_err(|why| format!("unable to parse requirement: {why}"))?;
            requirements.push(requirement);
            match self.next() {
                Token::End => return Ok(requirements),
                Token::Symbol(",") => {
                    if !matches!(self.peek(), Token::Name(_) | Token::Symbol("!")) {
                        return Err(format!("found '{}', expected: identifier after ','", self.peek().text()));
                    }
                }
                other => return Err(format!("found '{}', expected: ',' or 'end of string'", other.text())),
            }
        }
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let absent = self.is("!");
        if absent {
            self.next();
        }
        let key = match self.next() {
            Token::Name(key) => key,
            other => return Err(format!("found '{}', expected: identifier", other.text())),
        };
        if let Some(fault) = key_fault(&key) {
            return Err(format!("<nil>: Invalid value: \"{key}\": {fault}"));
        }
        if absent {
            return Requirement::checked(&key, Operator::DoesNotExist, SortedSet::new());
        }
        if matches!(self.peek(), Token::End | Token::Symbol(",")) {
            return Requirement::checked(&key, Operator::Exists, SortedSet::new());
        }
        let token = self.next();
        let operator = match token.text() {
            "in" => Operator::In,
            "notin" => Operator::NotIn,
            "=" => Operator::Equals,
            "==" => Operator::DoubleEquals,
            "!=" => Operator::NotEquals,
            ">" => Operator::GreaterThan,
            "<" => Operator::LessThan,
            other => return Err(format!("found '{other}', expected: in, notin, =, ==, !=, gt, lt")),
        };
        let values = match operator {
            Operator::In | Operator::NotIn => self.set()?,
            _ => self.exact_value()?,
        };
        Requirement::checked(&key, operator, values)
    }

    fn set(&mut self) -> Result<SortedSet<String>, String> {
        let open = self.next();
        if open != Token::Symbol("(") {
            return Err(format!("found '{}' expected: '('", open.text()));
        }
        let mut values = SortedSet::new();
        match self.peek() {
            Token::Symbol(")") => {
                self.next();
                values.insert(String::new());
                return Ok(values);
            }
            Token::Name(_) | Token::Symbol(",") => {}
            other => return Err(format!("found '{}', expected: ',', ')' or identifier", other.text())),
        }
        loop {
            match self.next() {
                Token::Name(value) => {
                    values.insert(value);
                    match self.peek() {
                        Token::Symbol(",") => {}
                        Token::Symbol(")") => break,
                        other => return Err(format!("found '{}', expected: ',' or ')'", other.text())),
                    }
                }
                Token::Symbol(",") => {
                    if values.is_empty() || self.is(",") || self.is(")") {
                        values.insert(String::new());
                    }
                    if self.is(")") {
                        break;
                    }
                }
                other => return Err(format!("found '{}', expected: ',', or identifier", other.text())),
            }
        }
        self.next();
        Ok(values)
    }

    fn exact_value(&mut self) -> Result<SortedSet<String>, String> {
        if matches!(self.peek(), Token::End | Token::Symbol(",")) {
            return Ok(SortedSet::from([String::new()]));
        }
        match self.next() {
            Token::Name(value) => Ok(SortedSet::from([value])),
            other => Err(format!("found '{}', expected: identifier", other.text())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(text: &str) -> StringMap {
        let pairs = text.split(',').filter_map(|pair| pair.split_once('='));
        pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn matching() {
        for (selector, these, matches) in [
            ("", "a=b", true),
            ("a=b", "a=b,c=d", true),
            ("a==b,c", "a=b", false),
            ("a!=b", "c=d", true),
            ("!a", "c=d", true),
            ("!a", "a=d", false),
            ("a in (b, c),d notin (e)", "a=c", true),
            ("a in (b)", "", false),
            ("a notin (b)", "a=b", false),
            ("a>5", "a=6", true),
            ("a<5", "a=x", false),
            ("a=", "a=", true),
            ("a in ()", "a=", true),
        ] {
            assert_eq!(Selector::parse(selector).unwrap().matches(&labels(these)), matches, "{selector} on {these}");
        }
    }

    #[test]
    fn printing() {
        for (given, printed) in
            [("b=1, a in (y,x)", "a in (x,y),b=1"), ("!z,q", "q,!z"), ("a!=b", "a!=b"), ("a  notin(x)", "a notin (x)")]
        {
            assert_eq!(Selector::parse(given).unwrap().to_string(), printed);
        }
    }

    #[test]
    fn the_servers_words() {
        for (given, error) in [
            ("app in web", "unable to parse requirement: found 'web' expected: '('"),
            ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
            ("app=web,", "found '', expected: identifier after ','"),
            ("=a", "found '=', expected: !, identifier, or 'end of string'"),
            ("a=b c", "found 'c', expected: ',' or 'end of string'"),
            ("a in (b", "unable to parse requirement: found '', expected: ',' or ')'"),
            ("a=b=c", "found '=', expected: ',' or 'end of string'"),
        ] {
            assert_eq!(Selector::parse(given).unwrap_err(), error);
        }
        assert!(Selector::parse("-a=b").unwrap_err().starts_with("unable to parse requirement: <nil>: Invalid value"));
    }

    #[test]
    fn any_text_ends() {
        for text in ["((((", "a in (,,,)", "!!a", "<>", "a in (b,c", "é=ü", "a=\"b\""] {
            let _ = Selector::parse(text);
        }
    }
}
