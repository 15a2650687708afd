//! Go's text/template, as `-o go-template` uses it.
//!
//! Models text/template with kubectl's functions `exists` and `base64decode`. As there, all
//! numbers of the data are floats, missing keys print `<no value>`.
//! Diverges: no methods, no channels, no custom delimiters; steps and nesting are limited.

mod exec;
mod funcs;
mod lex;
mod parse;

use serde_json::Value;

pub use exec::Printed;

/// A template, read.
#[derive(Clone, Debug)]
pub struct Template {
    source: String,
    parsed: parse::Parsed,
}

impl Template {
    /// Reads a template. The error is Go's: `template: output:1: unclosed action`.
    pub fn parse(source: &str) -> Result<Template, String> {
        Ok(Template { source: source.to_owned(), parsed: parse::parse(source)? })
    }

    /// Fills it in. What was printed before an error is kept, as Go has written it by then.
    pub fn execute(&self, data: &Value) -> Printed {
        exec::execute(&self.parsed, &self.source, data)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn data() -> Value {
        json!({"items": [
            {"metadata": {"name": "a", "labels": {"app": "x"}}, "spec": {"replicas": 4, "ports": [{"nodePort": 32558}]}},
            {"metadata": {"name": "b"}, "spec": {"replicas": 0}},
        ], "secret": "aGk="})
    }

    #[test]
    fn templates() {
        for (template, text) in [
            ("{{range .items}}{{.metadata.name}}{{\"\\n\"}}{{end}}", "a\nb\n"),
            ("{{(index .items 0).metadata.name}}", "a"),
            ("{{(index (index .items 0).spec.ports 0).nodePort}}", "32558"),
            ("{{len .items}}", "2"),
            ("{{range $i, $p := .items}}{{$i}}={{$p.metadata.name}} {{end}}", "0=a 1=b "),
            ("{{range .items}}{{if .spec.replicas}}{{.spec.replicas}}{{else}}none{{end}} {{end}}", "4 none "),
            ("{{.nosuch}} {{.nosuch.deeper}}", "<no value> <no value>"),
            ("{{range .nosuch}}x{{else}}empty{{end}}", "empty"),
            ("{{with (index .items 0)}}{{.metadata.labels}}{{end}}", "map[app:x]"),
            ("{{printf \"%s-%v-%q|%-5s|%5s|%d%%\" \"a\" 1 \"q\" \"l\" \"r\" 7}}", "a-1-\"q\"|l    |    r|7%"),
            ("{{ .secret | base64decode }}", "hi"),
            ("a {{- \" b \" -}} c", "a b c"),
            ("{{$x := 1}}{{if eq $x 1 2}}yes{{end}}{{if and (lt 1 2) (not false)}}!{{end}}", "yes!"),
            ("{{/* note */}}{{define \"t\"}}[{{.}}]{{end}}{{template \"t\" .secret}}", "[aGk=]"),
            ("{{range $k, $v := (index .items 0).metadata}}{{$k}} {{end}}", "labels name "),
            ("{{range .items}}{{if eq .metadata.name \"b\"}}{{break}}{{end}}{{.metadata.name}}{{end}}", "a"),
            ("{{exists . \"items\"}} {{exists . \"x\" \"y\"}}", "true false"),
            ("{{$n := \"\"}}{{range .items}}{{$n = .metadata.name}}{{end}}{{$n}}", "b"),
        ] {
            let printed = Template::parse(template).map(|read| read.execute(&data()));
            assert_eq!(printed.map(|printed| (printed.text, printed.error)), Ok((text.to_owned(), None)), "{template}");
        }
    }

    #[test]
    fn complaints() {
        for (template, told) in [
            ("{{.foo", "template: output:1: unclosed action"),
            ("{{range .x}}", "template: output:1: unexpected EOF"),
            ("{{nosuch 1}}", "template: output:1: function \"nosuch\" not defined"),
            ("{{end}}", "template: output:1: unexpected {{end}}"),
            ("{{$x}}", "template: output:1: undefined variable \"$x\""),
        ] {
            assert_eq!(Template::parse(template).unwrap_err(), told, "{template}");
        }
        let printed = Template::parse("{{(index .spec.ports0).nodePort}}").unwrap().execute(&json!({"spec": {}}));
        assert_eq!(
            printed.error.as_deref(),
            Some(
                "template: output:1:3: executing \"output\" at <index .spec.ports0>: error calling index: index of untyped nil"
            )
        );
    }

    #[test]
    fn endless_recursion_ends() {
        let printed = Template::parse("{{define \"t\"}}{{template \"t\"}}{{end}}{{template \"t\"}}").unwrap();
        assert!(printed.execute(&json!({})).error.is_some());
        assert!(Template::parse(&"{{(".repeat(3000)).is_err());
        assert!(Template::parse(&format!("{{{{{}", "(".repeat(9000))).is_err());
    }
}
