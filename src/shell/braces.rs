//! Brace expansion: `{a,b}`, `{1..9..2}`, before anything else is expanded.

use super::ast::{Part, Word};

#[derive(Clone)]
enum Atom {
    Char(char),
    Part(Part),
}

/// No word expands to more words than this; it is then left as it is.
const MOST: usize = 100_000;

/// The words that a word stands for.
pub fn expand(word: &Word) -> Vec<Word> {
    let braced = word.0.iter().any(|part| matches!(part, Part::Literal(text) if text.contains('{')));
    if !braced {
        return vec![word.clone()];
    }
    let mut atoms = Vec::new();
    for part in &word.0 {
        match part {
            Part::Literal(text) => atoms.extend(text.chars().map(Atom::Char)),
            part => atoms.push(Atom::Part(part.clone())),
        }
    }
    match alternatives(&atoms, 0) {
        Some(all) => all.into_iter().map(join).collect(),
        None => vec![word.clone()],
    }
}

fn join(atoms: Vec<Atom>) -> Word {
    let mut parts: Vec<Part> = Vec::new();
    for atom in atoms {
        match (atom, parts.last_mut()) {
            (Atom::Char(c), Some(Part::Literal(text))) => text.push(c),
            (Atom::Char(c), _) => parts.push(Part::Literal(c.to_string())),
            (Atom::Part(part), _) => parts.push(part),
        }
    }
    Word(parts)
}

/// `None`: too many.
fn alternatives(atoms: &[Atom], depth: u32) -> Option<Vec<Vec<Atom>>> {
    let mut open = 0;
    while open < atoms.len() && depth < 20 {
        if matches!(atoms[open], Atom::Char('{'))
            && let Some((choices, close)) = choices(atoms, open)
        {
            let choices = match choices {
                Choices::List(list) => {
                    let mut all = Vec::new();
                    for choice in list {
                        all.extend(alternatives(&choice, depth + 1)?);
                    }
                    all
                }
                Choices::Range(texts) => texts.into_iter().map(|text| text.chars().map(Atom::Char).collect()).collect(),
                Choices::TooMany => return None,
            };
            let tails = alternatives(&atoms[close + 1..], depth)?;
            if choices.len() * tails.len() > MOST {
                return None;
            }
            let mut all = Vec::with_capacity(choices.len() * tails.len());
            for choice in &choices {
                for tail in &tails {
                    all.push([&atoms[..open], choice, tail].concat());
                }
            }
            return Some(all);
        }
        open += 1;
    }
    Some(vec![atoms.to_vec()])
}

enum Choices {
    List(Vec<Vec<Atom>>),
    Range(Vec<String>),
    TooMany,
}

/// What the brace at `open` offers, and where it closes.
fn choices(atoms: &[Atom], open: usize) -> Option<(Choices, usize)> {
    let mut depth = 0;
    let mut list = vec![Vec::new()];
    for (at, atom) in atoms.iter().enumerate().skip(open) {
        match atom {
            Atom::Char('{') => depth += 1,
            Atom::Char('}') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            if list.len() > 1 {
                return Some((Choices::List(list), at));
            }
            let text: Option<String> = list[0]
                .iter()
                .map(|atom| match atom {
                    Atom::Char(c) => Some(*c),
                    Atom::Part(_) => None,
                })
                .collect();
            return Some((range(&text?)?, at));
        }
        match atom {
            Atom::Char(',') if depth == 1 => list.push(Vec::new()),
            _ if at == open => {}
            atom => list.last_mut()?.push(atom.clone()),
        }
    }
    None
}

fn range(text: &str) -> Option<Choices> {
    let mut parts = text.split("..");
    let (first, last, step) = (parts.next()?, parts.next()?, parts.next());
    if parts.next().is_some() {
        return None;
    }
    let step = step.map_or(Some(1), |step| step.parse::<i64>().ok())?.unsigned_abs().max(1);
    if let (Ok(low), Ok(high)) = (first.parse::<i64>(), last.parse::<i64>()) {
        let padded = |text: &str| {
            text.trim_start_matches(['-', '+']).starts_with('0') && text.trim_start_matches(['-', '+']).len() > 1
        };
        let width = if padded(first) || padded(last) { first.len().max(last.len()) } else { 0 };
        return Some(steps(low, high, step).map_or(Choices::TooMany, |numbers| {
            Choices::Range(numbers.into_iter().map(|number| format!("{number:0width$}")).collect())
        }));
    }
    let letter = |text: &str| {
        let mut chars = text.chars();
        chars.next().filter(|c| chars.next().is_none() && c.is_ascii_alphabetic())
    };
    let numbers = steps(letter(first)? as i64, letter(last)? as i64, step)?;
    let letters = numbers.into_iter().filter_map(|number| char::from_u32(number as u32)).map(String::from);
    Some(Choices::Range(letters.collect()))
}

fn steps(low: i64, high: i64, step: u64) -> Option<Vec<i64>> {
    let count = low.abs_diff(high) / step;
    if count > MOST as u64 {
        return None;
    }
    let step = i64::try_from(step).unwrap_or(i64::MAX) * if low <= high { 1 } else { -1 };
    Some((0..=count as i64).map(|turn| low.wrapping_add(turn.wrapping_mul(step))).collect())
}
