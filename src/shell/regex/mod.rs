//! POSIX regular expressions, basic and extended, with GNU's additions: for `[[ =~ ]]`, grep,
//! sed and whoever else needs one.
//!
//! A backtracking machine with a stack of its own and fuel: no expression, however evil, takes
//! more than a bounded number of steps, and none recurses.
//!
//! Diverges: without an alternation the first match that greed finds is taken for the longest.

mod compile;
mod perl;

pub use perl::Flags;

use super::pattern::in_class;

/// A compiled expression.
#[derive(Clone, Debug)]
pub struct Regex {
    program: Vec<Inst>,
    groups: usize,
    marks: usize,
    fold: bool,
    /// Whether the first match found may not be the longest.
    choices: bool,
    /// Whether it can only match at the start of the text.
    anchored: bool,
}

/// Start and end of a match and of its groups, in bytes; group 0 is the whole.
pub type Groups = Vec<Option<(usize, usize)>>;

#[derive(Clone, Debug)]
enum Inst {
    Char(char),
    Any,
    Set {
        negated: bool,
        items: Vec<SetItem>,
    },
    /// Goes on at the first and, if that fails, at the second.
    Split(usize, usize),
    Jump(usize),
    Save(usize),
    Start,
    End,
    Boundary {
        inverted: bool,
    },
    WordStart,
    WordEnd,
    Back(usize),
    /// Whether something stands ahead or behind, which is no part of the match.
    Look {
        inner: Box<Regex>,
        negated: bool,
        behind: bool,
    },
    /// Notes where a loop's turn begins …
    Mark(usize),
    /// … and leaves the loop where the turn took nothing.
    Check(usize),
    Match,
}

#[derive(Clone, Debug)]
enum SetItem {
    Range(char, char),
    Named(String),
}

/// What one search may take.
const FUEL: u32 = 1_000_000;
/// How long a program may get: `{n,m}` multiplies.
const PROGRAM_MAX: usize = 20_000;
/// The most that `{n,m}` may ask for, as in glibc.
const REPEAT_MAX: usize = 32_767;
/// How deep groups may nest.
const DEPTH_MAX: u32 = 50;

struct Compiler {
    chars: Vec<char>,
    at: usize,
    extended: bool,
    groups: usize,
    marks: usize,
    depth: u32,
    choices: bool,
    closed: Vec<usize>,
}

type Code = Vec<Inst>;

impl Regex {
    /// Compiles an expression. The error is in regcomp's words.
    pub fn new(source: &str, extended: bool, fold: bool) -> Result<Regex, String> {
        let mut compiler = Compiler {
            chars: source.chars().collect(),
            at: 0,
            extended,
            groups: 0,
            marks: 0,
            depth: 0,
            choices: false,
            closed: Vec::new(),
        };
        let mut program = compiler.alternation()?;
        if compiler.at < compiler.chars.len() {
            return Err("Unmatched ) or \\)".to_owned());
        }
        program.push(Inst::Match);
        let anchored = matches!(program.first(), Some(Inst::Start));
        Ok(Regex {
            program,
            groups: compiler.groups + 1,
            marks: compiler.marks,
            fold,
            choices: compiler.choices,
            anchored,
        })
    }

    /// A plain text as an expression, for `grep -F`.
    pub fn literal(text: &str, fold: bool) -> Regex {
        let mut program: Code = text.chars().map(Inst::Char).collect();
        program.push(Inst::Match);
        Regex { program, groups: 1, marks: 0, fold, choices: false, anchored: false }
    }

    /// How many groups it has.
    pub fn groups(&self) -> usize {
        self.groups - 1
    }

    /// Whether it matches somewhere.
    pub fn is_match(&self, text: &str) -> bool {
        self.find(text, 0).is_some()
    }

    /// All matches from left to right that do not overlap. Nothing is no match right behind another.
    pub fn matches<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Groups> + 'a {
        let (mut from, mut end) = (Some(0), None);
        std::iter::from_fn(move || {
            loop {
                let groups = self.find(text, from?)?;
                let (low, high) = groups[0]?;
                let next = text[high..].chars().next();
                from = if high > low { Some(high) } else { next.map(|c| high + c.len_utf8()) };
                if high > low || end != Some(low) {
                    end = Some(high);
                    return Some(groups);
                }
            }
        })
    }

    /// The first match that begins at `from` or later.
    pub fn find(&self, text: &str, from: usize) -> Option<Groups> {
        let mut fuel = FUEL;
        let first = match self.program.first() {
            Some(Inst::Char(c)) if !self.fold => Some(*c),
            _ => None,
        };
        let mut start = from;
        loop {
            if self.anchored && start > 0 {
                return None;
            }
            if let Some(c) = first {
                start += text.get(start..)?.find(c)?;
            }
            if let Some(groups) = self.run(text, start, &mut fuel) {
                return Some(groups);
            }
            if fuel == 0 {
                return None;
            }
            start += text.get(start..)?.chars().next()?.len_utf8();
        }
    }

    fn run(&self, text: &str, start: usize, fuel: &mut u32) -> Option<Groups> {
        enum Undo {
            Branch { pc: usize, at: usize },
            Slot(usize, Option<usize>),
            Mark(usize, usize),
        }
        let mut slots: Vec<Option<usize>> = vec![None; self.groups * 2];
        let mut marks = vec![usize::MAX; self.marks];
        let mut stack: Vec<Undo> = Vec::new();
        let mut best: Option<(usize, Vec<Option<usize>>)> = None;
        let (mut pc, mut at) = (0, start);
        loop {
            if *fuel == 0 {
                break;
            }
            *fuel -= 1;
            let next = || text[at..].chars().next();
            let went = match &self.program[pc] {
                Inst::Char(c) => next().filter(|&d| self.same(*c, d)).map(|d| (pc + 1, at + d.len_utf8())),
                Inst::Any => next().map(|d| (pc + 1, at + d.len_utf8())),
                Inst::Set { negated, items } => {
                    next().filter(|&d| self.in_set(items, d) != *negated).map(|d| (pc + 1, at + d.len_utf8()))
                }
                Inst::Split(first, second) => {
                    stack.push(Undo::Branch { pc: *second, at });
                    Some((*first, at))
                }
                Inst::Jump(to) => Some((*to, at)),
                Inst::Save(slot) => {
                    stack.push(Undo::Slot(*slot, slots[*slot]));
                    slots[*slot] = Some(at);
                    Some((pc + 1, at))
                }
                Inst::Start => (at == 0).then_some((pc + 1, at)),
                Inst::End => (at == text.len()).then_some((pc + 1, at)),
                Inst::Boundary { inverted } => (word_before(text, at) != word_after(text, at))
                    .then_some(())
                    .is_some()
                    .ne(inverted)
                    .then_some((pc + 1, at)),
                Inst::WordStart => (!word_before(text, at) && word_after(text, at)).then_some((pc + 1, at)),
                Inst::WordEnd => (word_before(text, at) && !word_after(text, at)).then_some((pc + 1, at)),
                Inst::Back(group) => match (slots[group * 2], slots[group * 2 + 1]) {
                    (Some(from), Some(to)) => {
                        let (said, rest) = (&text[from..to], &text[at..]);
                        let fits = if self.fold {
                            let mut rest = rest.chars();
                            said.chars().all(|c| rest.next().is_some_and(|d| self.same(c, d)))
                        } else {
                            rest.starts_with(said)
                        };
                        let length: usize = rest.chars().take(said.chars().count()).map(char::len_utf8).sum();
                        fits.then_some((pc + 1, at + length))
                    }
                    _ => None,
                },
                Inst::Look { inner, negated, behind } => {
                    let found = if *behind {
                        let mut starts = text[..at].char_indices().map(|(start, _)| start).chain([at]);
                        starts.any(|start| inner.run(&text[..at], start, fuel).is_some())
                    } else {
                        inner.run(text, at, fuel).is_some()
                    };
                    (found != *negated).then_some((pc + 1, at))
                }
                Inst::Mark(mark) => {
                    stack.push(Undo::Mark(*mark, marks[*mark]));
                    marks[*mark] = at;
                    Some((pc + 1, at))
                }
                Inst::Check(mark) => (marks[*mark] != at).then_some((pc + 1, at)),
                Inst::Match => {
                    if best.as_ref().is_none_or(|(end, _)| at > *end) {
                        best = Some((at, slots.clone()));
                    }
                    if !self.choices || at == text.len() {
                        break;
                    }
                    None
                }
            };
            if let Some((next_pc, next_at)) = went {
                (pc, at) = (next_pc, next_at);
                continue;
            }
            loop {
                match stack.pop() {
                    Some(Undo::Branch { pc: to, at: back }) => {
                        (pc, at) = (to, back);
                        break;
                    }
                    Some(Undo::Slot(slot, old)) => slots[slot] = old,
                    Some(Undo::Mark(mark, old)) => marks[mark] = old,
                    None => return best.map(|(end, slots)| groups(start, end, &slots)),
                }
            }
        }
        best.map(|(end, slots)| groups(start, end, &slots))
    }

    fn same(&self, a: char, b: char) -> bool {
        a == b || self.fold && a.to_lowercase().eq(b.to_lowercase())
    }

    fn in_set(&self, items: &[SetItem], c: char) -> bool {
        let has = |c: char| {
            items.iter().any(|item| match item {
                SetItem::Range(low, high) => *low <= c && c <= *high,
                SetItem::Named(name) => in_class(name, c),
            })
        };
        has(c) || self.fold && (c.to_lowercase().any(has) || c.to_uppercase().any(has))
    }
}

fn groups(start: usize, end: usize, slots: &[Option<usize>]) -> Groups {
    // Perl's \K moves the start.
    let start = slots.first().copied().flatten().filter(|moved| *moved <= end).unwrap_or(start);
    let mut groups = vec![Some((start, end))];
    for pair in slots.chunks(2).skip(1) {
        groups.push(match pair {
            [Some(from), Some(to)] => Some((*from, *to)),
            _ => None,
        });
    }
    groups
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn word_before(text: &str, at: usize) -> bool {
    text[..at].chars().next_back().is_some_and(is_word)
}

fn word_after(text: &str, at: usize) -> bool {
    text[at..].chars().next().is_some_and(is_word)
}

/// Moves a piece of code so that its jumps fit behind `by` instructions.
fn shifted(code: &Code, by: usize) -> impl Iterator<Item = Inst> + '_ {
    code.iter().map(move |inst| match inst {
        Inst::Split(first, second) => Inst::Split(first + by, second + by),
        Inst::Jump(to) => Inst::Jump(to + by),
        inst => inst.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str, extended: bool, text: &str) -> Option<String> {
        let regex = Regex::new(source, extended, false).unwrap();
        let groups = regex.find(text, 0)?;
        let texts: Vec<&str> = groups.iter().map(|group| group.map_or("-", |(from, to)| &text[from..to])).collect();
        Some(texts.join("|"))
    }

    #[test]
    fn basic_and_extended() {
        for (source, extended, text, expected) in [
            ("a*b", false, "xaab", Some("aab")),
            ("a\\{2\\}", false, "aaa", Some("aa")),
            ("\\(a\\|b\\)\\1", false, "abb", Some("bb|b")),
            ("a|ab", true, "ab", Some("ab")),
            ("^(.*)=(.*)$", true, "k=v=w", Some("k=v=w|k=v|w")),
            ("[0-9]+", true, "ab123c", Some("123")),
            ("(x*)*y", true, "xxy", Some("xxy|xx")),
            ("[[:upper:]]{2,3}", true, "aBCDE", Some("BCD")),
            ("\\<is\\>", false, "this is", Some("is")),
            ("a{,2}", true, "aaa", Some("aa")),
            ("x{a", true, "x{a", Some("x{a")),
            ("*a", false, "*a", Some("*a")),
            ("[]a]+", true, "]a", Some("]a")),
            ("^$", true, "", Some("")),
            ("b$", false, "ab", Some("b")),
            ("z", false, "ab", None),
        ] {
            assert_eq!(found(source, extended, text).as_deref(), expected, "{source} on {text}");
        }
    }

    #[test]
    fn evil_ones_end() {
        let text = "a".repeat(5000);
        assert!(!Regex::new("(a*)*b", true, false).unwrap().is_match(&text));
        assert!(!Regex::new("(a|a|a)*$b", true, false).unwrap().is_match(&text));
        assert!(Regex::new(&"(".repeat(60), true, false).is_err());
        assert!(Regex::new("((a{300}){300}){300}", true, false).is_err());
        for (source, message) in
            [("[", "Unmatched [, [^, [:, [., or [="), ("\\(", "Unmatched ( or \\("), ("a\\", "Trailing backslash")]
        {
            assert_eq!(Regex::new(source, false, false).unwrap_err(), message);
        }
    }
}
