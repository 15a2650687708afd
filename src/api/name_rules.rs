//! What names, label keys and label values may look like, in the API server's words.
//!
//! Models apimachinery/pkg/util/validation/validation.go. Each rule gives the faults found,
//! none where the text is fine.

const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must \
    start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or \
    '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_1035: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an \
    alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for \
    validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', \
    and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used \
    for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const QUALIFIED: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
    alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
    '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const CONFIG_KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. \
    'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const WILDCARD: &str = "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which \
    must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. \
    '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

fn too_long(text: &str, limit: usize) -> Option<String> {
    (text.len() > limit).then(|| format!("must be no more than {limit} bytes"))
}

fn faults(text: &str, limit: usize, fine: bool, rule: &str) -> Vec<String> {
    too_long(text, limit).into_iter().chain((!fine).then(|| rule.to_owned())).collect()
}

fn lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

fn is_label(text: &str) -> bool {
    let bytes = text.as_bytes();
    matches!((bytes.first(), bytes.last()), (Some(&first), Some(&last)) if lower(first) && lower(last))
        && bytes.iter().all(|&byte| lower(byte) || byte == b'-')
}

fn is_subdomain(text: &str) -> bool {
    text.split('.').all(is_label)
}

fn is_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    let inner = |&byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    matches!((bytes.first(), bytes.last()), (Some(first), Some(last)) if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric())
        && bytes.iter().all(inner)
}

/// Names of Namespaces, Services, containers, ports' hosts: an RFC 1123 label.
pub fn label_faults(text: &str) -> Vec<String> {
    faults(text, 63, is_label(text), LABEL)
}

/// Names of most objects: an RFC 1123 subdomain.
pub fn subdomain_faults(text: &str) -> Vec<String> {
    faults(text, 253, is_subdomain(text), SUBDOMAIN)
}

/// An RFC 1035 label.
pub fn label_1035_faults(text: &str) -> Vec<String> {
    let fine = is_label(text) && text.starts_with(|first: char| first.is_ascii_lowercase());
    faults(text, 63, fine, LABEL_1035)
}

/// `*.example.com`.
pub fn wildcard_faults(text: &str) -> Vec<String> {
    faults(text, 253, text.strip_prefix("*.").is_some_and(is_subdomain), WILDCARD)
}

/// A label's value.
pub fn label_value_faults(text: &str) -> Vec<String> {
    faults(text, 63, text.is_empty() || is_name(text), VALUE)
}

/// A key of a ConfigMap or Secret.
pub fn config_key_faults(text: &str) -> Vec<String> {
    let fine =
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    let mut found = faults(text, 253, fine, CONFIG_KEY);
    match text {
        "." => found.push("must not be '.'".to_owned()),
        ".." => found.push("must not be '..'".to_owned()),
        _ if text.starts_with("..") => found.push("must not start with '..'".to_owned()),
        _ => {}
    }
    found
}

/// A label's or annotation's key, `[prefix/]name`.
pub fn qualified_name_faults(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let name = match text.split_once('/') {
        None => text,
        Some((_, rest)) if rest.contains('/') => {
            found.push(format!(
                "a qualified name {QUALIFIED} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            ));
            return found;
        }
        Some((prefix, name)) => {
            if prefix.is_empty() {
                found.push("prefix part must be non-empty".to_owned());
            } else {
                found.extend(subdomain_faults(prefix).into_iter().map(|fault| format!("prefix part {fault}")));
            }
            name
        }
    };
    if name.is_empty() {
        found.push("name part must be non-empty".to_owned());
    }
    found.extend(too_long(name, 63).map(|fault| format!("name part {fault}")));
    if !is_name(name) {
        found.push(format!("name part {QUALIFIED}"));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    type Rule = fn(&str) -> Vec<String>;

    #[test]
    fn what_is_fine() {
        let cases: [(Rule, &str, bool); 20] = [
            (label_faults, "web-1", true),
            (label_faults, "1web", true),
            (label_faults, "web.a", false),
            (label_faults, "-web", false),
            (label_faults, "", false),
            (subdomain_faults, "web.example", true),
            (subdomain_faults, "web..example", false),
            (subdomain_faults, "Web", false),
            (label_1035_faults, "1web", false),
            (label_1035_faults, "w", true),
            (label_value_faults, "", true),
            (label_value_faults, "A_b.c", true),
            (label_value_faults, "bad value", false),
            (qualified_name_faults, "app.kubernetes.io/name", true),
            (qualified_name_faults, "a/b/c", false),
            (qualified_name_faults, "/x", false),
            (qualified_name_faults, "bad key", false),
            (config_key_faults, "..data", false),
            (config_key_faults, "a.conf", true),
            (wildcard_faults, "*.foo.com", true),
        ];
        for (rule, text, fine) in cases {
            assert_eq!(rule(text).is_empty(), fine, "{text}");
        }
        assert_eq!(label_faults(&"x".repeat(64)), ["must be no more than 63 bytes"]);
    }
}
