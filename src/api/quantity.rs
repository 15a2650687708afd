//! Quantities: `500m`, `128Mi`, `1e3`.
//!
//! Models apimachinery/pkg/api/resource: exact numbers, rounded up to whole nanos, that keep
//! the way they were written (binary, decimal or exponent suffix) when they are printed again.
//! Diverges: amounts are 128-bit numbers of nanos, so what is beyond 1.7e29 is cut to that.

use std::fmt;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

/// What the API server says of a text that is none.
pub const FORMAT_ERROR: &str =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/// What the API server says of a text that [`Quantity::parse`] refuses.
pub fn parse_error(text: &str) -> &'static str {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits =
        unsigned.len() - unsigned.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.').len();
    let (number, suffix) = unsigned.split_at(digits);
    let exponent = suffix.trim_start_matches(|letter| "eEinumkKMGTP".contains(letter));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if !exponent.bytes().all(|byte| byte.is_ascii_digit()) || number.is_empty() {
        FORMAT_ERROR
    } else if number.bytes().filter(|&byte| byte == b'.').count() > 1 || number == "." {
        "unable to parse numeric part of quantity"
    } else {
        "unable to parse quantity's suffix"
    }
}

const NANO: i128 = 1_000_000_000;

/// How a quantity was written, and so is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Format {
    /// `1500m`, `2k`.
    #[default]
    Decimal,
    /// `128Mi`.
    Binary,
    /// `1e3`.
    Exponent,
}

/// An exact amount. Two are equal where their amounts are, however they were written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quantity {
    nanos: i128,
    format: Format,
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Quantity) -> bool {
        self.nanos == other.nanos
    }
}
impl Eq for Quantity {}
impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Quantity) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Quantity {
    fn cmp(&self, other: &Quantity) -> std::cmp::Ordering {
        self.nanos.cmp(&other.nanos)
    }
}

const BINARY: [(&str, u32); 6] = [("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40), ("Pi", 50), ("Ei", 60)];
/// With the power of ten that one is worth.
const DECIMAL: [(&str, i32); 10] =
    [("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];

impl Quantity {
    /// Nothing.
    pub const ZERO: Quantity = Quantity { nanos: 0, format: Format::Decimal };

    /// A whole number.
    pub fn from_value(value: i64) -> Quantity {
        Quantity { nanos: i128::from(value) * NANO, format: Format::Decimal }
    }

    /// A number of thousandths.
    pub fn from_millis(millis: i64) -> Quantity {
        Quantity { nanos: i128::from(millis) * (NANO / 1000), format: Format::Decimal }
    }

    /// A number of bytes, printed with binary suffixes.
    pub fn from_bytes(bytes: i64) -> Quantity {
        Quantity { nanos: i128::from(bytes) * NANO, format: Format::Binary }
    }

    /// Reads a quantity; `None` where the API server says [`FORMAT_ERROR`].
    pub fn parse(text: &str) -> Option<Quantity> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let digits_end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        let (whole, rest) = rest.split_at(digits_end);
        let (fraction, suffix) = match rest.strip_prefix('.') {
            Some(rest) => rest.split_at(rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len())),
            None => ("", rest),
        };
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let (format, two, ten) = suffix_of(suffix)?;
        let nanos = nanos(whole, fraction, two, ten);
        Some(Quantity { nanos: if negative { -nanos } else { nanos }, format })
    }

    /// The amount as a whole number, rounded up (away from zero).
    pub fn value(self) -> i64 {
        self.scaled(NANO)
    }

    /// The amount in thousandths, rounded up (away from zero).
    pub fn milli_value(self) -> i64 {
        self.scaled(NANO / 1000)
    }

    fn scaled(self, unit: i128) -> i64 {
        let up = (self.nanos.abs() + unit - 1) / unit * self.nanos.signum();
        i64::try_from(up).unwrap_or(if up < 0 { i64::MIN } else { i64::MAX })
    }

    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        self.nanos == 0
    }

    /// Whether it is less than nothing.
    pub fn is_negative(self) -> bool {
        self.nanos < 0
    }

    /// How many whole percent of `whole` this is, rounded down; 0 of nothing. As `kubectl
    /// describe node` reckons: on thousandths.
    pub fn percent_of(self, whole: Quantity) -> i64 {
        if whole.nanos == 0 {
            return 0;
        }
        i64::try_from(i128::from(self.milli_value()) * 100 / i128::from(whole.milli_value())).unwrap_or(i64::MAX)
    }

    /// This many times the amount.
    pub fn times(self, factor: i64) -> Quantity {
        Quantity { nanos: self.nanos.saturating_mul(i128::from(factor)), format: self.format }
    }

    /// Adds, keeping this one's format unless it is nothing (as `Quantity.Add` does).
    fn plus(self, other: Quantity, nanos: i128) -> Quantity {
        Quantity { nanos, format: if self.is_zero() { other.format } else { self.format } }
    }
}

/// The suffix's format, and the powers of two and of ten that it stands for.
fn suffix_of(suffix: &str) -> Option<(Format, u32, i32)> {
    if let Some((_, ten)) = DECIMAL.iter().find(|(name, _)| *name == suffix) {
        return Some((Format::Decimal, 0, *ten));
    }
    if let Some((_, two)) = BINARY.iter().find(|(name, _)| *name == suffix) {
        return Some((Format::Binary, *two, 0));
    }
    let exponent = suffix.strip_prefix(['e', 'E'])?;
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // Far beyond what can be held; the sign is what matters.
    let power = exponent.parse::<i32>().unwrap_or(if exponent.starts_with('-') { -1000 } else { 1000 });
    Some((Format::Exponent, 0, power.clamp(-1000, 1000)))
}

/// `whole.fraction · 2^two · 10^ten` in nanos, rounded up.
fn nanos(whole: &str, fraction: &str, two: u32, ten: i32) -> i128 {
    const CEILING: i128 = 170_000_000_000_000_000_000_000_000_000_000_000_000;
    let digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).map(|byte| byte - b'0').collect();
    // How many decimal places the digits must move for the last to count nanos.
    let shift = ten + 9 - i32::try_from(fraction.len()).unwrap_or(i32::MAX - 2000);
    let significant = digits.iter().position(|&digit| digit != 0).map_or(&[][..], |first| &digits[first..]);
    if significant.is_empty() {
        return 0;
    }
    let mut amount: i128 = 0;
    let mut dropped = false;
    if shift >= 0 || two > 0 {
        for &digit in significant {
            amount = amount.saturating_mul(10).saturating_add(i128::from(digit));
        }
        amount = amount.saturating_mul(1_i128 << two);
        let mut left = shift;
        while left > 0 && amount < CEILING {
            amount = amount.saturating_mul(10);
            left -= 1;
        }
        while left < 0 && amount > 0 {
            dropped |= amount % 10 != 0;
            amount /= 10;
            left += 1;
        }
    } else {
        let cut = usize::try_from(-i64::from(shift)).unwrap_or(usize::MAX);
        let kept = significant.len().saturating_sub(cut);
        for &digit in &significant[..kept] {
            amount = amount.saturating_mul(10).saturating_add(i128::from(digit));
        }
        dropped = significant[kept..].iter().any(|&digit| digit != 0);
    }
    amount.saturating_add(i128::from(dropped)).min(CEILING)
}

impl Add for Quantity {
    type Output = Quantity;
    fn add(self, other: Quantity) -> Quantity {
        self.plus(other, self.nanos.saturating_add(other.nanos))
    }
}
impl Sub for Quantity {
    type Output = Quantity;
    fn sub(self, other: Quantity) -> Quantity {
        self.plus(other, self.nanos.saturating_sub(other.nanos))
    }
}
impl Neg for Quantity {
    type Output = Quantity;
    fn neg(self) -> Quantity {
        Quantity { nanos: -self.nanos, ..self }
    }
}
impl AddAssign for Quantity {
    fn add_assign(&mut self, other: Quantity) {
        *self = *self + other;
    }
}
impl SubAssign for Quantity {
    fn sub_assign(&mut self, other: Quantity) {
        *self = *self - other;
    }
}
impl std::iter::Sum for Quantity {
    fn sum<I: Iterator<Item = Quantity>>(each: I) -> Quantity {
        each.fold(Quantity::ZERO, Add::add)
    }
}

/// What validation let through always parses; anything else counts as nothing.
impl From<&k8s_openapi::apimachinery::pkg::api::resource::Quantity> for Quantity {
    fn from(from: &k8s_openapi::apimachinery::pkg::api::resource::Quantity) -> Quantity {
        Quantity::parse(&from.0).unwrap_or_default()
    }
}

impl From<Quantity> for k8s_openapi::apimachinery::pkg::api::resource::Quantity {
    fn from(from: Quantity) -> Self {
        Self(from.to_string())
    }
}

/// The canonical form: the largest suffix that leaves no fraction.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.nanos == 0 {
            return f.write_str("0");
        }
        // Amounts below 1024 in binary, or with a fraction, are printed in decimal.
        if self.format == Format::Binary && self.nanos.abs() >= 1024 * NANO && self.nanos % NANO == 0 {
            let mut amount = self.nanos / NANO;
            let mut suffix = "";
            for (name, _) in BINARY {
                if amount % 1024 != 0 {
                    break;
                }
                amount /= 1024;
                suffix = name;
            }
            return write!(f, "{amount}{suffix}");
        }
        let mut amount = self.nanos;
        let mut at = 0;
        while amount % 1000 == 0 && at + 1 < DECIMAL.len() {
            amount /= 1000;
            at += 1;
        }
        let (suffix, power) = DECIMAL[at];
        match self.format {
            Format::Exponent if power != 0 => write!(f, "{amount}e{power}"),
            _ => write!(f, "{amount}{suffix}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_forms() {
        for (given, printed) in [
            ("1", "1"),
            ("0.5", "500m"),
            ("1.0", "1"),
            ("1500m", "1500m"),
            ("2000m", "2"),
            ("1000", "1k"),
            ("1024Mi", "1Gi"),
            ("1536Mi", "1536Mi"),
            ("0.5Gi", "512Mi"),
            ("1G", "1G"),
            ("1e3", "1e3"),
            ("1E3", "1e3"),
            ("12e6", "12e6"),
            ("100Ki", "100Ki"),
            ("512", "512"),
            ("0Mi", "0"),
            ("0.1n", "1n"),
            ("1.5Ki", "1536"),
            ("-1.5", "-1500m"),
            ("+3", "3"),
            (".5", "500m"),
            ("5.", "5"),
            ("1E", "1E"),
        ] {
            assert_eq!(
                Quantity::parse(given).map(|quantity| quantity.to_string()).as_deref(),
                Some(printed),
                "{given}"
            );
        }
    }

    #[test]
    fn what_is_none() {
        for text in ["", "1GB", "two", "1.2.3", "1 Mi", "Mi", "-", "1e", "1e+", "1mi", "."] {
            assert_eq!(Quantity::parse(text), None, "{text}");
        }
        for text in ["9".repeat(500), format!("0.{}1", "0".repeat(500)), "1e999999999999".into(), "1e-99999999".into()]
        {
            assert!(Quantity::parse(&text).is_some());
        }
    }

    #[test]
    fn reckoning() {
        let quantity = |text| Quantity::parse(text).unwrap();
        assert_eq!((quantity("100m") + quantity("1")).to_string(), "1100m");
        assert_eq!((Quantity::ZERO + quantity("64Mi") + quantity("64Mi")).to_string(), "128Mi");
        assert_eq!((quantity("1") - quantity("1500m")).to_string(), "-500m");
        assert_eq!((quantity("1500m").value(), quantity("0.1").milli_value()), (2, 100));
        assert_eq!(quantity("850m").percent_of(quantity("4")), 21);
        assert_eq!(quantity("1").percent_of(Quantity::ZERO), 0);
        assert!(quantity("1Gi") > quantity("1G"));
    }
}
