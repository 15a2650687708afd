//! Addresses as curl reads them.

/// A URL, taken apart.
#[derive(Clone, Debug)]
pub(in crate::tools) struct Url {
    pub(in crate::tools) tls: bool,
    pub(in crate::tools) host: String,
    pub(in crate::tools) port: u16,
    pub(in crate::tools) target: String,
    pub(in crate::tools) user: Option<String>,
}

impl Url {
    pub(in crate::tools) fn parse(text: &str) -> Result<Url, (i32, String)> {
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
            None => ("http".to_owned(), text),
        };
        let tls = match scheme.as_str() {
            "http" => false,
            "https" => true,
            scheme => return Err((1, format!("Protocol \"{scheme}\" not supported or disabled in libcurl"))),
        };
        let at = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (place, path) = rest.split_at(at);
        let (user, place) = match place.rsplit_once('@') {
            Some((user, place)) => (Some(user.to_owned()), place),
            None => (None, place),
        };
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) => match port.parse::<u16>() {
                Ok(port) => (host, port),
                Err(_) => return Err((3, "URL using bad/illegal format or missing URL".to_owned())),
            },
            None => (place, if tls { 443 } else { 80 }),
        };
        if host.is_empty() || host.contains([' ', '\t']) {
            return Err((3, "URL using bad/illegal format or missing URL".to_owned()));
        }
        let path = path.split('#').next().unwrap_or_default();
        let target = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Ok(Url { tls, host: host.to_owned(), port, target, user })
    }

    /// What the Host header says.
    pub(in crate::tools) fn authority(&self) -> String {
        let usual = self.port == if self.tls { 443 } else { 80 };
        if usual { self.host.clone() } else { format!("{}:{}", self.host, self.port) }
    }
}
