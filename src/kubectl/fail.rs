//! Why a command failed, and how kubectl words it.
//!
//! Models k8s.io/kubectl/pkg/cmd/util CheckErr and StandardErrorMessage.

use serde_json::Value;

use super::flags::quote;

/// A failure on its way to standard error.
#[derive(Clone, Debug, PartialEq)]
pub enum Fail {
    /// Words of kubectl's own; printed after `error: `.
    Plain(String),
    /// What the API server answered, as its Status object.
    Api(Value),
    /// Words that stand as they are, without `error: `.
    Verbatim(String),
    /// Several failures, one a line.
    Many(Vec<Fail>),
    /// Everything is said; the status to exit with.
    Exit(i32),
    /// Something for standard output goes before.
    Told {
        /// What is printed there.
        stdout: String,
        /// What follows on standard error.
        fail: Box<Fail>,
    },
}

/// What a command's run gives: nothing, or why it failed.
pub type Outcome = Result<(), Fail>;

impl Fail {
    /// Words of kubectl's own.
    pub fn plain(text: impl Into<String>) -> Fail {
        Fail::Plain(text.into())
    }

    /// A wrong use of the command at `path`, which help would explain.
    pub fn usage(path: &str, text: impl std::fmt::Display) -> Fail {
        Fail::Plain(format!("{text}\nSee '{path} -h' for help and examples"))
    }

    /// One failure, none, or several.
    pub fn join(mut fails: Vec<Fail>) -> Outcome {
        match fails.len() {
            0 => Ok(()),
            1 => Err(fails.remove(0)),
            _ => Err(Fail::Many(fails)),
        }
    }

    /// The machine-readable reason of the API server's answer.
    pub fn reason(&self) -> &str {
        match self {
            Fail::Api(status) => status["reason"].as_str().unwrap_or_default(),
            _ => "",
        }
    }

    /// Whether the API server knows no such object.
    pub fn is_not_found(&self) -> bool {
        self.reason() == "NotFound"
    }

    /// The bare message, as Go's `err.Error()` gives it.
    pub fn message(&self) -> String {
        match self {
            Fail::Plain(text) | Fail::Verbatim(text) => text.clone(),
            Fail::Api(status) => status["message"].as_str().unwrap_or_default().to_owned(),
            Fail::Many(fails) => format!("[{}]", fails.iter().map(Fail::message).collect::<Vec<_>>().join(", ")),
            Fail::Exit(_) => String::new(),
            Fail::Told { fail, .. } => fail.message(),
        }
    }

    /// The same failure with words before it. What was the server's loses its type, as
    /// wrapping with `%v` does.
    pub fn before(self, prefix: &str) -> Fail {
        Fail::Plain(format!("{prefix}{}", self.message()))
    }

    /// The server's failure with words before its message; others become plain.
    pub fn before_api(self, prefix: &str) -> Fail {
        match self {
            Fail::Api(mut status) => {
                status["message"] =
                    Value::String(format!("{prefix}{}", status["message"].as_str().unwrap_or_default()));
                Fail::Api(status)
            }
            other => other.before(prefix),
        }
    }

    /// What is printed on standard error, and the exit status.
    pub fn told(&self) -> (String, i32) {
        match self {
            Fail::Exit(status) => (String::new(), *status),
            Fail::Told { fail, .. } => fail.told(),
            Fail::Api(status) if status["reason"] == "Invalid" => (invalid(status), 1),
            Fail::Verbatim(text) => (line(text), 1),
            Fail::Many(fails) => (fails.iter().map(|fail| line(&fail.in_a_list())).collect(), 1),
            Fail::Plain(text) if text.starts_with("error: ") => (line(text), 1),
            Fail::Plain(text) => (line(&format!("error: {text}")), 1),
            Fail::Api(status) => (line(&standard(status)), 1),
        }
    }

    /// How it is worded as one of several: plain failures go without `error: `, as upstream.
    fn in_a_list(&self) -> String {
        match self {
            Fail::Api(status) => standard(status),
            other => other.message(),
        }
    }
}

/// The standard wording of what the server answered.
pub fn standard(status: &Value) -> String {
    let message = status["message"].as_str().unwrap_or_default();
    match status["reason"].as_str().unwrap_or_default() {
        "Unauthorized" => "error: You must be logged in to the server (Unauthorized)".to_owned(),
        "" => format!("Error from server: {message}"),
        reason => format!("Error from server ({reason}): {message}"),
    }
}

fn line(text: &str) -> String {
    if text.ends_with('\n') || text.is_empty() { text.to_owned() } else { format!("{text}\n") }
}

fn invalid(status: &Value) -> String {
    let details = &status["details"];
    if details.is_null() {
        return line(&format!("The request is invalid: {}", status["message"].as_str().unwrap_or_default()));
    }
    let (kind, name) = (details["kind"].as_str().unwrap_or_default(), details["name"].as_str().unwrap_or_default());
    let mut causes: Vec<String> = Vec::new();
    for cause in details["causes"].as_array().into_iter().flatten() {
        let text = |key: &str| cause[key].as_str().unwrap_or_default().to_owned();
        let told = format!("{}: {}", text("field"), text("message"));
        if !causes.contains(&told) {
            causes.push(told);
        }
    }
    let mut head = "The request is invalid".to_owned();
    if !kind.is_empty() || !name.is_empty() {
        head = format!("The {kind} {} is invalid", quote(name));
    } else if causes.is_empty() {
        head = format!("{head}: {}", status["message"].as_str().unwrap_or_default());
    }
    match causes.len() {
        0 => line(&head),
        1 => line(&format!("{head}: {}", causes[0])),
        _ => format!("{head}: \n{}", causes.iter().map(|cause| format!("* {cause}\n")).collect::<String>()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn words() {
        let not_found = Fail::Api(json!({"reason": "NotFound", "message": "pods \"x\" not found"}));
        assert_eq!(not_found.told().0, "Error from server (NotFound): pods \"x\" not found\n");
        let two = Fail::Many(vec![not_found.clone(), not_found]);
        assert_eq!(two.told().0.lines().count(), 2);
        assert_eq!(Fail::plain("no objects passed to scale").told().0, "error: no objects passed to scale\n");
        let invalid = Fail::Api(json!({"reason": "Invalid", "details": {"kind": "Service", "name": "w2", "causes": [
            {"field": "spec.ports[0].port", "message": "Invalid value: 0"},
            {"field": "spec.type", "message": "Unsupported value"}]}}));
        assert_eq!(
            invalid.told().0,
            "The Service \"w2\" is invalid: \n* spec.ports[0].port: Invalid value: 0\n* spec.type: Unsupported value\n"
        );
    }
}
