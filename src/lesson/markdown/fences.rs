//! Fenced code followed by an action.

/// Puts what follows a closing fence (` ```{{exec}} `) on a line of its own, as CommonMark wants nothing there.
pub(super) fn part_fences(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len() + 16);
    let mut open: Option<(char, usize)> = None;
    for line in markdown.split_inclusive('\n') {
        let content = line.trim_start_matches([' ', '\t', '>']);
        let mut prefix = &line[..line.len() - content.len()];
        let mut content = content;
        if open.is_none() {
            let bare =
                content.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches(['-', '*', '+', '.', ')']);
            content = bare.trim_start_matches(' ');
        }
        let Some(mark) = content.chars().next().filter(|c| matches!(c, '`' | '~')) else {
            out.push_str(line);
            continue;
        };
        let rest = content.trim_start_matches(mark);
        let length = content.len() - rest.len();
        match open {
            None if length >= 3 && !(mark == '`' && rest.contains('`')) => open = Some((mark, length)),
            Some((fence, least)) if fence == mark && length >= least => {
                if rest.trim().is_empty() {
                    open = None;
                } else if rest.trim_start().starts_with("{{") {
                    open = None;
                    out.push_str(prefix);
                    out.extend(std::iter::repeat_n(mark, length));
                    out.push('\n');
                    prefix = prefix.trim_end_matches('\n');
                    out.push_str(prefix);
                    out.push_str(rest.trim_start());
                    continue;
                }
            }
            _ => {}
        }
        out.push_str(line);
    }
    out
}
