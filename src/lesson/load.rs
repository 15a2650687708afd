//! Loading a scenario in one language, from wherever its files are.
//!
//! The caller gives a function from a path in the scenario's folder to the file's text: a fetch in the page,
//! a read on the command line, a map in a test. A file that is not there is a problem to tell, not an end;
//! only an `index.json` that cannot be read is.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::document::Document;
use super::missing::MissingTexts;
use super::problem::Problem;
use super::scenario::{Part, Scenario};
use super::translation::{self, SOURCE_LANGUAGE, translated};

/// A scenario, ready to be shown in one language.
#[derive(Clone, Debug, PartialEq)]
pub struct Lesson {
    /// What its `index.json` says.
    pub scenario: Scenario,
    /// The language that was asked for.
    pub language: String,
    /// Its title.
    pub title: String,
    /// A sentence or two about it.
    pub description: Option<String>,
    /// What comes before the steps.
    pub intro: Option<Page>,
    /// The steps.
    pub steps: Vec<Page>,
    /// What comes after them.
    pub finish: Option<Page>,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
}

/// The intro, a step or the end, with its files read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// What a learner's progress remembers it by.
    pub key: String,
    /// Its title, which may be empty.
    pub title: String,
    /// The path of its text, to which the text's own links are relative.
    pub path: String,
    /// What is read.
    pub text: Document,
    /// Whether the text is in the language that was asked for.
    pub translated: bool,
    /// Hints, to be shown one after the other.
    pub hints: Vec<Document>,
    /// What to tell when the check fails.
    pub missing: MissingTexts,
    /// The check, in bash; none means that reading is enough.
    pub verify: Option<String>,
    /// What solves it, in bash.
    pub solution: Option<String>,
    /// What runs in the terminal when it begins.
    pub foreground: Option<String>,
    /// What runs unseen when it begins.
    pub background: Option<String>,
}

/// Loads the scenario whose files `read` reads, in `language` as far as it is translated.
pub async fn load<R: AsyncFn(&str) -> Option<String>>(read: &R, language: &str) -> Result<Lesson, Problem> {
    let text = read("index.json").await.ok_or_else(|| Problem::new("index.json", "it cannot be read"))?;
    let (scenario, problems) = Scenario::parse(&text)?;
    let translation = |source: &str| scenario.translation(source, language).unwrap_or(source).to_owned();
    let title = translation(&scenario.title);
    let description = scenario.description.as_deref().map(translation);
    let mut loader = Loader { read, language, scenario: &scenario, problems };
    let mut intro = None;
    if let Some(part) = &scenario.intro {
        intro = Some(loader.page(part).await);
    }
    let mut steps = Vec::new();
    for part in &scenario.steps {
        steps.push(loader.page(part).await);
    }
    let mut finish = None;
    if let Some(part) = &scenario.finish {
        finish = Some(loader.page(part).await);
    }
    let problems = loader.problems;
    Ok(Lesson { language: language.to_owned(), title, description, intro, steps, finish, problems, scenario })
}

/// The same where reading a file takes no waiting.
pub fn load_now(read: &dyn Fn(&str) -> Option<String>, language: &str) -> Result<Lesson, Problem> {
    let read = async |path: &str| read(path);
    now(load(&read, language)).unwrap_or_else(|| Err(Problem::new("index.json", "reading it did not end")))
}

/// What a future that waits for nothing gives.
pub(super) fn now<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

struct Loader<'a, R> {
    read: &'a R,
    language: &'a str,
    scenario: &'a Scenario,
    problems: Vec<Problem>,
}

impl<R: AsyncFn(&str) -> Option<String>> Loader<'_, R> {
    async fn page(&mut self, part: &Part) -> Page {
        let title = part.title.as_deref().unwrap_or_default();
        let mut page = Page {
            key: part.key().to_owned(),
            title: self.scenario.translation(title, self.language).unwrap_or(title).to_owned(),
            path: part.text.clone().unwrap_or_default(),
            verify: self.script(&part.verify).await,
            foreground: self.script(&part.foreground).await,
            background: self.script(&part.background).await,
            ..Page::default()
        };
        if let Some(path) = &part.text
            && let Some((file, text, translated)) = self.text(path).await
        {
            page.text = Document::parse(&text);
            page.translated = translated;
            self.note(&file, &page.text.problems);
        }
        // Only lessons of our own have these, so nobody else's web server is asked in vain.
        if !self.scenario.ours || part.verify.is_none() {
            return page;
        }
        page.solution = self.script(&part.beside("solution.sh")).await;
        if let Some(path) = part.beside("hint.md")
            && let Some((file, text, _)) = self.text(&path).await
        {
            page.hints = paragraphs(&text).map(Document::parse).collect();
            for hint in &page.hints {
                self.note(&file, &hint.problems);
            }
        }
        if let Some(path) = part.beside("missing.md")
            && let Some((file, text, _)) = self.text(&path).await
        {
            let (missing, problems) = MissingTexts::parse(&text);
            page.missing = missing;
            self.note(&file, &problems);
        }
        page
    }

    fn note(&mut self, file: &str, problems: &[String]) {
        self.problems.extend(problems.iter().map(|problem| Problem::new(file, problem.as_str())));
    }

    async fn script(&mut self, path: &Option<String>) -> Option<String> {
        let path = path.as_deref()?;
        let script = (self.read)(path).await;
        if script.is_none() {
            self.note(path, &["it cannot be read".to_owned()]);
        }
        // A carriage return would become part of bash's words.
        script.map(|script| script.replace("\r\n", "\n"))
    }

    /// A text in the language, or in the source's: the file, the text, and whether it is in the language.
    async fn text(&mut self, path: &str) -> Option<(String, String, bool)> {
        if self.language != SOURCE_LANGUAGE && self.scenario.languages.iter().any(|language| language == self.language)
        {
            let file = translated(path, self.language);
            if let Some(text) = (self.read)(&file).await {
                return Some((file, translation::body(&text).to_owned(), true));
            }
            self.note(&file, &["it cannot be read".to_owned()]);
        }
        match (self.read)(path).await {
            Some(text) => Some((path.to_owned(), text, self.language == SOURCE_LANGUAGE)),
            None => {
                self.note(path, &["it cannot be read".to_owned()]);
                None
            }
        }
    }
}

/// The paragraphs of a text; a fenced block does not end at its empty lines.
fn paragraphs(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text.trim();
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (mut end, mut fenced) = (0, false);
        for line in rest.split_inclusive('\n') {
            if line.trim_start().starts_with("```") {
                fenced = !fenced;
            }
            if line.trim().is_empty() && !fenced {
                break;
            }
            end += line.len();
        }
        let (paragraph, after) = rest.split_at(end);
        rest = after.trim_start();
        Some(paragraph.trim_end())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const INDEX: &str = r#"{"title": "A", "details": {"steps": [{"title": "One", "text": "one/text.md", "verify": "one/verify.sh"}]},
        "drydock": {"profile": "kubeadm", "seed": 7, "translations": {"ko": {"A": "가", "One": "하나"}}}}"#;

    fn files(path: &str) -> Option<String> {
        let text = match path {
            "index.json" => INDEX,
            "one/text.md" => "source `ls`{{exec}}",
            "one/text.ko.md" => "<!-- source: 00000000 -->\n번역 `ls`{{exec}}",
            "one/verify.sh" => "true\r\n",
            "one/solution.sh" => "ls",
            "one/hint.md" => "First.\n\nSecond:\n```\na\n\nb\n```\n",
            "one/missing.md" => "- it: It.",
            _ => return None,
        };
        Some(text.to_owned())
    }

    #[test]
    fn a_lesson_in_its_languages() {
        let lesson = load_now(&files, "en").unwrap();
        assert_eq!(lesson.problems, []);
        let step = &lesson.steps[0];
        assert_eq!((lesson.title.as_str(), step.title.as_str(), step.key.as_str()), ("A", "One", "one"));
        assert_eq!((step.text.plain().as_str(), step.translated), ("source ls\n", true));
        assert_eq!(step.verify.as_deref(), Some("true\n"));
        assert_eq!(step.hints.len(), 2);
        assert_eq!(step.missing.ids().collect::<Vec<_>>(), ["it"]);

        let lesson = load_now(&files, "ko").unwrap();
        let step = &lesson.steps[0];
        assert_eq!((lesson.title.as_str(), step.title.as_str()), ("가", "하나"));
        assert_eq!((step.text.plain().as_str(), step.translated), ("번역 ls\n", true));
        // What is not translated is shown in the source's language, and said.
        assert_eq!(step.hints.len(), 2);
        let problems: Vec<String> = lesson.problems.iter().map(ToString::to_string).collect();
        assert_eq!(problems, ["one/hint.ko.md: it cannot be read", "one/missing.ko.md: it cannot be read"]);

        // A language that nobody translated to is the source's, and no file is asked for in vain.
        let lesson = load_now(&files, "fr").unwrap();
        assert_eq!(lesson.problems, []);
        assert!(!lesson.steps[0].translated);
    }

    #[test]
    fn a_folder_without_an_index() {
        let problem = load_now(&|_| None, "en").unwrap_err();
        assert_eq!(problem.to_string(), "index.json: it cannot be read");
    }
}
