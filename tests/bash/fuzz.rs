//! Whatever is typed or run: no panic, no hang, bounded time.

use drydock::machine::{Size, SpawnSpec, Tty};
use drydock::sim::Duration;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::{machine, simulated};

/// Pieces of shell that are likely to be put together into something strange.
const PIECES: &[&str] = &[
    "echo ",
    "$(",
    ")",
    "`",
    "\"",
    "\'",
    "${x:-",
    "}",
    "$((",
    "))",
    "((",
    "[[ ",
    " ]]",
    "if ",
    "then ",
    "fi",
    "; ",
    "\n",
    "do ",
    "done",
    "while ",
    "for i in ",
    "case ",
    "esac",
    " in ",
    ";;",
    "|",
    "&",
    "&&",
    "||",
    "<<EOF\n",
    "EOF\n",
    "<",
    ">",
    ">>f",
    "{",
    "}",
    "a",
    "*",
    "[a-",
    "x=1 ",
    "f() ",
    "!",
    "$",
    "@",
    "#",
    "\\",
    "=(",
    "((((((",
    "{1..9}",
    "true",
    "sed s/a/b/ ",
    "awk '",
    "awk {print$1} ",
    "grep -E \'(a|\' ",
    "\u{ac00}",
    "[",
    "x[",
    "trap ",
    "wait",
    "$((x",
    "kill $$",
    "exec ",
    "yes",
    "read y",
    "printf %99999d ",
    "local ",
    "declare -A ",
    "set -e;",
];

/// Pieces of jq programs.
const JQ: &[&str] = &[
    ".",
    ".a",
    "[",
    "]",
    "{",
    "}",
    "(",
    ")",
    "|",
    ",",
    "//",
    "?",
    " as $x ",
    "$x",
    " reduce ",
    " foreach ",
    "if ",
    " then ",
    " else ",
    " end",
    "try ",
    " catch ",
    "label $f |",
    "break $f",
    "def f: ",
    "def g(h; $y): ",
    "f",
    "g(f; 1)",
    ";",
    ":",
    "1",
    "\"a\"",
    "\"\\(",
    "\"",
    "+",
    "-",
    "*",
    "/",
    "%",
    "=",
    "|=",
    "+=",
    "//=",
    "==",
    "<",
    "and ",
    "or ",
    "..",
    "[]",
    "recurse",
    "path(",
    "limit(3;",
    "repeat(",
    "range(1e9)",
    "input",
    "tojson",
    "fromjson",
    "test(\"(a*)*b\")",
    "@csv",
    "@base64d",
    "sort_by(",
    "getpath([\"a\",0])",
    "del(",
    "1e1000",
    "?// [$x]",
    "$__loc__",
    "implode",
    "strptime(\"%Y\")",
    "gmtime",
    "todate",
    "splits(\"\")",
    "ltrimstr(1)",
    "-1e300",
    "nan",
    "flatten",
    "walk(",
    "#",
];

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        rng_seed: RngSeed::Fixed(0),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_script_ends_or_waits(pieces in proptest::collection::vec(0..PIECES.len(), 1..25)) {
        let script: String = pieces.iter().map(|&at| PIECES[at]).collect();
        super::within(&script, 20);
    }

    #[test]
    fn any_bytes_are_a_script(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        super::within(&String::from_utf8_lossy(&bytes), 5);
    }

    #[test]
    fn any_jq_program_ends_or_goes_on(pieces in proptest::collection::vec(0..JQ.len(), 1..25), input in "\\PC{0,40}") {
        let program: String = pieces.iter().map(|&at| JQ[at]).collect();
        let quoted = |text: &str| text.replace('\'', "'\\''");
        super::within(&format!("printf '%s' '{}' | jq '{}'; jq -n '{}'", quoted(&input), quoted(&program), quoted(&program)), 5);
    }

    #[test]
    fn any_bytes_are_a_jq_program(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
        let text = String::from_utf8_lossy(&bytes).replace(['\'', '\0'], "");
        super::within(&format!("echo '{text}' | jq '{text}'; echo '[1,{{\"a\":2}}]' | jq '{text}'"), 5);
    }

    #[test]
    fn any_keys_are_taken(bytes in proptest::collection::vec(any::<u8>(), 0..300), cols in 1u16..100) {
        let machine = machine();
        let tty = Tty::new(Size { cols, rows: 24 });
        machine.run(SpawnSpec::new(["bash"]), Some(tty.clone())).unwrap();
        tty.input(&bytes);
        machine.sim().advance_to(machine.sim().now() + Duration::from_secs(5));
    }
}

#[test]
fn nothing_nests_too_deep() {
    for script in [
        "( ".repeat(5000),
        "{ ".repeat(5000),
        "$(".repeat(5000),
        "${x:-".repeat(5000),
        "$((".repeat(5000),
        "\"$(".repeat(3000),
        format!("{}echo{}", "( ".repeat(50), " )".repeat(50)),
        format!("{}1{}", "$((".repeat(40), "))".repeat(40)),
        format!("echo $(({}1{}))", "(".repeat(5000), ")".repeat(5000)),
        format!("{}true", "! ".repeat(20000)),
        format!("{}true", "true && ".repeat(5000)),
        "if true; then ".repeat(3000),
        format!("[[ {} x ]]", "! ".repeat(5000)),
        "f() { f; }; f".to_owned(),
        "f() { eval f; }; f".to_owned(),
        "f() { (f); }; f".to_owned(),
        "x='x+1'; echo $((x))".to_owned(),
        "eval() { builtin eval \"$@\"; }; e='eval \"$e\"'; builtin eval \"$e\"".to_owned(),
        "x=a; while :; do x=$x$x; done".to_owned(),
        "x=$(yes)".to_owned(),
        ":(){ :|:& };:".to_owned(),
        "echo {1..9999999}{1..9999999}".to_owned(),
        "while :; do echo x >> f; done".to_owned(),
        "jq -n '[recurse(1)]'".to_owned(),
        "jq -n 'def f: f; f'".to_owned(),
        "jq -n 'def f: f + 1; f'".to_owned(),
        "jq -n 'def f(g): f(g | g); f(.)'".to_owned(),
        "jq -n '[limit(1000000; repeat([.]))]'".to_owned(),
        "jq -n 'reduce range(100000) as $i (0; [.])'".to_owned(),
        "jq -n '\"a\" | until(false; . + .)'".to_owned(),
        "jq -n '[range(1e12)]'".to_owned(),
        "jq -n 'repeat(1)'".to_owned(),
        "jq -n '[1e9 as $n | .[$n] = 1]'".to_owned(),
        "jq -n '\"a\" * 1e15'".to_owned(),
        "jq -n 'last(range(1e12))'".to_owned(),
        "jq -n '(\"a\" * 5000) | test(\"(a*)*b\")'".to_owned(),
        "yes '[' | jq .".to_owned(),
        "yes 1 | jq -n '[inputs]'".to_owned(),
        format!("jq -n '{}1{}'", "(".repeat(5000), ")".repeat(5000)),
        format!("jq -n '{}1'", "-".repeat(5000)),
        format!("jq -n '{}1'", "try ".repeat(5000)),
        format!("jq -n '{}1'", "{a:".repeat(5000)),
        format!("jq -n '{}'", "if 1 then 2 elif ".repeat(5000)),
        format!("jq -n '{}1'", "reduce ".repeat(5000)),
        format!("jq -n '{}1'", "def f: 1; ".repeat(5000)),
        format!("jq -n '{}1'", "1 as $x | ".repeat(5000)),
        format!("jq -n '. as {}$x'", "[".repeat(5000)),
        format!("jq -n '1{}'", " | 1".repeat(5000)),
        format!("jq -n '1{}'", " // 1".repeat(5000)),
        format!("jq -n '.{}'", "[0]".repeat(5000)),
        format!("echo '{}' | jq .", "[".repeat(50000)),
        "awk 'BEGIN { while (1); }'".to_owned(),
        "awk 'BEGIN { x = \"a\"; while (1) x = x x }'".to_owned(),
        "awk 'BEGIN { while (1) a[n++] }'".to_owned(),
        "awk 'function f(x) { return f(x) + 1 } BEGIN { f(1) }'".to_owned(),
        format!("awk 'BEGIN {{ print {}1{} }}'", "(".repeat(5000), ")".repeat(5000)),
        format!("awk 'BEGIN {{ print {}1 }}'", "-".repeat(5000)),
        format!("awk 'BEGIN {{ print {}1 }}'", "$".repeat(5000)),
        format!("awk 'BEGIN {{ print {}1 }}'", "!1 ^ ".repeat(5000)),
        format!("awk 'BEGIN {}'", "{".repeat(5000)),
        format!("awk 'BEGIN {{ {} }}'", "if (1) ".repeat(5000)),
        format!("awk 'BEGIN {{ x = {}1 }}'", "1 + ".repeat(5000)),
        format!("awk 'BEGIN {{ {}1 }}'", "x = ".repeat(5000)),
        format!("awk 'BEGIN {{ {}1 }}'", "x ? y : ".repeat(5000)),
    ] {
        super::within(&script, 3);
    }
    assert_eq!(simulated("trap 'echo t; exit 4' INT; kill -INT $$; echo no").status, Some(4));
}
