//! Formats (`@csv` and the like), and functions of texts.

use super::json;
use super::print::{compact, short};
use super::value::Value;
use crate::api::base64;

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn fault<T>(message: &str) -> Result<T, Value> {
    Err(Value::text(message))
}

/// A complaint about one value.
pub fn about<T>(value: &Value, complaint: &str) -> Result<T, Value> {
    fault(&format!("{} ({}) {complaint}", value.kind(), short(value)))
}

/// A complaint about two values.
pub fn about_both<T>(a: &Value, b: &Value, complaint: &str) -> Result<T, Value> {
    fault(&format!("{} ({}) and {} ({}) {complaint}", a.kind(), short(a), b.kind(), short(b)))
}

/// A text as it is, anything else as JSON.
pub fn to_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.to_string(),
        other => compact(other),
    }
}

/// A value through a format.
pub fn format(name: &str, value: &Value) -> Result<String, Value> {
    Ok(match name {
        "@text" => to_text(value),
        "@json" => compact(value),
        "@csv" => row(value, "csv", ",", &|text| format!("\"{}\"", text.replace('"', "\"\"")))?,
        "@tsv" => row(value, "tsv", "\t", &|text| {
            text.replace('\\', "\\\\").replace('\t', "\\t").replace('\r', "\\r").replace('\n', "\\n")
        })?,
        "@html" => {
            let text = to_text(value);
            let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            text.replace('\'', "&#39;").replace('"', "&quot;")
        }
        "@uri" => {
            let mut out = String::new();
            for byte in to_text(value).bytes() {
                if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                    out.push(byte as char);
                } else {
                    out.push_str(&format!("%{byte:02X}"));
                }
            }
            out
        }
        "@sh" => {
            let quoted = |value: &Value| match value {
                Value::Array(_) | Value::Object(_) => about(value, "can not be escaped for shell"),
                Value::String(text) => Ok(format!("'{}'", text.replace('\'', "'\\''"))),
                other => Ok(compact(other)),
            };
            match value {
                Value::Array(array) => {
                    array.items.iter().map(quoted).collect::<Result<Vec<String>, Value>>()?.join(" ")
                }
                other => quoted(other)?,
            }
        }
        "@base64" => base64::encode(to_text(value).as_bytes()),
        "@base64d" => {
            let text = to_text(value);
            let trimmed = text.trim_end_matches('=');
            // What is left over of a last group counts as far as it makes bytes.
            let padded = match trimmed.len() % 4 {
                1 => trimmed[..trimmed.len() - 1].to_owned(),
                2 => format!("{trimmed}=="),
                3 => format!("{trimmed}="),
                _ => trimmed.to_owned(),
            };
            match base64::decode(&padded) {
                Ok(bytes) if !bytes.is_empty() || text.is_empty() => String::from_utf8_lossy(&bytes).into_owned(),
                _ => return about(&Value::text(&text), "is not valid base64 data"),
            }
        }
        "@base32" => {
            let text = to_text(value);
            let mut out = String::new();
            for chunk in text.as_bytes().chunks(5) {
                let mut bits = [0u8; 5];
                bits[..chunk.len()].copy_from_slice(chunk);
                let all = bits.iter().fold(0u64, |all, byte| all << 8 | u64::from(*byte));
                let letters = (chunk.len() * 8).div_ceil(5);
                for at in 0..8 {
                    let letter = BASE32[(all >> (35 - 5 * at) & 31) as usize] as char;
                    out.push(if at < letters { letter } else { '=' });
                }
            }
            out
        }
        "@base32d" => {
            let text = to_text(value);
            let (mut all, mut bits, mut bytes) = (0u32, 0, Vec::new());
            for byte in text.trim_end_matches('=').bytes() {
                let Some(five) = BASE32.iter().position(|letter| *letter == byte) else {
                    return about(value, "is not valid base32 data");
                };
                all = (all << 5 | five as u32) & 0xfff;
                bits += 5;
                if bits >= 8 {
                    bits -= 8;
                    bytes.push((all >> bits) as u8);
                }
            }
            String::from_utf8_lossy(&bytes).into_owned()
        }
        other => return fault(&format!("{} is not a valid format", other.trim_start_matches('@'))),
    })
}

fn row(value: &Value, name: &str, between: &str, quoted: &dyn Fn(&str) -> String) -> Result<String, Value> {
    let Value::Array(array) = value else {
        return about(value, &format!("cannot be {name}-formatted, only array"));
    };
    let cells = array.items.iter().map(|item| match item {
        Value::Null => Ok(String::new()),
        Value::Bool(_) | Value::Number(..) => Ok(compact(item)),
        Value::String(text) => Ok(quoted(text)),
        _ => about(item, "is not valid in a csv row"),
    });
    Ok(cells.collect::<Result<Vec<String>, Value>>()?.join(between))
}

/// `tonumber`
pub fn to_number(value: &Value) -> Result<Value, Value> {
    match value {
        Value::Number(..) => Ok(value.clone()),
        Value::String(_) => match from_json(value)? {
            number @ Value::Number(..) => Ok(number),
            _ => about(value, "cannot be parsed as a number"),
        },
        _ => about(value, "cannot be parsed as a number"),
    }
}

/// `fromjson`
pub fn from_json(value: &Value) -> Result<Value, Value> {
    let Value::String(text) = value else { return about(value, "only strings can be parsed") };
    json::parse(text).map_err(|why| Value::text(&format!("{why} (while parsing '{text}')")))
}

/// `implode`
pub fn implode(value: &Value) -> Result<Value, Value> {
    let Value::Array(array) = value else { return fault("implode input must be an array") };
    let mut out = String::new();
    for item in &array.items {
        let Value::Number(code, _) = item else {
            return fault("Unicode codepoint must be numeric");
        };
        out.push(char::from_u32(*code as u32).unwrap_or('\u{fffd}'));
    }
    Ok(Value::text(&out))
}
