//! Schedules as cron writes them: `*/5 0-6 * jan-mar MON`, `@daily`, `@every 1h30m`.
//!
//! Models github.com/robfig/cron/v3: parser.go (ParseStandard and its words for what is wrong) and
//! spec.go (Next).

use super::duration;
use super::zone::Zone;
use crate::sim::{Duration, Time, calendar};

/// The fields with their bounds, and the names that stand for numbers.
const FIELDS: [(u32, u32, &[&str]); 5] = [
    (0, 59, &[]),
    (0, 23, &[]),
    (1, 31, &[]),
    (1, 12, &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
    (0, 6, &["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
];
/// Names of schedules.
const DESCRIPTORS: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];
/// The bit of a field that was given as `*`.
const STAR: u64 = 1 << 63;
/// How far ahead the next time is looked for.
const YEARS: i64 = 5;

/// A schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// Minutes, hours, days, months and weekdays as bits.
    Fields([u64; 5], Zone),
    /// Again and again after so long.
    Every(Duration),
}

impl Schedule {
    /// Reads a schedule whose times are those of `zone`. The error is in cron's words.
    pub fn parse(text: &str, zone: Zone) -> Result<Schedule, String> {
        if text.is_empty() {
            return Err("empty spec string".to_owned());
        }
        // Cron's own way to name a zone goes before the one that is given.
        if let Some((name, rest)) = text.strip_prefix("CRON_TZ=").or(text.strip_prefix("TZ=")).and_then(split_zone) {
            let zone =
                Zone::named(name).ok_or_else(|| format!("provided bad location {name}: unknown time zone {name}"))?;
            return Schedule::parse(rest.trim(), zone);
        }
        if text.starts_with('@') {
            if let Some((_, fields)) = DESCRIPTORS.iter().find(|(name, _)| *name == text) {
                return Schedule::parse(fields, zone);
            }
            let Some(span) = text.strip_prefix("@every ") else {
                return Err(format!("unrecognized descriptor: {text}"));
            };
            let micros = duration::parse_duration(span);
            let micros = micros.map_err(|why| format!("failed to parse duration {text}: {why}"))?;
            return Ok(Schedule::Every(Duration::from_secs(u64::try_from(micros / 1_000_000).unwrap_or(0).max(1))));
        }
        let parts: Vec<&str> = text.split_whitespace().collect();
        if parts.len() != FIELDS.len() {
            return Err(format!("expected exactly 5 fields, found {}: [{}]", parts.len(), parts.join(" ")));
        }
        let mut bits = [0; 5];
        for ((bits, part), (low, high, names)) in bits.iter_mut().zip(parts).zip(FIELDS) {
            for range in part.split(',').filter(|range| !range.is_empty()) {
                *bits |= self::range(range, low, high, names)?;
            }
        }
        Ok(Schedule::Fields(bits, zone))
    }

    /// The first time after `after`; `None` if there is none within five years.
    pub fn next(&self, after: Time) -> Option<Time> {
        let &Schedule::Fields([minutes, hours, days, months, weekdays], zone) = self else {
            let Schedule::Every(span) = self else { return None };
            return Some(Time::from_secs(after.secs()) + *span);
        };
        let has = |bits: u64, at: u32| bits >> at & 1 == 1;
        let mut at = after.secs() / 60 * 60 + 60;
        let last = zone.civil(after).year + YEARS;
        loop {
            let now = zone.civil(Time::from_secs(at));
            if now.year > last {
                return None;
            }
            let (hour, minute) = (u32::try_from(now.second / 3600).ok()?, u32::try_from(now.second / 60 % 60).ok()?);
            let (by_day, by_weekday) = (has(days, now.day), has(weekdays, now.weekday));
            // Where both are restricted, either will do.
            let day = if (days | weekdays) & STAR != 0 { by_day && by_weekday } else { by_day || by_weekday };
            if !has(months, now.month) {
                let (year, month) = if now.month == 12 { (now.year + 1, 1) } else { (now.year, now.month + 1) };
                at = zone.midnight(calendar::days(year, month, 1)).max(at + 60);
            } else if !day {
                at = zone.midnight(now.days + 1).max(at + 60);
            } else if !has(hours, hour) {
                at += u64::from(60 - minute) * 60;
            } else if !has(minutes, minute) {
                at += 60;
            } else {
                return Some(Time::from_secs(at));
            }
        }
    }
}

fn split_zone(text: &str) -> Option<(&str, &str)> {
    text.split_once(' ')
}

/// `3`, `3-9`, `3-9/2`, `3/2`, `*`, `*/2` as bits.
fn range(text: &str, low: u32, high: u32, names: &[&str]) -> Result<u64, String> {
    let slashes: Vec<&str> = text.split('/').collect();
    let span: Vec<&str> = slashes[0].split('-').collect();
    let integer = |text: &str| -> Result<i64, String> {
        let wrong = || format!("failed to parse int from {text}: strconv.Atoi: parsing \"{text}\": invalid syntax");
        let number: i64 = text.parse().map_err(|_| wrong())?;
        if number < 0 { Err(format!("negative number ({number}) not allowed: {text}")) } else { Ok(number) }
    };
    let number = |text: &str| match names.iter().position(|name| text.eq_ignore_ascii_case(name)) {
        Some(at) => Ok(i64::from(low) + i64::try_from(at).unwrap_or(0)),
        None => integer(text),
    };
    let (low, high) = (i64::from(low), i64::from(high));
    let (start, mut end, mut star) = match span[..] {
        ["*" | "?", ..] => (low, high, STAR),
        [one] => (number(one)?, number(one)?, 0),
        [from, to] => (number(from)?, number(to)?, 0),
        _ => return Err(format!("too many hyphens: {text}")),
    };
    let step = match slashes[..] {
        [_] => 1,
        [_, step] => {
            let step = integer(step)?;
            if span.len() == 1 {
                end = high;
            }
            if step > 1 {
                star = 0;
            }
            step
        }
        _ => return Err(format!("too many slashes: {text}")),
    };
    if start < low {
        return Err(format!("beginning of range ({start}) below minimum ({low}): {text}"));
    }
    if end > high {
        return Err(format!("end of range ({end}) above maximum ({high}): {text}"));
    }
    if start > end {
        return Err(format!("beginning of range ({start}) beyond end of range ({end}): {text}"));
    }
    let step = usize::try_from(step).ok().filter(|&step| step > 0);
    let step = step.ok_or_else(|| format!("step of range should be a positive number: {text}"))?;
    Ok((start..=end).step_by(step).fold(star, |bits, at| bits | 1 << at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::time;

    #[test]
    fn what_is_wrong() {
        for (text, why) in [
            ("* * *", "expected exactly 5 fields, found 3: [* * *]"),
            ("61 * * * *", "end of range (61) above maximum (59): 61"),
            ("a * * * *", "failed to parse int from a: strconv.Atoi: parsing \"a\": invalid syntax"),
            ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
            ("* 5-2 * * *", "beginning of range (5) beyond end of range (2): 5-2"),
            ("*/0 * * * *", "step of range should be a positive number: */0"),
            ("1-2-3 * * * *", "too many hyphens: 1-2-3"),
            ("1/2/3 * * * *", "too many slashes: 1/2/3"),
            ("* * * * 7", "end of range (7) above maximum (6): 7"),
            ("*/-1 * * * *", "negative number (-1) not allowed: -1"),
            ("@often", "unrecognized descriptor: @often"),
            ("TZ=Moon * * * * *", "provided bad location Moon: unknown time zone Moon"),
            ("@every 5x", "failed to parse duration @every 5x: time: unknown unit \"x\" in duration \"5x\""),
        ] {
            assert_eq!(Schedule::parse(text, Zone::UTC).unwrap_err(), why);
        }
    }

    #[test]
    fn when_next() {
        let after = time::parse("2026-11-20T09:24:18Z").unwrap();
        for (text, zone, next) in [
            ("* * * * *", "UTC", "2026-11-20T09:25:00Z"),
            ("*/15 * * * *", "UTC", "2026-11-20T09:30:00Z"),
            ("24 9 * * *", "UTC", "2026-11-21T09:24:00Z"),
            ("0 0 * * *", "Asia/Seoul", "2026-11-20T15:00:00Z"),
            ("30 2 * * *", "Europe/Berlin", "2026-11-21T01:30:00Z"),
            // Either the 13th or a Friday; with a star, both must fit.
            ("0 0 13 * FRI", "UTC", "2026-11-27T00:00:00Z"),
            ("0 0 * jan *", "UTC", "2027-01-01T00:00:00Z"),
            ("0 0 29 2 *", "UTC", "2028-02-29T00:00:00Z"),
            ("5,10 8-10/2 ? * MON-FRI", "UTC", "2026-11-20T10:05:00Z"),
            ("@hourly", "UTC", "2026-11-20T10:00:00Z"),
            ("@weekly", "UTC", "2026-11-22T00:00:00Z"),
            ("@monthly", "UTC", "2026-12-01T00:00:00Z"),
            ("@every 1h30m", "UTC", "2026-11-20T10:54:18Z"),
            ("TZ=Asia/Tokyo 0 19 * * *", "UTC", "2026-11-20T10:00:00Z"),
        ] {
            let schedule = Schedule::parse(text, Zone::named(zone).unwrap()).unwrap();
            assert_eq!(schedule.next(after).map(time::rfc3339).as_deref(), Some(next), "{text} in {zone}");
        }
        let never = Schedule::parse("59 23 31 2 *", Zone::UTC).unwrap();
        assert_eq!(never.next(after), None);
    }

    #[test]
    fn the_hour_that_is_left_out_and_the_one_that_comes_twice() {
        let zone = Zone::named("Europe/Berlin").unwrap();
        let times = |text: &str, after: &str, count: usize| -> Vec<String> {
            let schedule = Schedule::parse(text, zone).unwrap();
            let next = |at: &Time| schedule.next(*at);
            std::iter::successors(time::parse(after), next).skip(1).take(count).map(|at| zone.rfc3339(at)).collect()
        };
        assert_eq!(times("30 2 * * *", "2026-03-28T12:00:00Z", 1), ["2026-03-30T02:30:00+02:00"]);
        assert_eq!(
            times("0 * * * *", "2026-10-24T23:30:00Z", 3),
            ["2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00", "2026-10-25T03:00:00+01:00"]
        );
    }
}
