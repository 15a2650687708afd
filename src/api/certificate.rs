//! Certificates and the requests for them.
//!
//! A request is PKCS #10 as openssl writes it, of which the names are read and no more. Models
//! pkg/apis/certificates/helpers.go ParseCSR.
//!
//! Diverges: a request's signature is not checked, and a certificate is neither X.509 nor signed: it is
//! its subject, and until when it holds, in PEM's clothes.

use core::net::{Ipv4Addr, Ipv6Addr};

use serde_json::{Value, json};

use super::{base64, time};
use crate::sim::Time;

/// What a certificate is written under.
const CERTIFICATE: &str = "CERTIFICATE";
/// What a request is written under.
const REQUEST: &str = "CERTIFICATE REQUEST";

/// PEM: bytes under a heading, as lines of base64.
pub fn to_pem(heading: &str, bytes: &[u8]) -> String {
    let body = base64::encode(bytes);
    let mut text = format!("-----BEGIN {heading}-----\n");
    for (at, letter) in body.chars().enumerate() {
        if at > 0 && at % 64 == 0 {
            text.push('\n');
        }
        text.push(letter);
    }
    text + &format!("\n-----END {heading}-----\n")
}

/// What stands under a heading.
fn of_pem(heading: &str, text: &str) -> Option<Vec<u8>> {
    let (_, rest) = text.split_once(&format!("-----BEGIN {heading}-----\n"))?;
    let (body, _) = rest.split_once(&format!("-----END {heading}-----"))?;
    base64::decode(&body.replace(['\n', '\r'], "")).ok()
}

/// A client's certificate.
#[derive(Clone, Debug, PartialEq)]
pub struct Certificate {
    /// The user.
    pub common_name: String,
    /// The groups.
    pub organization: Vec<String>,
    /// When it ends; never, where nothing is said.
    pub not_after: Option<Time>,
}

impl Certificate {
    /// As a file holds it.
    pub fn to_pem(&self) -> String {
        let mut subject = json!({"commonName": self.common_name, "organization": self.organization});
        if let Some(end) = self.not_after {
            subject["notAfter"] = json!(time::rfc3339(end));
        }
        to_pem(CERTIFICATE, subject.to_string().as_bytes())
    }

    /// What a file holds.
    pub fn parse(text: &str) -> Option<Certificate> {
        let subject: Value = serde_json::from_slice(&of_pem(CERTIFICATE, text)?).ok()?;
        let groups = subject["organization"].as_array().into_iter().flatten();
        Some(Certificate {
            common_name: subject["commonName"].as_str()?.to_owned(),
            organization: groups.filter_map(Value::as_str).map(str::to_owned).collect(),
            not_after: subject["notAfter"].as_str().and_then(time::parse),
        })
    }
}

/// Attributes of a subject: the last part of their object identifiers, below 2.5.4.
pub const COMMON_NAME: u8 = 3;
/// `serialNumber`
pub const SERIAL_NUMBER: u8 = 5;
/// `O`
pub const ORGANIZATION: u8 = 10;

/// Kinds of alternative names: their tags in a GeneralName.
pub const EMAIL: u8 = 0x81;
/// A DNS name.
pub const DNS: u8 = 0x82;
/// A URI.
pub const URI: u8 = 0x86;
/// An address.
pub const ADDRESS: u8 = 0x87;

/// A request for a certificate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CertificateRequest {
    subject: Vec<(u8, String)>,
    alternatives: Vec<(u8, String)>,
}

impl CertificateRequest {
    /// Reads a request; the error is Go's, but for the words about broken DER.
    pub fn parse(text: &str) -> Result<CertificateRequest, &'static str> {
        let der = of_pem(REQUEST, text).ok_or("PEM block type must be CERTIFICATE REQUEST")?;
        read(&der).ok_or("asn1: syntax error: data truncated")
    }

    /// The values of an attribute of the subject.
    pub fn subject(&self, attribute: u8) -> Vec<&str> {
        values(&self.subject, attribute)
    }

    /// The last value of an attribute of the subject.
    pub fn last(&self, attribute: u8) -> &str {
        self.subject(attribute).last().copied().unwrap_or_default()
    }

    /// The alternative names of a kind.
    pub fn alternatives(&self, kind: u8) -> Vec<&str> {
        values(&self.alternatives, kind)
    }
}

fn values(pairs: &[(u8, String)], wanted: u8) -> Vec<&str> {
    pairs.iter().filter(|(key, _)| *key == wanted).map(|(_, value)| value.as_str()).collect()
}

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const IDENTIFIER: u8 = 0x06;
/// The attributes of a request: `[0]`.
const ATTRIBUTES: u8 = 0xa0;
/// 1.2.840.113549.1.9.14
const EXTENSION_REQUEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 14];
/// 2.5.29.17
const ALTERNATIVE_NAMES: &[u8] = &[0x55, 0x1d, 0x11];

/// Values of DER, one after the other.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// The next value: its tag and its contents.
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        let (&short, mut rest) = rest.split_first()?;
        let mut length = usize::from(short);
        if short >= 0x80 {
            let (digits, after) =
                rest.split_at_checked(usize::from(short & 0x7f)).filter(|(digits, _)| digits.len() <= 4)?;
            length = digits.iter().fold(0, |all, &digit| all << 8 | usize::from(digit));
            rest = after;
        }
        let (contents, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, contents))
    }

    /// The contents of the next value, which has this tag.
    fn tagged(&mut self, wanted: u8) -> Option<Der<'a>> {
        self.next().filter(|(tag, _)| *tag == wanted).map(|(_, contents)| Der(contents))
    }
}

fn read(der: &[u8]) -> Option<CertificateRequest> {
    let mut info = Der(der).tagged(SEQUENCE)?.tagged(SEQUENCE)?;
    let mut request = CertificateRequest::default();
    info.next()?; // the version
    let mut names = info.tagged(SEQUENCE)?;
    while !names.0.is_empty() {
        let mut set = names.tagged(SET)?;
        while !set.0.is_empty() {
            let mut pair = set.tagged(SEQUENCE)?;
            let id = pair.tagged(IDENTIFIER)?.0;
            let (_, value) = pair.next()?;
            if let [0x55, 4, attribute] = id {
                request.subject.push((*attribute, String::from_utf8_lossy(value).into_owned()));
            }
        }
    }
    info.tagged(SEQUENCE)?; // the public key
    let mut attributes = info.tagged(ATTRIBUTES).unwrap_or(Der(&[]));
    while !attributes.0.is_empty() {
        let mut attribute = attributes.tagged(SEQUENCE)?;
        if attribute.tagged(IDENTIFIER)?.0 == EXTENSION_REQUEST {
            extensions(&mut attribute.tagged(SET)?.tagged(SEQUENCE)?, &mut request)?;
        }
    }
    Some(request)
}

fn extensions(list: &mut Der<'_>, request: &mut CertificateRequest) -> Option<()> {
    while !list.0.is_empty() {
        let mut extension = list.tagged(SEQUENCE)?;
        let id = extension.tagged(IDENTIFIER)?.0;
        // Whether it is critical may stand between.
        let mut contents = extension.next()?.1;
        if !extension.0.is_empty() {
            contents = extension.next()?.1;
        }
        if id != ALTERNATIVE_NAMES {
            continue;
        }
        let mut names = Der(contents).tagged(SEQUENCE)?;
        while !names.0.is_empty() {
            let (kind, value) = names.next()?;
            let text = match (kind, <[u8; 4]>::try_from(value), <[u8; 16]>::try_from(value)) {
                (ADDRESS, Ok(four), _) => Ipv4Addr::from(four).to_string(),
                (ADDRESS, _, Ok(sixteen)) => Ipv6Addr::from(sixteen).to_string(),
                _ => String::from_utf8_lossy(value).into_owned(),
            };
            request.alternatives.push((kind, text));
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `openssl req -new -newkey ed25519 -nodes -subj "/O=devs/O=ops/CN=jane" -addext
    /// "subjectAltName=DNS:web.example.com,IP:10.0.0.7"`
    const OPENSSL: &str = "-----BEGIN CERTIFICATE REQUEST-----\n\
        MIHfMIGSAgEAMCwxDTALBgNVBAoMBGRldnMxDDAKBgNVBAoMA29wczENMAsGA1UE\n\
        AwwEamFuZTAqMAUGAytlcAMhAJ5NoJWawtFtL+3Ixx5AZkylc03KtBqHHKBdn/+n\n\
        mZkRoDMwMQYJKoZIhvcNAQkOMSQwIjAgBgNVHREEGTAXgg93ZWIuZXhhbXBsZS5j\n\
        b22HBAoAAAcwBQYDK2VwA0EAb6GGJFdtSlWu9Ek2J1s+03rH33fRsvRzIAas4qBP\n\
        0kdGLH+fIFiru57OOiYpTKxj/ycDxfiNQKhULERPu7E6Cw==\n\
        -----END CERTIFICATE REQUEST-----\n";

    #[test]
    fn reads_what_openssl_writes() {
        let request = CertificateRequest::parse(OPENSSL).unwrap();
        assert_eq!(request.last(COMMON_NAME), "jane");
        assert_eq!(request.subject(ORGANIZATION), ["devs", "ops"]);
        assert_eq!(
            (request.alternatives(DNS), request.alternatives(ADDRESS)),
            (vec!["web.example.com"], vec!["10.0.0.7"])
        );
        assert!(CertificateRequest::parse("hello").is_err());
        let der = of_pem(REQUEST, OPENSSL).unwrap();
        for end in 0..der.len() {
            assert_eq!(read(&der[..end]), None);
        }
        for at in 0..der.len() {
            let mut broken = der.clone();
            broken[at] ^= 0x55;
            // Whatever it reads, it ends.
            let _ = read(&broken);
        }
    }

    #[test]
    fn a_certificate_says_what_was_written() {
        let certificate = Certificate {
            common_name: "jane".to_owned(),
            organization: vec!["devs".to_owned()],
            not_after: Some(Time::from_secs(1_795_164_114)),
        };
        assert_eq!(Certificate::parse(&certificate.to_pem()), Some(certificate));
        assert_eq!(Certificate::parse("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----"), None);
    }
}
