//! Dates: virtual time as text, always in UTC.

use crate::sim::calendar;

/// A point in time, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date {
    /// As 2026.
    pub year: i64,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
    /// 0 to 23.
    pub hour: u32,
    /// 0 to 59.
    pub minute: u32,
    /// 0 to 59.
    pub second: u32,
    /// Sunday is 0.
    pub weekday: u32,
    /// 1 to 366.
    pub yearday: u32,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

impl Date {
    /// The date at so many seconds after 1970 began.
    pub fn at(secs: u64) -> Date {
        let days = (secs / 86_400) as i64;
        let of_day = (secs % 86_400) as u32;
        let (year, month, day) = calendar::date(days);
        Date {
            year,
            month,
            day,
            hour: of_day / 3600,
            minute: of_day / 60 % 60,
            second: of_day % 60,
            weekday: calendar::weekday(days),
            yearday: (days - calendar::days(year, 1, 1) + 1) as u32,
        }
    }

    /// The English name of its month.
    pub fn month_name(&self) -> &'static str {
        MONTHS[(self.month as usize - 1) % 12]
    }

    /// The English name of its weekday.
    pub fn day_name(&self) -> &'static str {
        DAYS[self.weekday as usize % 7]
    }
}

/// A time, in microseconds, laid out as `date +layout` does.
pub fn format(layout: &str, micros: u64) -> String {
    let secs = micros / 1_000_000;
    let date = Date::at(secs);
    let mut out = String::new();
    let mut chars = layout.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut pad = None;
        while let Some(flag) = chars.next_if(|c| matches!(c, '-' | '_' | '0' | '^')) {
            pad = Some(flag);
        }
        let digits: String = std::iter::from_fn(|| chars.next_if(char::is_ascii_digit)).take(2).collect();
        let number = |value: u64, width: usize, fill: char| match pad {
            Some('-') => value.to_string(),
            Some('_') => format!("{value:>width$}"),
            _ if fill == ' ' => format!("{value:>width$}"),
            _ => format!("{value:0width$}"),
        };
        let two = |value: u32| number(u64::from(value), 2, '0');
        let twelve = if date.hour.is_multiple_of(12) { 12 } else { date.hour % 12 };
        let text = match chars.next() {
            None => "%".to_owned(),
            Some('%') => "%".to_owned(),
            Some('n') => "\n".to_owned(),
            Some('t') => "\t".to_owned(),
            Some('Y') => date.year.to_string(),
            Some('C') => two((date.year / 100) as u32),
            Some('y') => two((date.year % 100) as u32),
            Some('m') => two(date.month),
            Some('d') => two(date.day),
            Some('e') => number(u64::from(date.day), 2, ' '),
            Some('H') => two(date.hour),
            Some('I') => two(twelve),
            Some('k') => number(u64::from(date.hour), 2, ' '),
            Some('l') => number(u64::from(twelve), 2, ' '),
            Some('M') => two(date.minute),
            Some('S') => two(date.second),
            Some('p') => if date.hour < 12 { "AM" } else { "PM" }.to_owned(),
            Some('P') => if date.hour < 12 { "am" } else { "pm" }.to_owned(),
            Some('a') => date.day_name()[..3].to_owned(),
            Some('A') => date.day_name().to_owned(),
            Some('b' | 'h') => date.month_name()[..3].to_owned(),
            Some('B') => date.month_name().to_owned(),
            Some('j') => number(u64::from(date.yearday), 3, '0'),
            Some('u') => if date.weekday == 0 { 7 } else { date.weekday }.to_string(),
            Some('w') => date.weekday.to_string(),
            Some('s') => secs.to_string(),
            Some('N') => {
                let nanos = format!("{:09}", micros % 1_000_000 * 1000);
                let width = digits.parse::<usize>().unwrap_or(9).clamp(1, 9);
                nanos[..width].to_owned()
            }
            Some('F') => format("%Y-%m-%d", micros),
            Some('T' | 'X') => format("%H:%M:%S", micros),
            Some('R') => format("%H:%M", micros),
            Some('D' | 'x') => format("%m/%d/%y", micros),
            Some('r') => format("%I:%M:%S %p", micros),
            Some('c') => format("%a %b %e %H:%M:%S %Y", micros),
            Some('z') => "+0000".to_owned(),
            Some('Z') => "UTC".to_owned(),
            Some(':') => match chars.next() {
                Some('z') => "+00:00".to_owned(),
                other => format!("%:{}", other.map(String::from).unwrap_or_default()),
            },
            Some(c) => format!("%{c}"),
        };
        out.push_str(&if pad == Some('^') { text.to_uppercase() } else { text });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert_eq!(format("%F %T %a %j %s", 0), "1970-01-01 00:00:00 Thu 001 0");
        assert_eq!(format("%Y-%m-%dT%H:%M:%S.%3NZ", 1_794_744_000_123_456), "2026-11-15T12:00:00.123Z");
        assert_eq!(format("%F", 951_782_400_000_000), "2000-02-29");
    }
}
