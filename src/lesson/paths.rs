//! Paths inside a scenario's folder: always relative, never out of it; and the globs of `assets`.

/// The path that `relative`, found in `file`, means; nothing if it leaves the folder.
///
/// ```
/// use drydock::lesson::resolve;
/// assert_eq!(resolve("step1/text.md", "../assets/plan.png").as_deref(), Some("assets/plan.png"));
/// assert_eq!(resolve("step1/text.md", "../../secret"), None);
/// ```
pub fn resolve(file: &str, relative: &str) -> Option<String> {
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    if relative.starts_with('/') || relative.contains(['\\', '\0']) {
        return None;
    }
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// The file called `name` in the folder of `file`.
pub(super) fn beside(file: &str, name: &str) -> String {
    match file.rsplit_once('/') {
        Some((folder, _)) => format!("{folder}/{name}"),
        None => name.to_owned(),
    }
}

/// Whether `path` matches `pattern`, where `*` stands for anything within a name and `**` for any folders.
pub(super) fn glob(pattern: &str, path: &str) -> bool {
    let pattern: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let path: Vec<&str> = path.split('/').collect();
    // Which prefixes of the path the pattern so far can match; quadratic at worst, never exponential.
    let mut reached = vec![false; path.len() + 1];
    reached[0] = true;
    for part in pattern {
        let mut next = vec![false; path.len() + 1];
        if part == "**" {
            let mut open = false;
            for (at, slot) in next.iter_mut().enumerate() {
                open |= reached[at];
                *slot = open;
            }
        } else {
            for at in 0..path.len() {
                next[at + 1] = reached[at] && name_matches(part, path[at]);
            }
        }
        reached = next;
    }
    reached[path.len()]
}

fn name_matches(pattern: &str, name: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else { return rest.is_empty() };
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        for (pattern, path, expected) in [
            ("*", "a.yaml", true),
            ("*", "app/a.yaml", false),
            ("**", "app/a.yaml", true),
            ("app/**/*.yaml", "app/a.yaml", true),
            ("app/**/*.yaml", "app/x/y/a.yaml", true),
            ("app/**/*.yaml", "app/x/y/a.yml", false),
            ("**/*.sh", "a.sh", true),
            ("a*b*c", "aXbXc", true),
            ("a*b*c", "aXbX", false),
            ("ab*ba", "aba", false),
            ("plain.txt", "plain.txt", true),
        ] {
            assert_eq!(glob(pattern, path), expected, "{pattern} {path}");
        }
    }
}
