//! Time zones of the IANA database, by the rule that is in force in each.
//!
//! Diverges: a zone's history is not kept. A year before its last reform has today's rule.

use crate::sim::{Time, calendar};

const ZONES: &str = include_str!("zones.txt");
const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// A zone: its offsets in seconds east of Greenwich, and when summer time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone {
    standard: i64,
    /// The summer's offset, and the instants of the year at which it begins and ends.
    summer: Option<(i64, Turn, Turn)>,
}

/// `Mm.w.d/time`: the w-th such weekday of a month (5: the last one), at seconds after midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Turn {
    month: u32,
    week: i64,
    weekday: i64,
    at: i64,
}

/// A moment of local time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// Days since 1970-01-01.
    pub days: i64,
    /// The year.
    pub year: i64,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
    /// 0 to 6, from Sunday.
    pub weekday: u32,
    /// Seconds since midnight.
    pub second: i64,
}

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Zone = Zone { standard: 0, summer: None };

    /// The zone of that name; names are as in the database, in any case for `UTC`.
    pub fn named(name: &str) -> Option<Zone> {
        if name.is_empty() || name == "UTC" {
            return Some(Zone::UTC);
        }
        let lines = ZONES.lines().filter(|line| !line.starts_with('#'));
        let mut rules = lines.filter_map(|line| line.split_once(' '));
        let (rule, _) = rules.find(|(_, names)| names.split(' ').any(|one| one == name))?;
        Zone::posix(rule)
    }

    /// Reads `CET-1CEST,M3.5.0,M10.5.0/3`.
    fn posix(rule: &str) -> Option<Zone> {
        let mut parts = rule.split(',');
        let (standard, rest) = offset(after_name(parts.next()?))?;
        if rest.is_empty() {
            return Some(Zone { standard, summer: None });
        }
        let rest = after_name(rest);
        let summer = if rest.is_empty() { standard + HOUR } else { offset(rest)?.0 };
        Some(Zone { standard, summer: Some((summer, Turn::parse(parts.next()?)?, Turn::parse(parts.next()?)?)) })
    }

    /// Seconds to add to an instant to get local time.
    pub fn offset(self, at: Time) -> i64 {
        let Some((summer, begins, ends)) = self.summer else { return self.standard };
        let seconds = i64::try_from(at.secs()).unwrap_or(i64::MAX);
        let year = civil(seconds.saturating_add(self.standard)).year;
        let begin = begins.in_year(year) - self.standard;
        let end = ends.in_year(year) - summer;
        let is_summer = match begin < end {
            true => begin <= seconds && seconds < end,
            false => seconds < end || begin <= seconds,
        };
        if is_summer { summer } else { self.standard }
    }

    /// Local time.
    pub fn civil(self, at: Time) -> Civil {
        civil(i64::try_from(at.secs()).unwrap_or(i64::MAX).saturating_add(self.offset(at)))
    }

    /// The instant at which a day begins, in seconds.
    pub fn midnight(self, days: i64) -> u64 {
        let local = days * DAY;
        let guess = Time::from_secs(u64::try_from(local - self.standard).unwrap_or(0));
        u64::try_from(local - self.offset(guess)).unwrap_or(0)
    }

    /// `2026-11-20T09:25:00Z`, or with the offset of the zone.
    pub fn rfc3339(self, at: Time) -> String {
        let (civil, offset) = (self.civil(at), self.offset(at));
        let (hour, minute, second) = (civil.second / HOUR, civil.second / 60 % 60, civil.second % 60);
        let suffix = match offset {
            0 => "Z".to_owned(),
            _ => format!(
                "{}{:02}:{:02}",
                if offset < 0 { '-' } else { '+' },
                offset.abs() / HOUR,
                offset.abs() / 60 % 60
            ),
        };
        format!("{:04}-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}{suffix}", civil.year, civil.month, civil.day)
    }
}

/// What follows the abbreviation: letters, or anything in angle brackets.
fn after_name(text: &str) -> &str {
    match text.strip_prefix('<') {
        Some(quoted) => quoted.split_once('>').map_or("", |(_, rest)| rest),
        None => text.trim_start_matches(|letter: char| letter.is_ascii_alphabetic()),
    }
}

/// `-3:30`: POSIX counts west of Greenwich, we count east. Gives what follows, too.
fn offset(text: &str) -> Option<(i64, &str)> {
    let end = text.find(|c: char| !matches!(c, '0'..='9' | ':' | '+' | '-')).unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    Some((-seconds(number)?, rest))
}

/// `-1:30` in seconds.
fn seconds(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.trim_start_matches('+')),
    };
    let mut total = 0;
    for (part, unit) in digits.split(':').zip([HOUR, 60, 1]) {
        total += part.parse::<i64>().ok()? * unit;
    }
    Some(sign * total)
}

impl Turn {
    fn parse(text: &str) -> Option<Turn> {
        let (date, at) = text.split_once('/').unwrap_or((text, "2"));
        let mut numbers = date.strip_prefix('M')?.split('.').map(|part| part.parse::<i64>().ok());
        let month = u32::try_from(numbers.next()??).ok()?;
        Some(Turn { month, week: numbers.next()??, weekday: numbers.next()??, at: seconds(at)? })
    }

    /// In local seconds since 1970.
    fn in_year(self, year: i64) -> i64 {
        let first = calendar::days(year, self.month, 1);
        let length = days_in_month(year, self.month);
        let mut day = (self.weekday - i64::from(calendar::weekday(first))).rem_euclid(7) + (self.week - 1) * 7;
        if day >= length {
            day -= 7;
        }
        (first + day) * DAY + self.at
    }
}

/// How long a month is.
pub fn days_in_month(year: i64, month: u32) -> i64 {
    let (next_year, next) = if month >= 12 { (year + 1, 1) } else { (year, month + 1) };
    calendar::days(next_year, next, 1) - calendar::days(year, month, 1)
}

fn civil(local: i64) -> Civil {
    let days = local.div_euclid(DAY);
    let (year, month, day) = calendar::date(days);
    Civil { days, year, month, day, weekday: calendar::weekday(days), second: local.rem_euclid(DAY) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::time;

    #[test]
    fn local_times() {
        for (zone, utc, local) in [
            ("UTC", "2026-11-20T09:25:00Z", "2026-11-20T09:25:00Z"),
            ("Asia/Seoul", "2026-11-20T09:25:00Z", "2026-11-20T18:25:00+09:00"),
            ("Asia/Kolkata", "2026-12-31T20:00:00Z", "2027-01-01T01:30:00+05:30"),
            ("Europe/Berlin", "2026-03-29T00:59:59Z", "2026-03-29T01:59:59+01:00"),
            ("Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00+02:00"),
            ("Europe/Berlin", "2026-10-25T00:59:59Z", "2026-10-25T02:59:59+02:00"),
            ("Europe/Berlin", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00+01:00"),
            ("America/New_York", "2024-02-29T12:00:00Z", "2024-02-29T07:00:00-05:00"),
            ("America/New_York", "2026-07-04T12:00:00Z", "2026-07-04T08:00:00-04:00"),
            ("Australia/Sydney", "2026-01-01T00:00:00Z", "2026-01-01T11:00:00+11:00"),
            ("Etc/UTC", "2026-07-04T12:00:00Z", "2026-07-04T12:00:00Z"),
        ] {
            assert_eq!(Zone::named(zone).unwrap().rfc3339(time::parse(utc).unwrap()), local, "{zone}");
        }
        assert_eq!(Zone::named("Moon/Tranquility"), None);
    }

    #[test]
    fn every_rule_is_read() {
        for line in ZONES.lines().filter(|line| !line.starts_with('#')) {
            assert!(Zone::posix(line.split(' ').next().unwrap()).is_some(), "{line}");
        }
    }
}
