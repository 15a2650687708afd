//! A question before a command: ` ```predict `.
//!
//! ```text
//! How many ReplicaSets will there be?
//! - 1: still one
//! - 4: one for each Pod
//! $ kubectl get rs --no-headers | wc -l
//! ```
//!
//! The learner answers first and does the deed; then the last line runs unseen and its output is the answer.
//! So the simulation grades, not the author. Without choices the answer is typed.

use super::document::Document;

/// A question whose answer the cluster knows.
#[derive(Clone, Debug, PartialEq)]
pub struct Predict {
    /// The question.
    pub question: Document,
    /// The answers to choose from; none means a field to type in.
    pub choices: Vec<Choice>,
    /// The command whose output is the answer.
    pub command: String,
}

/// One answer to choose.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// What the command prints if this is right.
    pub value: String,
    /// What the learner reads.
    pub label: Document,
}

impl Predict {
    /// Reads the inside of the block.
    pub(super) fn parse(text: &str) -> Result<Predict, String> {
        let mut question = String::new();
        let mut choices: Vec<Choice> = Vec::new();
        let mut command = None;
        for line in text.lines() {
            if let Some(line) = line.strip_prefix("$ ") {
                if command.replace(line.trim().to_owned()).is_some() {
                    return Err("there is more than one command ($ …)".to_owned());
                }
            } else if let Some(line) = line.strip_prefix("- ") {
                let (value, label) = line.split_once(": ").unwrap_or((line, line));
                let value = normal(value);
                if choices.iter().any(|choice| choice.value == value) {
                    return Err(format!("the choice {value} is there twice"));
                }
                choices.push(Choice { value, label: Document::parse(label.trim()) });
            } else {
                question.push_str(line);
                question.push('\n');
            }
        }
        if question.trim().is_empty() {
            return Err("there is no question".to_owned());
        }
        let command = command.filter(|command| !command.is_empty()).ok_or("there is no command ($ …)")?;
        Ok(Predict { question: Document::parse(&question), choices, command })
    }

    /// Whether an answer is what the command printed. Spaces and case do not count.
    pub fn is_right(&self, answer: &str, output: &str) -> bool {
        normal(answer).to_lowercase() == normal(output).to_lowercase()
    }
}

fn normal(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions() {
        let predict = Predict::parse("How `many`?\n- 1: only one\n- 4\n$ kubectl get rs | wc -l\n").unwrap();
        assert_eq!(predict.question.plain(), "How many?\n");
        let choices: Vec<(&str, String)> =
            predict.choices.iter().map(|c| (c.value.as_str(), c.label.plain())).collect();
        assert_eq!(choices, [("1", "only one\n".to_owned()), ("4", "4\n".to_owned())]);
        assert_eq!(predict.command, "kubectl get rs | wc -l");
        assert!(predict.is_right(" 1", "1\n"));
        assert!(!predict.is_right("1", "4\n"));
        for (text, problem) in [
            ("$ ls", "there is no question"),
            ("What?", "there is no command ($ …)"),
            ("What?\n$ a\n$ b", "there is more than one command ($ …)"),
            ("What?\n- 1\n- 1: one\n$ a", "the choice 1 is there twice"),
        ] {
            assert_eq!(Predict::parse(text).unwrap_err(), problem);
        }
    }
}
