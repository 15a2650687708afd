//! The links of index.html that are marked data-trunk: the list of what the site is made of.

use std::collections::BTreeMap;

use crate::run::Outcome;

/// One such link.
#[derive(Debug)]
pub struct Link {
    /// The tag as it stands in the page.
    pub text: String,
    attributes: BTreeMap<String, String>,
}

impl Link {
    /// An attribute's value; empty when it is not there.
    pub fn get(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }
}

/// Finds them, in the order of the page. They must be `<link … >` with values in double quotes;
/// a link that this cannot read is an error, not a surprise in the browser.
pub fn find(page: &str) -> Outcome<Vec<Link>> {
    let mut found = Vec::new();
    for (at, _) in page.match_indices("<link data-trunk") {
        let rest = &page[at..];
        let end = rest.find('>').ok_or("index.html: a data-trunk link has no end")?;
        let text = rest[..=end].to_owned();
        let attributes = attributes(text.trim_start_matches("<link").trim_end_matches(['/', '>']))
            .ok_or_else(|| format!("index.html: cannot read {text}"))?;
        found.push(Link { text, attributes });
    }
    Ok(found)
}

fn attributes(mut text: &str) -> Option<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    loop {
        text = text.trim_start();
        if text.is_empty() {
            return Some(found);
        }
        let end = text.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(text.len());
        let name = text[..end].to_owned();
        text = &text[end..];
        let mut value = String::new();
        if let Some(rest) = text.strip_prefix("=\"") {
            let (inside, after) = rest.split_once('"')?;
            value = inside.to_owned();
            text = after;
        } else if text.starts_with('=') {
            return None;
        }
        found.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_attributes_with_and_without_values() {
        let page = "<head>\n<link data-trunk rel=\"css\" href=\"a.css\">\n<link data-trunk rel=\"rust\" data-loader-shim />\n<link rel=\"x\">";
        let links = find(page).unwrap();
        assert_eq!(links.len(), 2);
        assert_eq!((links[0].get("rel"), links[0].get("href")), ("css", "a.css"));
        assert_eq!(links[1].get("data-loader-shim"), "");
        assert_eq!(links[1].text, "<link data-trunk rel=\"rust\" data-loader-shim />");
    }

    #[test]
    fn refuses_what_it_cannot_read() {
        assert!(find("<link data-trunk rel=css>").is_err());
        assert!(find("<link data-trunk rel=\"css").is_err());
    }
}
