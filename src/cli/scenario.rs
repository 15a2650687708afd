//! Scenario files (`.scn`): what to type into a fresh cluster, line by line.

use crate::apiserver::usage::Load;
use crate::sim::Duration;

/// One step of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// `# text`.
    Note(String),
    /// `@sleep SECONDS`.
    Sleep(Duration),
    /// `@wait CMD`, `@waitfor SECONDS CMD`: run until it succeeds, or for so long.
    Wait {
        /// The command.
        command: String,
        /// How long at most.
        limit: Duration,
    },
    /// `@file NAME` … `@end`.
    File {
        /// Its name in the working directory.
        name: String,
        /// What it holds.
        content: String,
    },
    /// `@setup CMD`: run, but not recorded.
    Setup(String),
    /// `@bg NAME CMD`: run beside what follows.
    Background {
        /// For `@collect`.
        name: String,
        /// The command.
        command: String,
    },
    /// `@collect NAME`: wait for a background command and record it.
    Collect(String),
    /// `@metrics`: metrics-server is installed.
    Metrics,
    /// `@load NAMESPACE/PREFIX total=M|each=M`: how busy the Pods are.
    Load(Load),
    /// Anything else: run and recorded.
    Command(String),
}

/// How long `@wait` waits.
const WAIT_LIMIT: Duration = Duration::from_secs(180);

/// Reads a scenario; the error names the line.
pub fn parse(text: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let fail = |what: &str| format!("line {}: {what}", number + 1);
        let (word, rest) = line.split_once(' ').map_or((line.trim_end(), ""), |(word, rest)| (word, rest.trim()));
        let step = match word {
            "" if line.trim().is_empty() => continue,
            "@sleep" => Step::Sleep(seconds(rest).ok_or_else(|| fail("@sleep needs a number of seconds"))?),
            "@wait" => Step::Wait { command: rest.to_owned(), limit: WAIT_LIMIT },
            "@waitfor" => {
                let (limit, command) =
                    rest.split_once(' ').ok_or_else(|| fail("@waitfor needs seconds and a command"))?;
                let limit = seconds(limit).ok_or_else(|| fail("@waitfor needs a number of seconds"))?;
                Step::Wait { command: command.trim().to_owned(), limit }
            }
            "@file" => {
                let mut content = String::new();
                loop {
                    match lines.next() {
                        None => return Err(fail("@file without @end")),
                        Some((_, "@end")) => break,
                        Some((_, line)) => content.extend([line, "\n"]),
                    }
                }
                Step::File { name: rest.to_owned(), content }
            }
            "@setup" => Step::Setup(rest.to_owned()),
            "@bg" => {
                let (name, command) = rest.split_once(' ').ok_or_else(|| fail("@bg needs a name and a command"))?;
                Step::Background { name: name.to_owned(), command: command.trim().to_owned() }
            }
            "@collect" => Step::Collect(rest.to_owned()),
            "@metrics" => Step::Metrics,
            "@load" => {
                Step::Load(load(rest).ok_or_else(|| fail("@load needs NAMESPACE/PREFIX and total=M or each=M"))?)
            }
            _ if word.starts_with('@') => return Err(fail(&format!("unknown directive {word}"))),
            _ if line.starts_with('#') => Step::Note(line.trim_start_matches('#').trim().to_owned()),
            _ => {
                let mut command = line.to_owned();
                while command.ends_with('\\') {
                    let Some((_, more)) = lines.next() else { break };
                    command.push('\n');
                    command.push_str(more);
                }
                if let Some(end) = here_document(&command) {
                    for (_, more) in lines.by_ref() {
                        command.push('\n');
                        command.push_str(more);
                        if more == end {
                            break;
                        }
                    }
                }
                Step::Command(command)
            }
        };
        steps.push(step);
    }
    Ok(steps)
}

fn load(text: &str) -> Option<Load> {
    let (pods, amount) = text.split_once(char::is_whitespace)?;
    let (namespace, prefix) = pods.split_once('/')?;
    let (how, cpu) = amount.trim().split_once('=')?;
    let shared = match how {
        "total" => true,
        "each" => false,
        _ => return None,
    };
    Some(Load { namespace: namespace.to_owned(), prefix: prefix.to_owned(), cpu: cpu.parse().ok()?, shared })
}

fn seconds(text: &str) -> Option<Duration> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = part.chars().chain("000000".chars()).take(6).collect();
    Some(Duration::from_secs(whole.parse().ok()?) + Duration::from_micros(digits.parse().ok()?))
}

/// The word that ends the here-document which `command` begins, if it begins one.
fn here_document(command: &str) -> Option<String> {
    let at = command
        .match_indices("<<")
        .map(|(at, _)| at)
        .find(|&at| !command[at + 2..].starts_with('<') && !command[..at].ends_with('<'))?;
    let rest = command[at + 2..].trim_start_matches('-').trim_start();
    let end: String =
        rest.trim_start_matches(['\'', '"', '\\']).chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!end.is_empty()).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_directive() {
        let text = "# a note\nkubectl get pods\n@sleep 0.5\n@waitfor 9 true\n@file a.yaml\na: 1\n\n@end\n@bg w sleep 9\n\
                    @collect w\n@load shop/web- each=70\ncat \\\n  a\nkubectl apply -f - <<'EOF'\nb: 2\nEOF\nread x <<< 1\n";
        let steps = parse(text).unwrap();
        let expected = [
            Step::Note("a note".into()),
            Step::Command("kubectl get pods".into()),
            Step::Sleep(Duration::from_millis(500)),
            Step::Wait { command: "true".into(), limit: Duration::from_secs(9) },
            Step::File { name: "a.yaml".into(), content: "a: 1\n\n".into() },
            Step::Background { name: "w".into(), command: "sleep 9".into() },
            Step::Collect("w".into()),
            Step::Load(Load { namespace: "shop".into(), prefix: "web-".into(), cpu: 70, shared: false }),
            Step::Command("cat \\\n  a".into()),
            Step::Command("kubectl apply -f - <<'EOF'\nb: 2\nEOF".into()),
            Step::Command("read x <<< 1".into()),
        ];
        assert_eq!(steps, expected);
    }

    #[test]
    fn names_the_line_that_is_wrong() {
        assert_eq!(parse("true\n@sleep soon").unwrap_err(), "line 2: @sleep needs a number of seconds");
        assert_eq!(parse("@file a\nx").unwrap_err(), "line 1: @file without @end");
        assert_eq!(parse("@load web 5").unwrap_err(), "line 1: @load needs NAMESPACE/PREFIX and total=M or each=M");
        assert_eq!(parse("@nosuch").unwrap_err(), "line 1: unknown directive @nosuch");
    }
}
