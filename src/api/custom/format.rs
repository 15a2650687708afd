//! The formats of texts that are checked. Models kube-openapi/pkg/validation/strfmt.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::api::{base64, name_rules, time};

/// Whether a text is of a format. Formats that nobody knows fit every text.
pub fn fits(format: &str, text: &str) -> bool {
    let hex = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match format {
        "date-time" | "datetime" => time::parse(text).is_some(),
        "date" => text.len() == 10 && time::parse(&format!("{text}T00:00:00Z")).is_some(),
        "byte" => base64::decode(text).is_ok(),
        "ipv4" => text.parse::<Ipv4Addr>().is_ok(),
        "ipv6" => text.parse::<Ipv6Addr>().is_ok(),
        "cidr" => text.split_once('/').is_some_and(|(address, bits)| {
            let most = match address.parse::<IpAddr>() {
                Ok(IpAddr::V4(_)) => 32,
                Ok(IpAddr::V6(_)) => 128,
                Err(_) => return false,
            };
            bits.parse::<u8>().is_ok_and(|bits| bits <= most)
        }),
        "mac" => text.split([':', '-']).count() == 6 && text.split([':', '-']).all(|part| part.len() == 2 && hex(part)),
        "hostname" => name_rules::subdomain_faults(&text.to_lowercase()).is_empty(),
        "email" => text.split_once('@').is_some_and(|(user, host)| {
            !user.is_empty() && !host.is_empty() && !host.contains('@') && !text.contains(char::is_whitespace)
        }),
        "uri" => text.split_once(':').is_some_and(|(scheme, rest)| {
            scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
                && !rest.is_empty()
                && !text.contains(char::is_whitespace)
        }),
        "uuid" | "uuid3" | "uuid4" | "uuid5" => {
            let parts: Vec<usize> = text.split('-').map(str::len).collect();
            let plain = text.replace('-', "");
            hex(&plain) && plain.len() == 32 && (parts == [8, 4, 4, 4, 12] || parts == [32])
        }
        "duration" => is_duration(text),
        _ => true,
    }
}

/// `1h30m`, `1.5s`, `5 minutes`.
fn is_duration(text: &str) -> bool {
    let units = ["ns", "us", "µs", "ms", "s", "m", "h", "d", "w"];
    let mut rest = text.trim_start_matches(['-', '+']);
    if rest.is_empty() {
        return false;
    }
    while !rest.is_empty() {
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let after = rest[number..].trim_start();
        let unit = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        if rest == "0" {
            return true;
        }
        if number == 0 || !units.contains(&&after[..unit]) {
            return false;
        }
        rest = &after[unit..];
    }
    true
}
