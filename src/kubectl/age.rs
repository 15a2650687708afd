//! Spans of time as kubectl shows them: `5s`, `3m20s`, `2d3h`.
//!
//! Models apimachinery/pkg/util/duration HumanDuration.

use serde_json::Value;

use crate::api::time;
use crate::sim::Time;

/// A span in whole seconds.
pub fn human(seconds: i64) -> String {
    if seconds < -1 {
        return "<invalid>".to_owned();
    }
    if seconds < 0 {
        return "0s".to_owned();
    }
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let two = |large: i64, unit: &str, small: i64, small_unit: &str| match small {
        0 => format!("{large}{unit}"),
        _ => format!("{large}{unit}{small}{small_unit}"),
    };
    if seconds < 120 {
        format!("{seconds}s")
    } else if minutes < 10 {
        two(minutes, "m", seconds % 60, "s")
    } else if minutes < 180 {
        format!("{minutes}m")
    } else if hours < 8 {
        two(hours, "h", minutes % 60, "m")
    } else if hours < 48 {
        format!("{hours}h")
    } else if hours < 24 * 8 {
        two(hours / 24, "d", hours % 24, "h")
    } else if hours < 24 * 365 * 2 {
        format!("{}d", hours / 24)
    } else if hours < 24 * 365 * 8 {
        two(hours / 24 / 365, "y", hours / 24 % 365, "d")
    } else {
        format!("{}y", hours / 24 / 365)
    }
}

/// How long ago an API timestamp was; `<unknown>` where there is none.
pub fn since(timestamp: &Value, now: Time) -> String {
    match timestamp.as_str().and_then(time::parse) {
        None => "<unknown>".to_owned(),
        Some(then) => human((now.0 as i64 - then.0 as i64).div_euclid(1_000_000)),
    }
}

/// `Fri, 20 Nov 2026 08:41:54 +0000`
pub fn rfc1123(timestamp: &Value) -> String {
    timestamp
        .as_str()
        .and_then(time::parse)
        .map_or_else(|| "Mon, 01 Jan 0001 00:00:00 +0000".to_owned(), time::rfc1123z)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn spans() {
        for (seconds, text) in [
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (200, "3m20s"),
            (600, "10m"),
            (3 * 3600, "3h"),
            (7 * 3600 + 60, "7h1m"),
            (9 * 3600, "9h"),
            (49 * 3600, "2d1h"),
            (9 * 86_400, "9d"),
            (-5, "<invalid>"),
            (-1, "0s"),
        ] {
            assert_eq!(human(seconds), text);
        }
        assert_eq!(rfc1123(&json!("2026-11-20T08:41:54Z")), "Fri, 20 Nov 2026 08:41:54 +0000");
    }
}
