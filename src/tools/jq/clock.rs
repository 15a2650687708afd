//! Dates: `mktime`, `gmtime`, `strftime`, `strptime`, in UTC. What time it is, is the simulation's.

use super::print::short;
use super::value::Value;
use crate::machine::date;
use crate::sim::calendar;

type Done = Result<Value, Value>;

fn fault<T>(message: &str) -> Result<T, Value> {
    Err(Value::text(message))
}

/// Seconds since 1970 as year, month from 0, day, hour, minute, second, day of the week, day of the year.
pub fn gmtime(value: &Value) -> Done {
    let Value::Number(secs, _) = value else { return fault("gmtime() requires a number") };
    if !(-6e10..=2.5e11).contains(secs) {
        return fault("error converting number of seconds since epoch to datetime");
    }
    let whole = secs.floor();
    let days = (whole / 86_400.0).floor();
    let of_day = (whole - days * 86_400.0) as u32;
    let days = days as i64;
    let (year, month, day) = calendar::date(days);
    let second = f64::from(of_day % 60) + (secs - whole);
    let yearday = days - calendar::days(year, 1, 1);
    let parts = [
        year as f64,
        f64::from(month) - 1.0,
        f64::from(day),
        f64::from(of_day / 3600),
        f64::from(of_day / 60 % 60),
        second,
        f64::from(calendar::weekday(days)),
        yearday as f64,
    ];
    Ok(Value::array(parts.map(Value::number).to_vec()))
}

/// The seconds since 1970 of a time that was taken apart.
fn seconds(value: &Value, name: &str) -> Result<i64, Value> {
    let Value::Array(array) = value else { return fault(&format!("{name} requires array inputs")) };
    let mut parts = [0i64; 6];
    if array.items.len() < 6 {
        return fault(&format!("{name} requires array of 6 numbers"));
    }
    for (part, item) in parts.iter_mut().zip(&array.items) {
        let Value::Number(number, _) = item else {
            return fault(&format!("{name} requires parsed datetime inputs"));
        };
        *part = number.clamp(-1e6, 1e6) as i64;
    }
    let [year, month, day, hour, minute, second] = parts;
    let year = year + month.div_euclid(12);
    let days = calendar::days(year.clamp(0, 9_999), month.rem_euclid(12) as u32 + 1, 1) + day - 1;
    Ok(days * 86_400 + hour * 3_600 + minute * 60 + second)
}

/// `mktime`
pub fn mktime(value: &Value) -> Done {
    Ok(Value::number(seconds(value, "mktime")? as f64))
}

/// `strftime`
pub fn strftime(value: &Value, layout: &Value, name: &str) -> Done {
    let broken;
    let value = match value {
        Value::Number(..) => {
            broken = gmtime(value)?;
            &broken
        }
        Value::Array(_) => value,
        _ => return fault(&format!("{name} requires parsed datetime inputs")),
    };
    let Value::String(layout) = layout else { return fault(&format!("{name} requires a string format")) };
    let secs = seconds(value, name)?;
    let Ok(secs) = u64::try_from(secs) else { return fault("dates before 1970 are not simulated here") };
    Ok(Value::text(&date::format(layout, secs.saturating_mul(1_000_000))))
}

const MONTHS: &str = "janfebmaraprmayjunjulaugsepoctnovdec";

/// `strptime`
pub fn strptime(value: &Value, layout: &Value) -> Done {
    let Value::String(text) = value else {
        return fault(&format!(
            "strptime/1 requires string inputs and arguments, not {} ({})",
            value.kind(),
            short(value)
        ));
    };
    let Value::String(layout) = layout else { return fault("strptime/1 requires string inputs and arguments") };
    let expanded =
        layout.replace("%T", "%H:%M:%S").replace("%F", "%Y-%m-%d").replace("%D", "%m/%d/%y").replace("%R", "%H:%M");
    let mut parts = [1900, 0, 0, 0, 0, 0i64];
    let mut epoch = None;
    let mut rest = &**text;
    let mut chars = expanded.chars();
    let fits = (|| {
        while let Some(c) = chars.next() {
            if c.is_whitespace() {
                rest = rest.trim_start();
                continue;
            }
            if c != '%' {
                rest = rest.strip_prefix(c)?;
                continue;
            }
            let mut number = |most: usize| {
                let digits = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
                let number = rest[..digits].parse::<i64>().ok()?;
                rest = &rest[digits..];
                Some(number)
            };
            match chars.next()? {
                'Y' => parts[0] = number(4)?,
                'y' => parts[0] = number(2).map(|year| if year < 69 { 2000 + year } else { 1900 + year })?,
                'm' => parts[1] = number(2).filter(|month| (1..=12).contains(month))? - 1,
                'd' | 'e' => parts[2] = number(2).filter(|day| (1..=31).contains(day))?,
                'H' => parts[3] = number(2).filter(|hour| *hour < 24)?,
                'M' => parts[4] = number(2).filter(|minute| *minute < 60)?,
                'S' => parts[5] = number(2).filter(|second| *second < 62)?,
                's' => epoch = Some(number(12)?),
                'j' => {
                    number(3)?;
                }
                'Z' => {
                    let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
                    if letters == 0 {
                        return None;
                    }
                    rest = &rest[letters..];
                }
                'z' => {
                    if let Some(after) = rest.strip_prefix('Z') {
                        rest = after;
                        continue;
                    }
                    rest = rest.strip_prefix(['+', '-'])?;
                    let digits: String = rest.chars().filter(|c| *c != ':').take(4).collect();
                    let length = if rest.as_bytes().get(2) == Some(&b':') { 5 } else { 4 };
                    rest = rest.get(length..)?;
                    let _: i64 = digits.parse().ok()?;
                }
                'a' | 'A' | 'b' | 'B' | 'h' => {
                    let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
                    let word = rest[..letters].to_ascii_lowercase();
                    rest = &rest[letters..];
                    let place = MONTHS.find(word.get(..3)?).filter(|at| at % 3 == 0);
                    if let Some(at) = place {
                        parts[1] = at as i64 / 3;
                    }
                }
                '%' => rest = rest.strip_prefix('%')?,
                _ => return None,
            }
        }
        rest.is_empty().then_some(())
    })();
    if fits.is_none() {
        return fault(&format!("date \"{text}\" does not match format \"{layout}\""));
    }
    if let Some(epoch) = epoch {
        return gmtime(&Value::number(epoch as f64));
    }
    let days = calendar::days(parts[0], parts[1] as u32 + 1, 1) + parts[2] - 1;
    let weekday = f64::from(calendar::weekday(days));
    let yearday = (days - calendar::days(parts[0], 1, 1)) as f64;
    let mut broken: Vec<Value> = parts.iter().map(|part| Value::number(*part as f64)).collect();
    broken.extend([Value::number(weekday), Value::number(yearday)]);
    Ok(Value::array(broken))
}
