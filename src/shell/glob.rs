//! File name generation: patterns to the paths that match them.

use super::Shell;
use super::pattern::{Pattern, PatternChar};
use crate::collections::Sort;

/// No pattern gives more paths, or looks into more directories.
const MOST: usize = 50_000;

struct Search<'a> {
    shell: &'a Shell,
    found: Vec<String>,
    looked: usize,
}

/// The paths that match, sorted; none where nothing does.
pub fn glob(shell: &Shell, pattern: &[PatternChar]) -> Vec<String> {
    let mut parts: Vec<&[PatternChar]> = pattern.split(|&(c, _)| c == '/').collect();
    let mut base = String::new();
    if parts.len() > 1 && parts[0].is_empty() {
        base.push('/');
        parts.remove(0);
    }
    let mut search = Search { shell, found: Vec::new(), looked: 0 };
    search.walk(&base, &parts);
    search.found.arrange();
    search.found.dedup();
    search.found
}

impl Search<'_> {
    fn walk(&mut self, base: &str, parts: &[&[PatternChar]]) {
        self.looked += 1;
        if self.looked > MOST || self.found.len() > MOST {
            return;
        }
        let Some((part, rest)) = parts.split_first() else { return };
        let files = self.shell.process.machine().files().clone();
        let cwd = self.shell.process.cwd();
        let here = if base.is_empty() { "." } else { base };
        let join = |name: &str| {
            if base.is_empty() || base.ends_with('/') { format!("{base}{name}") } else { format!("{base}/{name}") }
        };
        if part.is_empty() {
            // A trailing slash: directories only.
            if rest.is_empty()
                && !base.is_empty()
                && files.find(&cwd, here).and_then(|node| node.get()).is_ok_and(|inode| inode.is_dir())
            {
                self.found.push(format!("{base}/"));
            } else if !rest.is_empty() {
                self.walk(base, rest);
            }
            return;
        }
        if !Pattern::is_pattern(part) {
            let name: String = part.iter().map(|&(c, _)| c).collect();
            let path = join(&name);
            if rest.is_empty() {
                if files.find_link(&cwd, &path).is_ok() {
                    self.found.push(path);
                }
            } else {
                self.walk(&path, rest);
            }
            return;
        }
        let Ok(names) = files.list(&cwd, here) else { return };
        let stars = self.shell.options.globstar && part.iter().map(|&(c, _)| c).eq("**".chars());
        if stars {
            if rest.is_empty() {
                // A directory that was found on the way here is there already, without the slash.
                if !base.is_empty() && self.found.last().map(String::as_str) != Some(base) {
                    self.found.push(format!("{base}/"));
                }
            } else {
                self.walk(base, rest);
            }
        }
        let compiled = Pattern::new(part);
        let dots = self.shell.options.dotglob || compiled.begins_with_dot();
        for name in names {
            if name.starts_with('.') && !dots {
                continue;
            }
            let chars: Vec<char> = name.chars().collect();
            if !compiled.matches_chars(&chars, self.shell.options.nocaseglob) {
                continue;
            }
            let path = join(&name);
            let is_dir = || files.find(&cwd, &path).and_then(|node| node.get()).is_ok_and(|inode| inode.is_dir());
            if stars {
                let link =
                    files.find_link(&cwd, &path).and_then(|node| node.get()).is_ok_and(|inode| inode.is_symlink());
                if rest.is_empty() {
                    self.found.push(path.clone());
                }
                if is_dir() && !link {
                    self.walk(&path, parts);
                }
            } else if rest.is_empty() {
                self.found.push(path);
            } else if is_dir() {
                self.walk(&path, rest);
            }
        }
    }
}
