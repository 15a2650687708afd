//! `-o`: how objects are printed. Models cli-runtime/pkg/genericclioptions print_flags.go and
//! kubectl/pkg/cmd/get get_flags.go.

pub mod columns;
pub mod sort;
pub mod table;
pub mod tabwriter;

use serde_json::Value;

use super::fail::Fail;
use super::flags::{Parsed, quote};
use super::gofmt::{verb_sharp_v, verb_v};
use super::gotemplate::Template;
use super::{DryRun, Kubectl, yaml};
use crate::api::jsonpath::{JsonPath, text_of};
use crate::collections::Sort;
use columns::Columns;

/// How objects are printed.
pub enum Printer {
    /// Tables of the server's.
    Table {
        /// With the less important columns.
        wide: bool,
    },
    /// `-o json`
    Json,
    /// `-o yaml`
    Yaml,
    /// `-o kyaml`
    Kyaml,
    /// `-o name`
    Name,
    /// `-o jsonpath=…`
    JsonPath(String, JsonPath),
    /// `-o jsonpath-as-json=…`
    JsonPathAsJson(String, JsonPath),
    /// `-o go-template=…`
    Template(String, Template),
    /// `-o custom-columns=…`
    Columns(Columns),
}

/// The formats that every command with `-o` knows, in the order in which errors list them.
const FORMATS: &[&str] = &[
    "go-template",
    "go-template-file",
    "json",
    "jsonpath",
    "jsonpath-as-json",
    "jsonpath-file",
    "kyaml",
    "name",
    "template",
    "templatefile",
    "yaml",
];

/// The formats that `get` knows too.
const GET_FORMATS: &[&str] = &["custom-columns", "custom-columns-file", "wide"];

impl Printer {
    /// The printer that `-o` and `--template` ask for; `None` where they ask for none.
    pub async fn of(k: &Kubectl, get: bool) -> Result<Option<Printer>, Fail> {
        let flags = &k.flags;
        let (output, template) = (flags.text("output"), flags.text("template"));
        let (mut format, mut argument) = output.split_once('=').unwrap_or((output, ""));
        if format.is_empty() && !template.is_empty() {
            format = "go-template";
        }
        if format.is_empty() {
            return Ok(None);
        }
        if argument.is_empty() {
            argument = template;
        }
        let takes_argument = format.contains("template") || format.contains("jsonpath") || format.contains("columns");
        if !takes_argument && output.contains('=') {
            return Err(unknown_format(output, get));
        }
        let file_text;
        let (format, argument) = match format {
            "go-template-file" | "templatefile" | "jsonpath-file" | "custom-columns-file" => {
                let what = if format == "jsonpath-file" { "jsonpath" } else { "template" };
                if argument.is_empty() {
                    return Err(Fail::plain(if format == "custom-columns-file" {
                        "custom-columns format specified but no custom columns given".to_owned()
                    } else {
                        "template format specified but no template given".to_owned()
                    }));
                }
                file_text = k.read_file(argument).await.map_err(|error| {
                    let (verb, cause) = ("open", error.text().to_lowercase());
                    Fail::plain(
                        format!("error reading --template {argument}, {verb} {argument}: {cause}\n").trim().to_owned(),
                    )
                })?;
                if format == "custom-columns-file" {
                    let columns = Columns::parse_file(&file_text, !flags.is("no-headers")).map_err(Fail::Plain)?;
                    return Ok(Some(Printer::Columns(columns)));
                }
                (if what == "jsonpath" { "jsonpath" } else { "go-template" }, file_text.as_str())
            }
            other => (other, argument),
        };
        Ok(Some(match format {
            "wide" if get => Printer::Table { wide: true },
            "json" => Printer::Json,
            "yaml" => Printer::Yaml,
            "kyaml" => Printer::Kyaml,
            "name" => Printer::Name,
            "jsonpath" | "jsonpath-as-json" => {
                if argument.is_empty() {
                    return Err(Fail::plain("template format specified but no template given"));
                }
                let path = JsonPath::parse(argument)
                    .map_err(|error| Fail::plain(format!("error parsing jsonpath {argument}, {error}")))?;
                if format == "jsonpath" {
                    Printer::JsonPath(argument.to_owned(), path)
                } else {
                    Printer::JsonPathAsJson(argument.to_owned(), path)
                }
            }
            "go-template" | "template" => {
                if argument.is_empty() {
                    return Err(Fail::plain("template format specified but no template given"));
                }
                let template = Template::parse(argument)
                    .map_err(|error| Fail::plain(format!("error parsing template {argument}, {error}")))?;
                Printer::Template(argument.to_owned(), template)
            }
            "custom-columns" if get => {
                Printer::Columns(Columns::parse(argument, !flags.is("no-headers")).map_err(Fail::Plain)?)
            }
            _ => return Err(unknown_format(output, get)),
        }))
    }

    /// Whether whole objects are needed, not tables of the server's.
    pub fn needs_objects(&self) -> bool {
        !matches!(self, Printer::Table { .. })
    }

    /// One object (a list counts as one), as text.
    pub fn print(&self, object: &Value, flags: &Parsed) -> Result<String, Fail> {
        let shown;
        let structured = matches!(self, Printer::Json | Printer::Yaml | Printer::Kyaml);
        let object = if flags.is("show-managed-fields") || !structured {
            object
        } else {
            shown = without_managed_fields(object);
            &shown
        };
        match self {
            Printer::Table { .. } => Ok(String::new()),
            Printer::Json => Ok(json(object)),
            Printer::Yaml => Ok(yaml::emit(object)),
            Printer::Kyaml => Ok(yaml::kyaml(object)),
            Printer::Name => Ok(match object["items"].as_array() {
                Some(items) => items.iter().map(|item| name_line(item) + "\n").collect(),
                None => name_line(object) + "\n",
            }),
            Printer::JsonPath(source, path) => {
                path.print(object).map_err(|error| jsonpath_fail(source, &error, object))
            }
            Printer::JsonPathAsJson(source, path) => {
                let found = path.find(object).map_err(|error| jsonpath_fail(source, &error, object))?;
                let values: Vec<Value> = found.into_iter().flatten().map(|found| found.value().clone()).collect();
                Ok(json(&Value::Array(values)))
            }
            Printer::Template(source, template) => {
                let printed = template.execute(object);
                match printed.error {
                    None => Ok(printed.text),
                    Some(error) => Err(template_fail(source, &error, object)),
                }
            }
            Printer::Columns(columns) => {
                let items = object["items"].as_array().cloned().unwrap_or_else(|| vec![object.clone()]);
                columns.print(&items).map_err(Fail::Plain)
            }
        }
    }
}

fn unknown_format(output: &str, get: bool) -> Fail {
    let mut known: Vec<&str> = FORMATS.to_vec();
    if get {
        known.extend(GET_FORMATS);
        known.arrange();
    }
    unknown_output(output, &known)
}

/// The refusal of a format, with those that would do.
pub fn unknown_output(output: &str, known: &[&str]) -> Fail {
    Fail::plain(format!(
        "unable to match a printer suitable for the output format {}, allowed formats are: {}",
        quote(output),
        known.join(",")
    ))
}

/// JSON with four blanks a level, as kubectl writes it.
pub fn json(value: &Value) -> String {
    let mut out = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, formatter);
    // A Value always serialises, and memory takes every write.
    let _ = serde::Serialize::serialize(value, &mut serializer);
    String::from_utf8(out).unwrap_or_default() + "\n"
}

/// `deployment.apps/web`.
pub fn name_line(object: &Value) -> String {
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    format!("{}/{name}", kind_name(object))
}

/// `deployment.apps`, `pod`: kind and group in small letters.
pub fn kind_name(object: &Value) -> String {
    let kind = object["kind"].as_str().unwrap_or_default().to_lowercase();
    match object["apiVersion"].as_str().unwrap_or_default().split_once('/') {
        Some((group, _)) => format!("{kind}.{group}"),
        None => kind,
    }
}

/// The object, or the items of a list, without `managedFields`.
pub fn without_managed_fields(object: &Value) -> Value {
    let mut object = object.clone();
    let strip = |object: &mut Value| {
        if let Some(metadata) = object["metadata"].as_object_mut() {
            metadata.remove("managedFields");
        }
    };
    if object["metadata"].is_object() {
        strip(&mut object);
    }
    if let Some(items) = object.get_mut("items").and_then(Value::as_array_mut) {
        items.iter_mut().filter(|item| item["metadata"].is_object()).for_each(strip);
    }
    object
}

fn jsonpath_fail(source: &str, error: &str, object: &Value) -> Fail {
    Fail::Plain(format!(
        "error executing jsonpath {}: Error executing template: {error}. Printing more information for debugging the template:\n\
         \ttemplate was:\n\t\t{source}\n\tobject given to jsonpath engine was:\n\t\t{}\n\n\n",
        quote(source),
        verb_sharp_v(object)
    ))
}

/// kubectl prints the details on standard output, and the error once more by itself.
fn template_fail(source: &str, error: &str, object: &Value) -> Fail {
    Fail::Told {
        stdout: format!(
            "Error executing template: {error}. Printing more information for debugging the template:\n\
             \ttemplate was:\n\t\t{source}\n\traw data was:\n\t\t{object}\n\tobject given to template engine was:\n\t\t{}\n\n",
            verb_v(object)
        ),
        fail: Box::new(Fail::plain(format!("error executing template {}: {error}", quote(source)))),
    }
}

/// Tells what was done to an object, or prints the object where `-o` asks for that. Models
/// genericclioptions.PrintFlags with a name printer.
pub async fn report(k: &Kubectl, object: &Value, operation: &str, dry_run: DryRun) -> Result<(), Fail> {
    let text = match Printer::of(k, false).await? {
        Some(printer) => printer.print(object, &k.flags)?,
        None => format!("{} {operation}{}\n", name_line(object), dry_run.note()),
    };
    k.out(&text).await;
    Ok(())
}

/// What a path finds in an object, as text, for `wait` and `sort`.
pub fn jsonpath_texts(path: &JsonPath, object: &Value) -> Vec<String> {
    let found = path.find(object).unwrap_or_default();
    found.into_iter().flatten().map(|found| text_of(found.value())).collect()
}
