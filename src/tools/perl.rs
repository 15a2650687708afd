//! `perl`, as far as one-line Jobs go: `perl -Mbignum=bpi -wle 'print bpi(2000)'`.
//!
//! Of the language there are statements `print`, `sleep` and `exit`, with a number, a quoted text or
//! `bpi(digits)`. Everything else is refused.

use crate::machine::Process;
use crate::sim::Duration;

/// More digits take too long in a browser, too.
const MOST_DIGITS: usize = 5000;

/// perl [-Mbignum=bpi] [-wl] -e SCRIPT
pub async fn run(process: Process) -> i32 {
    let args = process.args();
    let (mut line_end, mut script) = ("", None);
    let mut words = args.iter().skip(1);
    while let Some(word) = words.next() {
        let Some(letters) = word.strip_prefix('-').filter(|_| !word.starts_with("-M")) else { continue };
        for letter in letters.chars() {
            match letter {
                'l' => line_end = "\n",
                'w' => {}
                'e' => script = words.next(),
                _ => return refuse(&process, &format!("option -{letter}")).await,
            }
        }
    }
    let Some(script) = script else { return refuse(&process, "a script in a file").await };
    for statement in script.split(';').map(str::trim).filter(|statement| !statement.is_empty()) {
        let (verb, rest) = statement.split_once([' ', '(']).unwrap_or((statement, ""));
        let value =
            rest.trim().strip_suffix(')').filter(|_| statement.starts_with(&format!("{verb}("))).unwrap_or(rest);
        match verb {
            "print" => match value_of(&process, value.trim()).await {
                Some(text) => process.out(&format!("{text}{line_end}")).await,
                None => return refuse(&process, value).await,
            },
            "sleep" => process.sleep(Duration::from_secs(value.trim().parse().unwrap_or(0))).await,
            "exit" => return value.trim().parse().unwrap_or(0),
            _ => return refuse(&process, statement).await,
        }
    }
    0
}

async fn refuse(process: &Process, what: &str) -> i32 {
    process.err(&format!("perl: {what} is not simulated\n")).await;
    255
}

async fn value_of(process: &Process, text: &str) -> Option<String> {
    let digits =
        text.strip_prefix("bpi(").and_then(|rest| rest.strip_suffix(')')).and_then(|number| number.parse().ok());
    if let Some(digits) = digits.filter(|&digits| (1..=MOST_DIGITS).contains(&digits)) {
        let number = u64::try_from(digits * digits).unwrap_or(0);
        process.spend(Duration::from_micros(number * 3 / 5)).await;
        return Some(pi(digits));
    }
    let quoted = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    if let Some(text) = quoted('"') {
        return Some(text.replace("\\n", "\n").replace("\\t", "\t"));
    }
    quoted('\'').or_else(|| text.parse::<f64>().ok().map(|_| text)).map(str::to_owned)
}

/// π to so many digits, rounded: Machin's formula, 16 atan(1/5) - 4 atan(1/239), in whole numbers of
/// nine digits each.
fn pi(digits: usize) -> String {
    // Some digits more for what rounding takes.
    let len = digits / 9 + 4;
    let mut sum = vec![0_i64; len];
    for (factor, of, sign) in [(16_i64, 5_i64, 1_i64), (4, 239, -1)] {
        let mut power = vec![0_i64; len];
        power[0] = factor;
        divide(&mut power, of);
        let (mut odd, mut sign) = (1, sign);
        while power.iter().any(|&part| part != 0) {
            let mut term = power.clone();
            divide(&mut term, odd);
            sum.iter_mut().zip(&term).for_each(|(sum, part)| *sum += sign * part);
            divide(&mut power, of * of);
            (odd, sign) = (odd + 2, -sign);
        }
    }
    let mut carry = 0;
    for part in sum.iter_mut().rev() {
        let value = *part + carry;
        (*part, carry) = (value.rem_euclid(1_000_000_000), value.div_euclid(1_000_000_000));
    }
    let text: String = sum.iter().skip(1).map(|part| format!("{part:09}")).collect();
    let mut kept: Vec<u8> = std::iter::once(b'3').chain(text.bytes()).take(digits + 1).collect();
    if kept.pop().is_some_and(|last| last >= b'5') {
        for digit in kept.iter_mut().rev() {
            if *digit < b'9' {
                *digit += 1;
                break;
            }
            *digit = b'0';
        }
    }
    let text = String::from_utf8_lossy(&kept).into_owned();
    if digits == 1 { text } else { format!("{}.{}", &text[..1], &text[1..]) }
}

fn divide(number: &mut [i64], by: i64) {
    let mut rest = 0;
    for part in number {
        let value = rest * 1_000_000_000 + *part;
        (*part, rest) = (value / by, value % by);
    }
}

#[cfg(test)]
mod tests {
    use super::pi;

    #[test]
    fn digits_of_pi() {
        assert_eq!((pi(1).as_str(), pi(5).as_str(), pi(12).as_str()), ("3", "3.1416", "3.14159265359"));
        assert!(pi(100).ends_with("98628034825342117068"));
        assert!(pi(2000).ends_with("5739624138908658326459958133904780275901"));
    }
}
