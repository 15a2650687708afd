//! A course: a folder whose `structure.json` lists scenarios and further folders.

use super::fields::{self, Fields};
use super::load::now;
use super::problem::Problem;
use super::scenario::Scenario;
use super::translation::SOURCE_LANGUAGE;

/// How deep folders may nest.
const MAX_DEPTH: usize = 4;

/// A folder of scenarios.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Course {
    /// Its title; the outermost has none.
    pub title: String,
    /// What it holds, in order.
    pub entries: Vec<Entry>,
}

/// One thing in a course.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// A scenario.
    Scenario(Summary),
    /// A course inside.
    Course(Course),
}

/// What a list of lessons shows of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// Its folder, relative to the course's.
    pub path: String,
    /// Its title.
    pub title: String,
    /// A sentence or two.
    pub description: Option<String>,
    /// How long it takes, in the author's words.
    pub time: Option<String>,
    /// How many steps it has.
    pub steps: usize,
}

/// Loads a course and what its lists show, in `language` as far as it is translated.
///
/// `read` gives a file's text by its path in the course's folder. What cannot be read is left out and told.
pub async fn load_course<R: AsyncFn(&str) -> Option<String>>(read: &R, language: &str) -> (Course, Vec<Problem>) {
    let mut problems = Vec::new();
    let course = folder(read, language, "", MAX_DEPTH, &mut problems).await.unwrap_or_default();
    (course, problems)
}

/// The same where reading a file takes no waiting, in the source's language.
pub(super) fn load_course_now(read: &dyn Fn(&str) -> Option<String>) -> (Course, Vec<Problem>) {
    let read = async |path: &str| read(path);
    now(load_course(&read, SOURCE_LANGUAGE)).unwrap_or_default()
}

/// One folder with a `structure.json`; nothing if there is none.
async fn folder<R: AsyncFn(&str) -> Option<String>>(
    read: &R,
    language: &str,
    path: &str,
    depth: usize,
    problems: &mut Vec<Problem>,
) -> Option<Course> {
    let file = join(path, "structure.json");
    let Some(text) = read(&file).await else {
        problems.push(Problem::new(file, "it cannot be read"));
        return None;
    };
    let items = match items(&file, &text, language, problems) {
        Ok(items) => items,
        Err(problem) => {
            problems.push(problem);
            return None;
        }
    };
    let mut entries = Vec::new();
    for (folder_path, title) in items {
        if let Some(text) = read(&join(&folder_path, "index.json")).await {
            match Scenario::parse(&text) {
                Ok((scenario, _)) => entries.push(Entry::Scenario(summary(scenario, &folder_path, title, language))),
                Err(problem) => problems.push(Problem::new(join(&folder_path, &problem.file), problem.message)),
            }
        } else if depth == 0 {
            problems.push(Problem::new(file.as_str(), format!("folders nest too deep at {folder_path}")));
        } else if let Some(mut course) = Box::pin(folder(read, language, &folder_path, depth - 1, problems)).await {
            course.title = title.unwrap_or(folder_path);
            entries.push(Entry::Course(course));
        }
    }
    Some(Course { title: String::new(), entries })
}

/// The folders that a `structure.json` lists, and what it calls them in a language.
fn items(
    file: &str,
    text: &str,
    language: &str,
    problems: &mut Vec<Problem>,
) -> Result<Vec<(String, Option<String>)>, Problem> {
    let object = fields::object(file, text)?;
    let mut root = Fields { file, place: String::new(), object: &object, problems };
    let mut items = Vec::new();
    root.each("items", |mut item| {
        if let Some(path) = item.path("path") {
            items.push((path, item.text("title")));
        } else {
            item.note("path", "an item needs the path of a folder");
        }
    });
    if let Some(mut drydock) = root.inside("drydock")
        && let Some(mut translations) = drydock.inside("translations")
        && let Some(mut table) = translations.inside(language)
    {
        for title in items.iter_mut().filter_map(|(_, title)| title.as_mut()) {
            if let Some(translated) = table.text(title) {
                *title = translated;
            }
        }
    }
    Ok(items)
}

fn summary(scenario: Scenario, path: &str, title: Option<String>, language: &str) -> Summary {
    let translated = |source: &str| scenario.translation(source, language).unwrap_or(source).to_owned();
    Summary {
        path: path.to_owned(),
        title: title.unwrap_or_else(|| translated(&scenario.title)),
        description: scenario.description.as_deref().map(translated),
        time: scenario.time.as_deref().map(translated),
        steps: scenario.steps.len(),
    }
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(files: &[(&str, &str)], language: &str) -> (Course, Vec<String>) {
        let read = async |path: &str| files.iter().find(|(name, _)| *name == path).map(|(_, text)| (*text).to_owned());
        let (course, problems) = now(load_course(&read, language)).unwrap();
        (course, problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn folders_nest() {
        let files = [
            (
                "structure.json",
                r#"{"items": [{"path": "basics", "title": "Basics"}, {"path": "gone"}, {"path": "../out"}],
                    "drydock": {"translations": {"ko": {"Basics": "기초"}}}}"#,
            ),
            ("basics/structure.json", r#"{"items": [{"path": "scale"}]}"#),
            (
                "basics/scale/index.json",
                r#"{"title": "Scale", "details": {"steps": [{"text": "a.md"}]}, "drydock": {"translations": {"ko": {"Scale": "확장"}}}}"#,
            ),
        ];
        let (course, problems) = load(&files, "ko");
        let scale = Summary {
            path: "basics/scale".to_owned(),
            title: "확장".to_owned(),
            description: None,
            time: None,
            steps: 1,
        };
        let basics = Course { title: "기초".to_owned(), entries: vec![Entry::Scenario(scale)] };
        assert_eq!(course, Course { title: String::new(), entries: vec![Entry::Course(basics)] });
        assert_eq!(
            problems,
            [
                "structure.json: items[2].path: ../out is not a path inside the folder",
                "structure.json: items[2].path: an item needs the path of a folder",
                "gone/structure.json: it cannot be read",
            ]
        );
    }

    #[test]
    fn a_course_that_holds_itself_ends() {
        let read_self = r#"{"items": [{"path": "."}, {"path": "a"}]}"#;
        let files: Vec<(String, &str)> =
            (0..9).map(|depth| ("a/".repeat(depth) + "structure.json", read_self)).collect();
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
        let (_, problems) = load(&files, "en");
        assert!(problems.iter().any(|problem| problem.contains("nest too deep")), "{problems:?}");
    }
}
