//! The little HTML that lessons contain, cut into tags and words. Nothing of it is passed on as HTML.

/// A piece of HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// `<name …>`, with the attributes that anybody asks for.
    Open { name: String, attributes: Vec<(String, String)> },
    /// `</name>`.
    Close(String),
    /// Words, with entities decoded.
    Text(String),
}

/// Elements whose content is never text for a reader.
const HIDDEN: [&str; 8] = ["script", "style", "iframe", "object", "template", "textarea", "title", "noscript"];

/// The longest tag that is one.
const MAX_TAG: usize = 1024;
/// The most attributes that a tag has.
const MAX_ATTRIBUTES: usize = 16;

/// Cuts HTML into its pieces. Comments, declarations and hidden elements fall away.
pub(super) fn tokens(html: &str) -> Vec<Token> {
    let mut out = Vec::new();
    let mut rest = html;
    while !rest.is_empty() {
        let Some(at) = rest.find('<') else {
            push_text(&mut out, rest);
            break;
        };
        push_text(&mut out, &rest[..at]);
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
        } else if rest.starts_with("<!") || rest.starts_with("<?") {
            rest = rest.find('>').map_or("", |end| &rest[end + 1..]);
        } else if let Some((token, after)) = tag(rest) {
            rest = after;
            if let Token::Open { name, .. } = &token
                && HIDDEN.contains(&name.as_str())
            {
                rest = skip_to_close(rest, name);
            }
            out.push(token);
        } else {
            push_text(&mut out, "<");
            rest = &rest[1..];
        }
    }
    out
}

fn push_text(out: &mut Vec<Token>, text: &str) {
    if !text.is_empty() {
        out.push(Token::Text(decode(text)));
    }
}

fn skip_to_close<'a>(rest: &'a str, name: &str) -> &'a str {
    let closes =
        |at: &usize| rest.get(at + 2..at + 2 + name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name));
    rest.match_indices("</").map(|(at, _)| at).find(closes).map_or("", |at| &rest[at..])
}

fn tag(whole: &str) -> Option<(Token, &str)> {
    let (token, length) = short_tag(&whole[..whole.floor_char_boundary(MAX_TAG)])?;
    Some((token, &whole[length..]))
}

/// A tag at the beginning of a text, and its length.
fn short_tag(text: &str) -> Option<(Token, usize)> {
    let inner = &text[1..];
    let (closing, inner) = match inner.strip_prefix('/') {
        Some(inner) => (true, inner),
        None => (false, inner),
    };
    let length = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(inner.len());
    if !inner.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let name = inner[..length].to_ascii_lowercase();
    let mut rest = &inner[length..];
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if let Some(after) = rest.strip_prefix('>') {
            let token = if closing { Token::Close(name) } else { Token::Open { name, attributes } };
            return Some((token, text.len() - after.len()));
        }
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/'))?;
        let (key, after) = if end == 0 { (&rest[..1], rest.get(1..)?) } else { rest.split_at(end) };
        rest = after.trim_start();
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            (value, rest) = match after.chars().next()? {
                quote @ ('"' | '\'') => after[1..].split_once(quote)?,
                _ => after.split_at(after.find(|c: char| c.is_whitespace() || c == '>')?),
            };
        }
        if attributes.len() == MAX_ATTRIBUTES {
            return None;
        }
        attributes.push((key.to_ascii_lowercase(), decode(value)));
    }
}

fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let entity =
            rest.bytes().take(11).position(|byte| byte == b';').and_then(|end| Some((entity(&rest[1..end])?, end)));
        match entity {
            Some((character, end)) => {
                out.push(character);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "copy" => '©',
        "mdash" => '—',
        "ndash" => '–',
        "hellip" => '…',
        "rarr" => '→',
        "larr" => '←',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|c| !c.is_control())?
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces() {
        let open = |name: &str| Token::Open { name: name.to_owned(), attributes: Vec::new() };
        let text = |words: &str| Token::Text(words.to_owned());
        for (html, expected) in [
            (
                "<details><summary>So&amp;so</summary>",
                vec![open("details"), open("summary"), text("So&so"), Token::Close("summary".to_owned())],
            ),
            ("a<br/>b", vec![text("a"), open("br"), text("b")]),
            ("<script>alert(1)</SCRIPT>x", vec![open("script"), Token::Close("script".to_owned()), text("x")]),
            ("<!-- <b> -->x", vec![text("x")]),
            ("1 < 2", vec![text("1 "), text("<"), text(" 2")]),
            ("<b", vec![text("<"), text("b")]),
        ] {
            assert_eq!(tokens(html), expected, "{html}");
        }
        let image = Token::Open {
            name: "img".to_owned(),
            attributes: vec![
                ("src".to_owned(), "a.png".to_owned()),
                ("alt".to_owned(), "A".to_owned()),
                ("hidden".to_owned(), String::new()),
            ],
        };
        assert_eq!(tokens("<IMG src='a.png' alt=A hidden>"), vec![image]);
    }
}
