//! Timestamps as Kubernetes writes them.

use k8s_openapi::apimachinery::pkg::apis::meta::v1 as meta;
use k8s_openapi::jiff::Timestamp;

use crate::sim::Time;

/// `2026-11-20T08:41:54Z`: whole seconds, as `metav1.Time` prints.
pub fn rfc3339(time: Time) -> String {
    timestamp(time.secs() * 1_000_000).to_string()
}

/// `2026-11-20T08:41:54.123456Z`: always six digits, as `metav1.MicroTime` prints.
pub fn rfc3339_micro(time: Time) -> String {
    format!("{:.6}", timestamp(time.0))
}

/// `Fri, 20 Nov 2026 08:41:54 +0000`
pub fn rfc1123z(time: Time) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let text = rfc3339(time);
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let month = part(5, 7).parse::<usize>().unwrap_or(1);
    let weekday = DAYS[(time.secs() / 86_400 % 7) as usize];
    format!("{weekday}, {} {} {} {} +0000", part(8, 10), MONTHS[(month - 1) % 12], part(0, 4), part(11, 19))
}

/// Reads either form; `None` where it is neither.
pub fn parse(text: &str) -> Option<Time> {
    let stamp: Timestamp = text.parse().ok()?;
    u64::try_from(stamp.as_microsecond()).ok().map(Time)
}

/// A virtual instant as the typed objects hold it, cut to whole seconds.
pub fn to_meta(time: Time) -> meta::Time {
    meta::Time(timestamp(time.secs() * 1_000_000))
}

/// A virtual instant as a `MicroTime` field of the typed objects.
pub fn to_micro(time: Time) -> meta::MicroTime {
    meta::MicroTime(timestamp(time.0))
}

/// The virtual instant that a typed object holds; before 1970 counts as 1970.
pub fn from_meta(time: &meta::Time) -> Time {
    Time(u64::try_from(time.0.as_microsecond()).unwrap_or(0))
}

fn timestamp(micros: u64) -> Timestamp {
    i64::try_from(micros).ok().and_then(|micros| Timestamp::from_microsecond(micros).ok()).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_and_reads_back() {
        let time = Time(1_795_164_114_123_456);
        assert_eq!(rfc3339(time), "2026-11-20T08:41:54Z");
        assert_eq!(rfc3339_micro(time), "2026-11-20T08:41:54.123456Z");
        assert_eq!(parse("2026-11-20T08:41:54.123456Z"), Some(time));
        assert_eq!(parse("2026-11-20T17:41:54+09:00"), Some(Time::from_secs(1_795_164_114)));
        assert_eq!(parse("yesterday"), None);
    }
}
