//! What stands in double braces: `` `cmd`{{exec}} ``, `{{copy}}`, `{{TRAFFIC_HOST1_80}}`.
//!
//! Killercoda writes `exec`, Katacoda wrote `execute`; both are read. Ours alone: `{{exec fails}}`, a button
//! whose command is meant to fail.

/// What a piece of code offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A button runs it in a terminal.
    Run(Run),
    /// A button copies it.
    Copy,
    /// It is only to be read: `{{}}`.
    Inert,
    /// It names a file to open in the editor.
    Open,
}

/// How a run button runs its command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Ctrl-C is sent first.
    pub interrupt: bool,
    /// The command is meant to fail.
    pub fails: bool,
    /// The terminal, from 1.
    pub terminal: u8,
    /// The host, from 1.
    pub host: u8,
}

impl Action {
    /// Reads what stands between the braces; the text of the error says what is not understood.
    pub fn parse(inside: &str) -> Result<Action, String> {
        let mut words = inside.split_whitespace();
        let Some(verb) = words.next() else { return Ok(Action::Inert) };
        let simple = match verb {
            "exec" | "execute" => None,
            "copy" => Some(Action::Copy),
            "open" => Some(Action::Open),
            _ => return Err(format!("unknown action {{{{{inside}}}}}")),
        };
        let mut run = Run { interrupt: false, fails: false, terminal: 1, host: 1 };
        for word in words {
            let numbered =
                |prefix: &str| word.strip_prefix(prefix).and_then(|n| n.parse().ok()).filter(|n| (1..=9).contains(n));
            match word {
                _ if simple.is_some() => return Err(format!("{verb} takes no word: {{{{{inside}}}}}")),
                "interrupt" => run.interrupt = true,
                "fails" => run.fails = true,
                _ => match (numbered("T"), numbered("HOST")) {
                    (Some(terminal), _) => run.terminal = terminal,
                    (_, Some(host)) => run.host = host,
                    _ => return Err(format!("{word} is not understood in {{{{{inside}}}}}")),
                },
            }
        }
        Ok(simple.unwrap_or(Action::Run(run)))
    }
}

/// Splits text that begins with `{{…}}` into what is inside and what follows.
pub(super) fn leading(text: &str) -> Option<(&str, &str)> {
    let (inside, rest) = text.strip_prefix("{{")?.split_once("}}")?;
    (inside.len() <= 64 && !inside.contains(['{', '\n'])).then_some((inside, rest))
}

/// A port of one of the hosts, as a text asks for its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traffic {
    /// The host, from 1.
    pub host: u8,
    /// The port.
    pub port: u16,
}

impl Traffic {
    /// Reads `TRAFFIC_HOST1_80`.
    pub(super) fn parse(inside: &str) -> Option<Traffic> {
        let (host, port) = inside.trim().strip_prefix("TRAFFIC_HOST")?.split_once('_')?;
        Some(Traffic { host: host.parse().ok().filter(|n| (1..=9).contains(n))?, port: port.parse().ok()? })
    }

    /// The address as the learner's host knows it.
    pub fn url(self) -> String {
        format!("http://host{:02}:{}", self.host, self.port)
    }
}

/// Replaces every `{{TRAFFIC_HOST1_80}}` in a text by the address.
pub(super) fn with_addresses(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("{{TRAFFIC_HOST") {
        out.push_str(&rest[..at]);
        match leading(&rest[at..]).and_then(|(inside, after)| Some((Traffic::parse(inside)?, after))) {
            Some((traffic, after)) => {
                out.push_str(&traffic.url());
                rest = after;
            }
            None => {
                out.push_str("{{");
                rest = &rest[at + 2..];
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions() {
        let run = Run { interrupt: false, fails: false, terminal: 1, host: 1 };
        for (inside, expected) in [
            ("exec", Ok(Action::Run(run.clone()))),
            ("execute", Ok(Action::Run(run.clone()))),
            ("exec interrupt", Ok(Action::Run(Run { interrupt: true, ..run.clone() }))),
            ("exec fails", Ok(Action::Run(Run { fails: true, ..run.clone() }))),
            ("execute T2", Ok(Action::Run(Run { terminal: 2, ..run.clone() }))),
            ("execute HOST2", Ok(Action::Run(Run { host: 2, ..run }))),
            ("copy", Ok(Action::Copy)),
            ("open", Ok(Action::Open)),
            ("", Ok(Action::Inert)),
            (" ", Ok(Action::Inert)),
            ("exec T99", Err("T99 is not understood in {{exec T99}}".to_owned())),
            ("copy it", Err("copy takes no word: {{copy it}}".to_owned())),
            ("run", Err("unknown action {{run}}".to_owned())),
        ] {
            assert_eq!(Action::parse(inside), expected, "{inside}");
        }
    }

    #[test]
    fn addresses() {
        assert_eq!(
            with_addresses("curl {{TRAFFIC_HOST1_80}}/x {{TRAFFIC_HOSTx}}"),
            "curl http://host01:80/x {{TRAFFIC_HOSTx}}"
        );
    }
}
