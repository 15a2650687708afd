//! `[[ … ]]`.

use super::ast::{Cond, Word};
use super::pattern::Pattern;
use super::vars::{Value, Var};
use super::{Flow, Shell};
use crate::collections::SortedMap;
use crate::machine::LocalBoxFuture;

impl Shell {
    pub(super) fn cond<'a>(&'a mut self, cond: &'a Cond) -> LocalBoxFuture<'a, Result<bool, Flow>> {
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

    pub(super) async fn cond_binary(&mut self, left: &Word, operator: &str, right: &Word) -> Result<bool, Flow> {
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

    pub(super) async fn regex_test(&mut self, left: &str, right: &Word) -> Result<bool, Flow> {
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
