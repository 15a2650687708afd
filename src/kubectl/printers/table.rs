//! Tables as the API server makes them, printed as `kubectl get` prints them.
//!
//! Models cli-runtime/pkg/printers/tableprinter.go.

use serde_json::Value;

/// What is shown beside the server's columns.
#[derive(Clone, Debug, Default)]
pub struct TableOptions {
    /// No line of titles.
    pub no_headers: bool,
    /// The columns that the server holds less important too.
    pub wide: bool,
    /// A first column with the namespace.
    pub with_namespace: bool,
    /// The kind before each name: `pod/`, `deployment.apps/`.
    pub kind_prefix: Option<String>,
    /// Whether all labels are a last column.
    pub show_labels: bool,
    /// Labels that are columns of their own.
    pub label_columns: Vec<String>,
    /// A first column with the kind of watch event.
    pub event: Option<String>,
}

/// The table's lines with tabs between cells. `titles` says whether to begin with them.
pub fn lines(table: &Value, options: &TableOptions, titles: bool) -> String {
    let columns: Vec<&Value> = table["columnDefinitions"].as_array().into_iter().flatten().collect();
    let shown = |column: &Value| options.wide || column["priority"].as_i64().unwrap_or(0) == 0;
    let mut out = String::new();
    if titles && !options.no_headers {
        let mut heads: Vec<String> = Vec::new();
        heads.extend(options.event.as_ref().map(|_| "EVENT".to_owned()));
        heads.extend(options.with_namespace.then(|| "NAMESPACE".to_owned()));
        heads.extend(columns.iter().filter(|column| shown(column)).map(|column| text(&column["name"]).to_uppercase()));
        heads
            .extend(options.label_columns.iter().map(|label| label.rsplit('/').next().unwrap_or(label).to_uppercase()));
        heads.extend(options.show_labels.then(|| "LABELS".to_owned()));
        out.push_str(&heads.join("\t"));
        out.push('\n');
    }
    for row in table["rows"].as_array().into_iter().flatten() {
        let metadata = &row["object"]["metadata"];
        let mut cells: Vec<String> = Vec::new();
        cells.extend(options.event.clone());
        cells.extend(options.with_namespace.then(|| text(&metadata["namespace"])));
        for (column, cell) in columns.iter().zip(row["cells"].as_array().into_iter().flatten()) {
            if !shown(column) {
                continue;
            }
            let is_name = column["name"] == "Name" && column["format"] == "name";
            let prefix = options.kind_prefix.as_deref().filter(|_| is_name);
            let value = first_line(&text(cell));
            cells.push(prefix.map_or_else(|| value.clone(), |kind| format!("{kind}/{value}")));
        }
        let labels = &metadata["labels"];
        cells.extend(options.label_columns.iter().map(|label| match labels[label].as_str() {
            Some("") | None => "".to_owned(),
            Some(value) => value.to_owned(),
        }));
        cells.extend(options.show_labels.then(|| label_text(labels, "<none>")));
        out.push_str(&cells.join("\t"));
        out.push('\n');
    }
    out
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Only the first line of a cell is shown, and what would disturb a terminal is not.
fn first_line(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c == '\x1b' { "^[".to_owned() } else { c.to_string() }).collect();
    match clean.find(['\n', '\r', '\x0c']) {
        Some(at) => format!("{}...", &clean[..at]),
        None => clean,
    }
}

/// `a=b,c=d`, or the word for none.
pub fn label_text(labels: &Value, none: &str) -> String {
    let pairs: Vec<String> = labels
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    if pairs.is_empty() { none.to_owned() } else { pairs.join(",") }
}
