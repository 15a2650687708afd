//! Image references. Models distribution/reference ParseNormalizedNamed.

use std::fmt;

/// A reference in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Registry and path, as `docker.io/library/nginx`.
    pub repository: String,
    /// The tag; `latest` where none is given.
    pub tag: String,
}

impl Reference {
    /// Reads what a person writes. `None` where it is no reference at all. A digest is ignored:
    /// the simulated registry has one image a tag.
    pub fn parse(text: &str) -> Option<Reference> {
        let text = text.split('@').next().unwrap_or_default();
        let slash = text.rfind('/').map_or(0, |at| at + 1);
        let (name, tag) = match text[slash..].find(':') {
            Some(colon) => (&text[..slash + colon], &text[slash + colon + 1..]),
            None => (text, "latest"),
        };
        let path_ok = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "/._-:".contains(c);
        let tag_ok = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if name.is_empty() || tag.is_empty() || !name.chars().all(path_ok) || !tag.chars().all(tag_ok) {
            return None;
        }
        let has_registry =
            name.split_once('/').is_some_and(|(first, _)| first.contains(['.', ':']) || first == "localhost");
        let repository = match (has_registry, name.contains('/')) {
            (true, _) => name.to_owned(),
            (false, true) => format!("docker.io/{name}"),
            (false, false) => format!("docker.io/library/{name}"),
        };
        Some(Reference { repository, tag: tag.to_owned() })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.repository, self.tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_in_what_is_left_out() {
        for (short, full) in [
            ("nginx", "docker.io/library/nginx:latest"),
            ("kubetm/app:v1", "docker.io/kubetm/app:v1"),
            ("localhost:5000/a/b", "localhost:5000/a/b:latest"),
            ("gcr.io/x/y:v2@sha256:00", "gcr.io/x/y:v2"),
        ] {
            assert_eq!(Reference::parse(short).map(|reference| reference.to_string()).as_deref(), Some(full));
        }
        assert_eq!(Reference::parse("bad image"), None);
        assert_eq!(Reference::parse("nginx:"), None);
    }
}
