//! Parameter expansion: `$x`, `${x:-y}`, `${x#p}`, `${a[@]}` and their kin.

use super::ast::{Case, Index, Param, ParamOp, Replace};
use super::expand::{Fields, Kind};
use super::pattern::{Pattern, PatternChar};
use super::{Flow, Shell, escape};

/// The values a parameter stands for.
enum Values {
    One(Option<String>),
    /// `$@`, `${a[@]}`: each a field when quoted.
    Each(Vec<String>),
    /// `$*`, `${a[*]}`: joined when quoted.
    Joined(Vec<String>),
}

impl Shell {
    pub(super) async fn expand_param(&mut self, param: &Param, quoted: bool, fields: &mut Fields) -> Result<(), Flow> {
        let kind = if quoted { Kind::Quoted } else { Kind::Split };
        if let ParamOp::Bad = param.op {
            self.fail(&format!("{}: bad substitution", param.text)).await;
            return Err(Flow::Fail(1));
        }
        if let ParamOp::Names { joined } = param.op {
            let names = self
                .vars
                .iter()
                .filter(|(name, _)| name.starts_with(&param.name))
                .map(|(name, _)| name.clone())
                .collect();
            self.push_values(if joined { Values::Joined(names) } else { Values::Each(names) }, quoted, fields);
            return Ok(());
        }
        if let ParamOp::Keys { joined } = param.op {
            let keys = self.vars.get(&self.real_name(&param.name)).map(|var| var.keys()).unwrap_or_default();
            self.push_values(if joined { Values::Joined(keys) } else { Values::Each(keys) }, quoted, fields);
            return Ok(());
        }
        let mut name = param.name.clone();
        let mut index = param.index.clone();
        if param.indirect {
            let target = match &self.values(&name, &index).await? {
                Values::One(value) => value.clone().unwrap_or_default(),
                Values::Each(all) | Values::Joined(all) => all.join(" "),
            };
            index = None;
            name = target;
            if let Some((array, rest)) = name.clone().split_once('[') {
                name = array.to_owned();
                let rest = rest.trim_end_matches(']');
                index = Some(match rest {
                    "@" => Index::All,
                    "*" => Index::Joined,
                    rest => Index::At(super::ast::Word(vec![super::ast::Part::Quoted(rest.to_owned())])),
                });
            }
            if name.is_empty() {
                self.fail(&format!("{}: invalid indirect expansion", param.name)).await;
                return Err(Flow::Fail(1));
            }
        }
        if let ParamOp::Length = param.op {
            let length = match (param.name.as_str(), self.values(&name, &index).await?) {
                ("@" | "*", _) => self.args.len(),
                (_, Values::One(value)) => {
                    if value.is_none() {
                        self.check_unset(&name, &index).await?;
                    }
                    value.unwrap_or_default().chars().count()
                }
                (_, Values::Each(all) | Values::Joined(all)) => all.len(),
            };
            fields.push(length.to_string(), Kind::Quoted);
            return Ok(());
        }
        let values = self.values(&name, &index).await?;
        let (set, empty) = match &values {
            Values::One(value) => (value.is_some(), value.as_deref().unwrap_or("").is_empty()),
            Values::Each(all) | Values::Joined(all) => {
                (!all.is_empty(), all.iter().all(String::is_empty) && all.len() < 2)
            }
        };
        match &param.op {
            ParamOp::Default { colon, word } if !set || *colon && empty => {
                return self.expand_default(word, quoted, fields).await;
            }
            ParamOp::Assign { colon, word } if !set || *colon && empty => {
                let value = self.expand_text(word).await?;
                let stored = match &index {
                    Some(Index::At(word)) => {
                        let text = self.expand_quoted(word).await?;
                        match self.index_key_at(&name, &text, 0) {
                            Ok(key) => self.set_element(&name, &key, value.clone(), false),
                            Err(message) => Err(message),
                        }
                    }
                    _ => self.set(&name, value.clone()),
                };
                if let Err(message) = stored {
                    self.fail(&message).await;
                    return Err(Flow::Fail(1));
                }
                fields.push(value, kind);
                return Ok(());
            }
            ParamOp::Error { colon, word } if !set || *colon && empty => {
                let given = self.expand_text(word).await?;
                let message = match (given.is_empty(), colon) {
                    (false, _) => given,
                    (true, true) => "parameter null or not set".to_owned(),
                    (true, false) => "parameter not set".to_owned(),
                };
                self.fail(&format!("{name}: {message}")).await;
                return Err(Flow::Fail(self.unset_status()));
            }
            ParamOp::Alternative { colon, word } => {
                if set && !(*colon && empty) {
                    return self.expand_default(word, quoted, fields).await;
                }
                if quoted {
                    fields.vanished |= matches!(values, Values::Each(_));
                }
                return Ok(());
            }
            ParamOp::Default { .. } | ParamOp::Assign { .. } | ParamOp::Error { .. } => {}
            _ if !set => {
                self.check_unset(&name, &index).await?;
            }
            _ => {}
        }
        let values = match &param.op {
            ParamOp::Slice { offset, length } => {
                let offset = self.expand_arith(offset).await?;
                let length = match length {
                    Some(length) => Some(self.expand_arith(length).await?),
                    None => None,
                };
                match self.slice(values, offset, length, &name) {
                    Ok(values) => values,
                    Err(message) => {
                        self.fail(&message).await;
                        return Err(Flow::Fail(1));
                    }
                }
            }
            ParamOp::TrimStart { longest, pattern } => {
                let pattern = Pattern::new(&self.expand_pattern(pattern).await?);
                map(values, |text| {
                    let chars: Vec<char> = text.chars().collect();
                    pattern.prefix(&chars, *longest).map_or(text, |end| chars[end..].iter().collect())
                })
            }
            ParamOp::TrimEnd { longest, pattern } => {
                let pattern = Pattern::new(&self.expand_pattern(pattern).await?);
                map(values, |text| {
                    let chars: Vec<char> = text.chars().collect();
                    pattern.suffix(&chars, *longest).map_or(text, |start| chars[..start].iter().collect())
                })
            }
            ParamOp::Replace { pattern, with, how } => {
                let pattern = Pattern::new(&self.expand_pattern(pattern).await?);
                let with = self.expand_pattern(with).await?;
                map(values, |text| replace(&text, &pattern, &with, *how))
            }
            ParamOp::Case { change, all, pattern } => {
                let pattern = match pattern.0.is_empty() {
                    true => None,
                    false => Some(Pattern::new(&self.expand_pattern(pattern).await?)),
                };
                let changed = |c: char| match change {
                    _ if pattern.as_ref().is_some_and(|pattern| !pattern.matches_chars(&[c], false)) => c.to_string(),
                    Case::Upper => c.to_uppercase().to_string(),
                    Case::Lower => c.to_lowercase().to_string(),
                    Case::Toggle if c.is_uppercase() => c.to_lowercase().to_string(),
                    Case::Toggle => c.to_uppercase().to_string(),
                };
                map(values, |text| {
                    if *all {
                        return text.chars().map(changed).collect();
                    }
                    let mut chars = text.chars();
                    chars.next().map(changed).unwrap_or_default() + chars.as_str()
                })
            }
            ParamOp::Transform(letter) => {
                let letter = *letter;
                if letter == 'a' {
                    let flags = self.vars.get(&self.real_name(&name)).map(|var| var.flags()).unwrap_or_default();
                    Values::One(Some(flags))
                } else if !"QULuEPAKk".contains(letter) {
                    self.fail(&format!("{}: bad substitution", param.text)).await;
                    return Err(Flow::Fail(1));
                } else {
                    let name = name.clone();
                    map(values, |text| match letter {
                        'Q' => escape::always(&text),
                        'U' => text.to_uppercase(),
                        'L' => text.to_lowercase(),
                        'u' => {
                            let mut chars = text.chars();
                            chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default() + chars.as_str()
                        }
                        'E' => String::from_utf8_lossy(&escape::unescape(&text, escape::Style::Ansi).0).into_owned(),
                        'A' => format!("{name}={}", escape::always(&text)),
                        _ => text,
                    })
                }
            }
            _ => values,
        };
        self.push_values(values, quoted, fields);
        Ok(())
    }

    /// The word of `${x:-word}`: a quoted part of it stays quoted.
    async fn expand_default(&mut self, word: &super::ast::Word, quoted: bool, fields: &mut Fields) -> Result<(), Flow> {
        let word = word.clone();
        let before = fields.list.len();
        self.expand_parts(&word.0, quoted, fields).await?;
        // Literal text in it is split, unlike text that stands in the script itself.
        if !quoted {
            for field in fields.list.iter_mut().skip(before.saturating_sub(1)) {
                for piece in field.iter_mut().filter(|piece| piece.kind == Kind::Literal) {
                    piece.kind = Kind::Split;
                }
            }
        }
        Ok(())
    }

    fn push_values(&self, values: Values, quoted: bool, fields: &mut Fields) {
        match values {
            Values::One(value) => {
                fields.push(value.unwrap_or_default(), if quoted { Kind::Quoted } else { Kind::Split })
            }
            Values::Joined(all) if quoted => fields.push(all.join(&self.joiner()), Kind::Quoted),
            Values::Each(all) | Values::Joined(all) => {
                fields.push_all(all, if quoted { Kind::Quoted } else { Kind::Split })
            }
        }
    }

    async fn values(&mut self, name: &str, index: &Option<Index>) -> Result<Values, Flow> {
        Ok(match (name, index) {
            ("@", _) => Values::Each(self.args.clone()),
            ("*", _) => Values::Joined(self.args.clone()),
            (_, None) => Values::One(self.get(name)),
            (_, Some(Index::All)) => Values::Each(self.elements(name)),
            (_, Some(Index::Joined)) => Values::Joined(self.elements(name)),
            (_, Some(Index::At(word))) => {
                let text = self.expand_quoted(word).await?;
                match self.index_key_at(name, &text, 0) {
                    Ok(key) => Values::One(self.element(name, &key)),
                    Err(message) => {
                        self.fail(&message).await;
                        return Err(Flow::Fail(1));
                    }
                }
            }
        })
    }

    /// Under `set -u` an unset variable is an error.
    async fn check_unset(&mut self, name: &str, index: &Option<Index>) -> Result<(), Flow> {
        let exempt = matches!(name, "@" | "*") || matches!(index, Some(Index::All | Index::Joined));
        if !self.options.nounset || exempt {
            return Ok(());
        }
        let index = match index {
            Some(Index::At(word)) => format!("[{}]", self.expand_quoted(word).await?),
            _ => String::new(),
        };
        let dollar = if name.parse::<u32>().is_ok() || name == "!" { "$" } else { "" };
        self.fail(&format!("{dollar}{name}{index}: unbound variable")).await;
        Err(Flow::Fail(self.unset_status()))
    }

    fn slice(&self, values: Values, offset: i64, length: Option<i64>, name: &str) -> Result<Values, String> {
        let span = |count: i64, text: bool| -> Result<(usize, usize), String> {
            let start = if offset < 0 { count + offset } else { offset };
            if start < 0 || start > count {
                return Ok((0, 0));
            }
            let end = match length {
                None => count,
                Some(length) if length < 0 && text => {
                    let end = count + length;
                    if end < start {
                        return Err(format!("{length}: substring expression < 0"));
                    }
                    end
                }
                Some(length) if length < 0 => return Err(format!("{length}: substring expression < 0")),
                Some(length) => start.saturating_add(length).min(count),
            };
            Ok((start as usize, end as usize))
        };
        let part = |all: Vec<String>| -> Result<Vec<String>, String> {
            // `$0` counts in slices of `$@`.
            let all = if matches!(name, "@" | "*") { [vec![self.name.clone()], all].concat() } else { all };
            let (mut start, end) = span(all.len() as i64, false)?;
            if matches!(name, "@" | "*") && offset < 0 {
                start = start.max(1);
            }
            Ok(all.get(start..end.max(start)).map(<[String]>::to_vec).unwrap_or_default())
        };
        Ok(match values {
            Values::One(value) => {
                let chars: Vec<char> = value.unwrap_or_default().chars().collect();
                let (start, end) = span(chars.len() as i64, true)?;
                Values::One(Some(chars[start..end.max(start)].iter().collect()))
            }
            Values::Each(all) => Values::Each(part(all)?),
            Values::Joined(all) => Values::Joined(part(all)?),
        })
    }
}

fn map(values: Values, change: impl Fn(String) -> String) -> Values {
    match values {
        Values::One(value) => Values::One(value.map(change)),
        Values::Each(all) => Values::Each(all.into_iter().map(change).collect()),
        Values::Joined(all) => Values::Joined(all.into_iter().map(change).collect()),
    }
}

/// What takes the place of what matched: an unquoted `&` is what matched (bash's `patsub_replacement`).
fn replacement(with: &[PatternChar], matched: &[char], out: &mut String) {
    let mut with = with.iter().copied().peekable();
    while let Some((c, quoted)) = with.next() {
        match c {
            '&' if !quoted => out.extend(matched),
            '\\' if !quoted && matches!(with.peek(), Some(('&' | '\\', false))) => {
                out.extend(with.next().map(|(c, _)| c))
            }
            c => out.push(c),
        }
    }
}

fn replace(text: &str, pattern: &Pattern, with: &[PatternChar], how: Replace) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::new();
    match how {
        Replace::Start => match pattern.prefix(&chars, true) {
            Some(end) => {
                replacement(with, &chars[..end], &mut out);
                out.extend(&chars[end..]);
                out
            }
            None => text.to_owned(),
        },
        Replace::End => match pattern.suffix(&chars, true) {
            Some(start) => {
                out.extend(&chars[..start]);
                replacement(with, &chars[start..], &mut out);
                out
            }
            None => text.to_owned(),
        },
        Replace::First | Replace::All => {
            let mut at = 0;
            while at < chars.len() {
                match pattern.prefix(&chars[at..], true) {
                    Some(length) if length > 0 => {
                        replacement(with, &chars[at..at + length], &mut out);
                        at += length;
                        if how == Replace::First {
                            break;
                        }
                    }
                    _ => {
                        out.push(chars[at]);
                        at += 1;
                    }
                }
            }
            out.extend(&chars[at..]);
            out
        }
    }
}
