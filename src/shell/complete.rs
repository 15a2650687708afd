//! Completion: commands, files, variables, and what programs offer for their own arguments.

use super::{Shell, builtins};
use crate::collections::Sort;
use crate::machine::Completer;

/// What could stand at the cursor.
pub struct Offer {
    /// How many characters before the cursor the candidates replace.
    pub replaced: usize,
    /// Whole words.
    pub candidates: Vec<String>,
    /// Whether candidates are paths, of which lists show the last part only.
    pub paths: bool,
}

/// The words of the command at the end of a line; the last is being typed.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(mark), c) if c == mark => quote = None,
            (Some(_), c) => word.push(c),
            (None, '\'' | '"') => quote = Some(c),
            (None, '\\') => word.extend(chars.next()),
            (None, ';' | '|' | '&' | '(' | '\n' | '`') => {
                words.clear();
                word.clear();
            }
            (None, '>' | '<') => {
                words.push(">".to_owned());
                word.clear();
            }
            (None, c) if c.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            (None, c) => word.push(c),
        }
    }
    words.push(word);
    words
}

impl Shell {
    /// What could complete the word that `line` ends with.
    pub(super) async fn complete(&mut self, line: &str) -> Offer {
        let mut words = words(line);
        let word = words.last().cloned().unwrap_or_default();
        let variable = word.rfind('$').filter(|&at| {
            word[at + 1..].trim_start_matches('{').chars().all(|c| c == '_' || c.is_ascii_alphanumeric())
        });
        if let Some(at) = variable {
            let (brace, name) = match word[at + 1..].strip_prefix('{') {
                Some(name) => ("{", name),
                None => ("", &word[at + 1..]),
            };
            let found =
                self.vars.iter().filter(|(other, _)| other.starts_with(name) && super::word::is_identifier(other));
            let close = if brace.is_empty() { "" } else { "}" };
            let candidates = found.map(|(name, _)| format!("${brace}{name}{close}")).collect();
            return Offer { replaced: word[at..].chars().count(), candidates, paths: false };
        }
        // `A=1 sudo kubectl …`: the command is the first word that is neither.
        while words.len() > 1
            && (words[0].contains('=')
                || matches!(words[0].as_str(), "sudo" | "time" | "!" | "then" | "do" | "else" | "watch" | "xargs"))
        {
            words.remove(0);
        }
        if words.len() == 1 && !word.contains('/') {
            return Offer { replaced: word.chars().count(), candidates: self.commands(&word), paths: false };
        }
        if words.len() > 1
            && let Some(value) = self.aliases.get(&words[0])
        {
            let expanded: Vec<String> = value.split_whitespace().map(str::to_owned).collect();
            words.splice(0..1, expanded);
        }
        let redirected = words.len() > 1 && words[words.len() - 2] == ">";
        if words.len() > 1
            && !redirected
            && let Some(complete) = self.completer(&words[0])
        {
            let candidates = complete(self.process.clone(), words.clone()).await;
            if !candidates.is_empty() {
                return Offer { replaced: word.chars().count(), candidates, paths: false };
            }
        }
        let only_dirs = words.first().is_some_and(|name| matches!(name.as_str(), "cd" | "rmdir" | "pushd"));
        let candidates = self.paths(&word, only_dirs, words.len() == 1);
        Offer { replaced: word.chars().count(), candidates, paths: true }
    }

    fn completer(&self, name: &str) -> Option<Completer> {
        let name = name.rsplit('/').next().unwrap_or(name);
        self.process.machine().programs().get(name).and_then(|program| program.complete)
    }

    fn commands(&self, start: &str) -> Vec<String> {
        const KEYWORDS: &[&str] = &[
            "case", "do", "done", "elif", "else", "esac", "fi", "for", "function", "if", "in", "select", "then",
            "time", "until", "while",
        ];
        let mut all: Vec<String> = builtins::ALL.iter().map(|(name, _)| (*name).to_owned()).collect();
        all.extend(KEYWORDS.iter().map(|name| (*name).to_owned()));
        all.extend(self.aliases.keys().cloned());
        all.extend(self.functions.keys().cloned());
        for dir in self.get("PATH").unwrap_or_default().split(':') {
            all.extend(self.process.machine().files().list("/", dir).unwrap_or_default());
        }
        all.retain(|name| name.starts_with(start));
        all.arrange();
        all.dedup();
        all
    }

    fn paths(&self, word: &str, only_dirs: bool, only_programs: bool) -> Vec<String> {
        let (dir, name) = match word.rfind('/') {
            Some(at) => word.split_at(at + 1),
            None => ("", word),
        };
        let real = if dir.is_empty() { ".".to_owned() } else { self.tilde(dir) };
        let files = self.process.machine().files();
        let cwd = self.process.cwd();
        let mut out = Vec::new();
        for other in files.list(&cwd, &real).unwrap_or_default() {
            if !other.starts_with(name) || other.starts_with('.') && !name.starts_with('.') {
                continue;
            }
            let path = format!("{}/{other}", real.trim_end_matches('/'));
            let Ok(inode) = files.find(&cwd, &path).and_then(|node| node.get()) else { continue };
            if only_dirs && !inode.is_dir() || only_programs && !inode.is_dir() && inode.mode & 0o111 == 0 {
                continue;
            }
            out.push(format!("{dir}{other}{}", if inode.is_dir() { "/" } else { "" }));
        }
        out
    }
}

/// What all candidates begin with.
pub fn common(candidates: &[String]) -> String {
    let Some(first) = candidates.first() else { return String::new() };
    let mut length = first.len();
    for other in candidates {
        let same = first.char_indices().zip(other.chars()).take_while(|((_, a), b)| a == b).last();
        length = length.min(same.map_or(0, |((at, c), _)| at + c.len_utf8()));
    }
    first[..length].to_owned()
}

/// Candidates in columns, for the screen.
pub fn list(offer: &Offer, width: usize) -> String {
    let names: Vec<&str> = offer
        .candidates
        .iter()
        .map(|name| match offer.paths {
            true => name.trim_end_matches('/').rfind('/').map_or(name.as_str(), |at| &name[at + 1..]),
            false => name,
        })
        .collect();
    let wide = |name: &str| unicode_width::UnicodeWidthStr::width(name);
    let cell = names.iter().map(|name| wide(name)).max().unwrap_or(0) + 2;
    let columns = (width / cell).max(1);
    let rows = names.len().div_ceil(columns);
    let mut out = String::new();
    for row in 0..rows {
        let mut line = String::new();
        for name in names.iter().skip(row).step_by(rows) {
            line.push_str(name);
            line.push_str(&" ".repeat(cell - wide(name)));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}
