//! C's printf: one conversion, `%-8.3f`, with its flags, width and precision. bash's `printf` and awk's use it.

use std::iter::Peekable;
use std::str::Chars;

/// One `%…` of a format.
#[derive(Default)]
pub struct Spec {
    /// Padded on the right.
    pub left: bool,
    /// Padded by zeros.
    pub zero: bool,
    /// A plus before what is not negative.
    pub plus: bool,
    /// A space there.
    pub space: bool,
    /// `#`: 0x before hexadecimal numbers and the like.
    pub alternate: bool,
    /// At least so many characters.
    pub width: usize,
    /// Decimals, digits or characters, as the letter has it.
    pub precision: Option<usize>,
}

/// No width is followed further.
const WIDTH_MAX: usize = 10_000;

impl Spec {
    /// What stands between `%` and the letter; `star` says what `*` stands for.
    pub fn read(chars: &mut Peekable<Chars<'_>>, mut star: impl FnMut() -> i64) -> Spec {
        let mut spec = Spec::default();
        while let Some(c) = chars.peek() {
            match c {
                '-' => spec.left = true,
                '0' => spec.zero = true,
                '+' => spec.plus = true,
                ' ' => spec.space = true,
                '#' => spec.alternate = true,
                _ => break,
            }
            chars.next();
        }
        let mut number = |chars: &mut Peekable<Chars<'_>>| {
            if chars.peek() == Some(&'*') {
                chars.next();
                return star();
            }
            let mut value = 0i64;
            while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
                value = (value * 10 + i64::from(digit)).min(WIDTH_MAX as i64);
                chars.next();
            }
            value
        };
        let width = number(chars);
        spec.left |= width < 0;
        spec.width = (width.unsigned_abs() as usize).min(WIDTH_MAX);
        if chars.peek() == Some(&'.') {
            chars.next();
            spec.precision = usize::try_from(number(chars)).ok().map(|precision| precision.min(WIDTH_MAX));
        }
        while chars.peek().is_some_and(|c| matches!(c, 'l' | 'h' | 'j' | 'z' | 'L')) {
            chars.next();
        }
        spec
    }
}

/// `%s`: bytes, cut and padded by characters.
pub fn text_out(spec: &Spec, bytes: &[u8], out: &mut Vec<u8>) {
    let text = String::from_utf8_lossy(bytes);
    let mut cut = bytes;
    if let Some(precision) = spec.precision {
        let end = text.char_indices().nth(precision).map_or(text.len(), |(at, _)| at);
        cut = &bytes[..end.min(bytes.len())];
    }
    let fill = spec.width.saturating_sub(String::from_utf8_lossy(cut).chars().count());
    if !spec.left {
        out.extend(std::iter::repeat_n(b' ', fill));
    }
    out.extend_from_slice(cut);
    if spec.left {
        out.extend(std::iter::repeat_n(b' ', fill));
    }
}

fn sign(spec: &Spec, negative: bool) -> &'static str {
    match (negative, spec.plus, spec.space) {
        (true, _, _) => "-",
        (_, true, _) => "+",
        (_, _, true) => " ",
        _ => "",
    }
}

fn pad(spec: &Spec, sign: &str, digits: &str, zero: bool, out: &mut Vec<u8>) {
    let fill = spec.width.saturating_sub(sign.len() + digits.len());
    if !spec.left && !zero {
        out.extend(std::iter::repeat_n(b' ', fill));
    }
    out.extend_from_slice(sign.as_bytes());
    if !spec.left && zero {
        out.extend(std::iter::repeat_n(b'0', fill));
    }
    out.extend_from_slice(digits.as_bytes());
    if spec.left {
        out.extend(std::iter::repeat_n(b' ', fill));
    }
}

/// `%d i u o x X`
pub fn int_out(spec: &Spec, letter: char, value: i64, out: &mut Vec<u8>) {
    let signed = matches!(letter, 'd' | 'i');
    let mut digits = match letter {
        'd' | 'i' => value.unsigned_abs().to_string(),
        'u' => (value as u64).to_string(),
        'o' => format!("{value:o}"),
        'x' => format!("{value:x}"),
        _ => format!("{value:X}"),
    };
    if let Some(precision) = spec.precision {
        digits = format!("{digits:0>precision$}");
    }
    let prefix = match letter {
        'x' if spec.alternate && value != 0 => "0x",
        'X' if spec.alternate && value != 0 => "0X",
        'o' if spec.alternate && value != 0 => "0",
        _ if signed => sign(spec, value < 0),
        _ => "",
    };
    pad(spec, prefix, &digits, spec.zero && spec.precision.is_none(), out);
}

/// `%e E f F g G`
pub fn float_out(spec: &Spec, letter: char, value: f64, out: &mut Vec<u8>) {
    let precision = spec.precision.unwrap_or(6).min(300);
    let magnitude = value.abs();
    let exponent = |text: String| {
        // Rust writes 1.5e3, C 1.5e+03.
        let (digits, exponent) = text
            .split_once('e')
            .map_or((text.clone(), 0), |(digits, exponent)| (digits.to_owned(), exponent.parse::<i32>().unwrap_or(0)));
        format!("{digits}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
    };
    let digits = if !value.is_finite() {
        if value.is_nan() { "nan".to_owned() } else { "inf".to_owned() }
    } else {
        match letter {
            'f' | 'F' => format!("{magnitude:.precision$}"),
            'e' | 'E' => exponent(format!("{magnitude:.precision$e}")),
            _ => {
                let precision = precision.max(1);
                let scientific = format!("{magnitude:.*e}", precision - 1);
                let power: i32 = scientific.split_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or(0);
                let trim = |text: String| {
                    if !spec.alternate && text.contains('.') {
                        text.trim_end_matches('0').trim_end_matches('.').to_owned()
                    } else {
                        text
                    }
                };
                if power < -4 || power >= precision as i32 {
                    let (digits, power) = scientific.split_once('e').unwrap_or((&scientific, "0"));
                    exponent(format!("{}e{power}", trim(digits.to_owned())))
                } else {
                    let decimals = usize::try_from(precision as i32 - 1 - power).unwrap_or(0);
                    trim(format!("{magnitude:.decimals$}"))
                }
            }
        }
    };
    let digits = if letter.is_ascii_uppercase() { digits.to_uppercase() } else { digits };
    pad(spec, sign(spec, value.is_sign_negative()), &digits, spec.zero, out);
}
