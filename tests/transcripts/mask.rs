//! What no two clusters share: ages, times, uids, addresses, node ports, which worker, random
//! name suffixes, resource versions, column padding.

use std::sync::LazyLock;

use regex_lite::Regex;

/// The letters of generated names.
const RAND: &str = "[bcdfghjklmnpqrstvwxz2456789]";

static MASKS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let masks = [
        ("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UID"),
        (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", "TIME"),
        (r"\b[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}", "TIME"),
        (r"\b[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \w+ \d{4}", "TIME"),
        ("sha256:[0-9a-f]{12,64}", "SHA"),
        (r"/tmp/kubectl-edit-\d+\.yaml", "EDITFILE"),
        ("containerd://[0-9a-f]{12,64}", "containerd://ID"),
        (r"\bkube-api-access-RAND{5}\b", "kube-api-access-RAND"),
        (r#"(resourceVersion"?:\s*)"?\d+"?"#, "${1}RV"),
        (r"\.[0-9a-f]{16}\b", ".EVENT"),
        (r"\bnode0[12]\b", "NODE"),
        (r"\b172\.30\.[23]\.2\b", "NODEIP"),
        (r"(pod-template-hash[=:]\s?)RAND{6,10}", "${1}HASH"),
        (r"(controller-revision-hash[=:]\s?[\w-]*?)-?[0-9a-z]{6,10}\b", "${1}HASH"),
        (r"-RAND{7,10}-RAND{5}\b", "-HASH-RAND"),
        (r"-RAND{8,10}\b", "-HASH"),
        (r"-RAND{5}\b", "-RAND"),
        (r"\b10\.(9[6-9]|1[01]\d)\.\d+\.\d+\b", "CLUSTERIP"),
        (r"\b(192\.168|10\.244)\.\d+\.\d+\b", "PODIP"),
        (r"\b3(0|1|2)\d{3}\b", "NODEPORT"),
        (r"\(x\d+ over [^)]*\)", ""),
        (r"\b\d+(\.\d+)?(s|ms|us|µs)\b", "AGE"),
        (r"\b\d+[hd](\d+[mh])?\b|\b\d+m\d+(\.\d+)?s\b", "AGE"),
        ("<invalid>|<unknown>", "AGE"),
    ];
    let compile = |pattern: &str| Regex::new(&pattern.replace("RAND", RAND)).unwrap();
    masks.into_iter().map(|(pattern, with)| (compile(pattern), with)).collect()
});

static MINUTES: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b\d+m\b").unwrap());
static GAPS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r" {2,}|\t+").unwrap());
static RULES: LazyLock<Regex> = LazyLock::new(|| Regex::new("-{3,}").unwrap());

/// The line with all of that masked.
pub fn mask(line: &str) -> String {
    let mut line = line.to_owned();
    for (pattern, with) in MASKS.iter() {
        line = pattern.replace_all(&line, *with).into_owned();
    }
    // `500m` is an age, unless the line is about CPU.
    if !line.to_lowercase().contains("cpu") {
        line = MINUTES.replace_all(&line, "AGE").into_owned();
    }
    let body = line.trim_end().trim_start_matches(' ');
    let indent = &line[..line.trim_end().len() - body.len()];
    let body = GAPS.replace_all(body, "  ");
    format!("{indent}{}", RULES.replace_all(&body, "---"))
}

#[test]
fn masks_only_what_differs_between_clusters() {
    let pod = "web-5bc7474869-jrnm6   1/1     Running   0          3s";
    assert_eq!(mask(pod), mask("web-66d5c96cb-fqw49  1/1  Running  0   2m5s"));
    let service = "kubernetes   NodePort   10.96.0.1   <none>   8080:30123/TCP   9s";
    assert_eq!(mask(service), "kubernetes  NodePort  CLUSTERIP  <none>  8080:NODEPORT/TCP  AGE");
    assert_ne!(mask("web  2/4"), mask("web  4/4"));
}
