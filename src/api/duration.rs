//! Spans of time as Kubernetes prints them (apimachinery/pkg/util/duration HumanDuration), and as Go
//! reads them.

use crate::sim::{Duration, Time};

/// `119s`, `2m30s`, `5m`, `3h10m`, `2d4h`, `1y20d`: two or three significant digits.
pub fn human(span: Duration) -> String {
    let seconds = span.as_secs();
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let two = |large: u64, unit: &str, small: u64, part: &str| match small {
        0 => format!("{large}{unit}"),
        _ => format!("{large}{unit}{small}{part}"),
    };
    match (seconds, minutes, hours) {
        (0..120, ..) => format!("{seconds}s"),
        (_, 0..10, _) => two(minutes, "m", seconds % 60, "s"),
        (_, 0..180, _) => format!("{minutes}m"),
        (_, _, 0..8) => two(hours, "h", minutes % 60, "m"),
        (_, _, 0..48) => format!("{hours}h"),
        (_, _, 0..192) => two(hours / 24, "d", hours % 24, "h"),
        (_, _, 0..17520) => format!("{}d", hours / 24),
        (_, _, 0..70080) => two(hours / 24 / 365, "y", hours / 24 % 365, "d"),
        _ => format!("{}y", hours / 24 / 365),
    }
}

/// How long ago `time` was, counted from its whole second, as ages are; `<invalid>` where it is
/// more than a second ahead.
pub fn age(now: Time, time: Time) -> String {
    let time = Time::from_secs(time.secs());
    if time.0 >= now.0 + 2_000_000 {
        return "<invalid>".to_owned();
    }
    human(now.since(time))
}

/// Go's `%q`, for what people type.
pub fn quote(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_ascii_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Go's time.ParseDuration, in microseconds.
pub fn parse_duration(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", quote(text));
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let number = &rest[..end];
        if number.is_empty() || number == "." || number.matches('.').count() > 1 || number.len() > 18 {
            return Err(invalid());
        }
        let unit_end = rest[end..].find(|c: char| c.is_ascii_digit() || c == '.').map_or(rest.len(), |at| end + at);
        let unit = &rest[end..unit_end];
        let nanos: i128 = match unit {
            "" => return Err(format!("time: missing unit in duration {}", quote(text))),
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return Err(format!("time: unknown unit {} in duration {}", quote(unit), quote(text))),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        total += whole.parse::<i128>().unwrap_or(0) * nanos;
        let scale = 10_i128.pow(u32::try_from(fraction.len()).unwrap_or(0));
        total += fraction.parse::<i128>().unwrap_or(0) * nanos / scale;
        rest = &rest[unit_end..];
    }
    let micros = i64::try_from(total / 1_000).map_err(|_| invalid())?;
    Ok(if negative { -micros } else { micros })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans() {
        for (seconds, text) in [
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (150, "2m30s"),
            (599, "9m59s"),
            (600, "10m"),
            (179 * 60, "179m"),
            (3 * 3600 + 600, "3h10m"),
            (8 * 3600 + 600, "8h"),
            (47 * 3600, "47h"),
            (50 * 3600, "2d2h"),
            (72 * 3600, "3d"),
            (8 * 86400, "8d"),
            (730 * 86400, "2y"),
            (731 * 86400, "2y1d"),
            (9 * 365 * 86400, "9y"),
        ] {
            assert_eq!(human(Duration::from_secs(seconds)), text);
        }
        assert_eq!(age(Time(5_100_000), Time(1_900_000)), "4s");
        assert_eq!(age(Time::from_secs(1), Time::from_secs(9)), "<invalid>");
    }
}
