//! `-o custom-columns`. Models kubectl/pkg/cmd/get/customcolumn.go.

use serde_json::Value;

use super::tabwriter;
use crate::api::jsonpath::{JsonPath, relaxed};
use crate::kubectl::gofmt::verb_v;

/// Columns that the user has chosen.
pub struct Columns {
    columns: Vec<(String, JsonPath)>,
    headers: bool,
}

impl Columns {
    /// Reads `NAME:.metadata.name,…`.
    pub fn parse(spec: &str, headers: bool) -> Result<Columns, String> {
        if spec.is_empty() {
            return Err("custom-columns format specified but no custom columns given".to_owned());
        }
        let mut columns = Vec::new();
        for part in spec.split(',') {
            let Some((head, path)) = part.split_once(':') else {
                return Err(format!("unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>"));
            };
            columns.push((head.to_owned(), JsonPath::parse(&relaxed(path)?)?));
        }
        Ok(Columns { columns, headers })
    }

    /// Reads a file of two lines: titles, and paths below them.
    pub fn parse_file(text: &str, headers: bool) -> Result<Columns, String> {
        let mut lines = text.lines();
        let wrong = || "invalid format for custom columns file, expected two lines with header and path".to_owned();
        let heads: Vec<&str> = lines.next().ok_or_else(wrong)?.split_whitespace().collect();
        let paths: Vec<&str> = lines.next().ok_or_else(wrong)?.split_whitespace().collect();
        if heads.len() != paths.len() {
            return Err(format!(
                "number of headers ({}) and field specifications ({}) don't match",
                heads.len(),
                paths.len()
            ));
        }
        let columns =
            heads.iter().zip(paths).map(|(head, path)| Ok((head.to_string(), JsonPath::parse(&relaxed(path)?)?)));
        Ok(Columns { columns: columns.collect::<Result<_, String>>()?, headers })
    }

    /// The objects in columns.
    pub fn print(&self, objects: &[Value]) -> Result<String, String> {
        let mut text = String::new();
        if self.headers {
            text.push_str(&self.columns.iter().map(|(head, _)| head.as_str()).collect::<Vec<_>>().join("\t"));
            text.push('\n');
        }
        for object in objects {
            let mut cells = Vec::new();
            for (_, path) in &self.columns {
                let found: Vec<_> = path.find(object)?.into_iter().flatten().collect();
                let values: Vec<String> = found.iter().map(|found| verb_v(found.value())).collect();
                cells.push(if values.is_empty() { "<none>".to_owned() } else { values.join(",") });
            }
            text.push_str(&cells.join("\t"));
            text.push('\n');
        }
        Ok(tabwriter::align(&text, tabwriter::GET))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn prints_what_is_there() {
        let columns = Columns::parse("NAME:.metadata.name,X:.nosuch,I:.c[*].i", true).unwrap();
        let text = columns.print(&[json!({"metadata": {"name": "solo"}, "c": [{"i": 1}, {"i": 2}]})]).unwrap();
        assert_eq!(text, "NAME   X        I\nsolo   <none>   1,2\n");
        assert!(Columns::parse("NAME", true).is_err_and(|told| told.contains("expected <header>:<json-path-expr>")));
    }
}
