//! `openssl`: keys, requests and certificates for users and servers of the cluster; `rand`, `base64`, `version`.
//!
//! Diverges: a key is random bytes and nothing is reckoned with it, so a request's and a certificate's signatures say
//! nothing; a certificate is what `api::certificate` takes for one: its subject, issuer, names and dates in PEM's
//! clothes. What would need the mathematics (`s_client`, `verify`, `enc` …) is refused.

use serde_json::{Value, json};

use crate::api::certificate::{self, Certificate, CertificateRequest, to_pem};
use crate::api::{base64, time};
use crate::machine::{Process, date};
use crate::sim::{Duration, Time};

/// Attributes of a subject by their short names: the last part of their identifiers below 2.5.4.
const ATTRIBUTES: [(&str, u8); 6] = [("CN", 3), ("C", 6), ("L", 7), ("ST", 8), ("O", 10), ("OU", 11)];

const REFUSED: &str = "is not simulated here: there are no real keys to reckon with; \
    genrsa, genpkey, req, x509, rand, base64 and version are";

/// How long a key takes.
const KEY: Duration = Duration::from_millis(120);

/// A fault, as it is printed.
type Done<T> = Result<T, String>;

/// openssl COMMAND
pub async fn run(process: Process) -> i32 {
    let args = process.args();
    let command = args.get(1).map_or("help", String::as_str);
    let options = Options { words: args.get(2..).unwrap_or_default() };
    let done = match command {
        "version" => {
            process.out("OpenSSL 3.0.13 30 Jan 2024 (Library: OpenSSL 3.0.13 30 Jan 2024)\n").await;
            Ok(())
        }
        "rand" => rand(&process, &options).await,
        "genrsa" | "genpkey" => key(&process, &options).await,
        "req" => req(&process, &options).await,
        "x509" => x509(&process, &options).await,
        "base64" => base64_command(&process, &options).await,
        other => Err(format!("openssl: {other} {REFUSED}\n")),
    };
    match done {
        Ok(()) => 0,
        Err(why) => {
            process.err(&why).await;
            1
        }
    }
}

/// Options as openssl has them: `-name` and `-name value`.
struct Options<'a> {
    words: &'a [String],
}

impl Options<'_> {
    fn has(&self, name: &str) -> bool {
        self.words.iter().any(|word| word.strip_prefix('-') == Some(name))
    }

    fn value(&self, name: &str) -> Option<&str> {
        let at = self.words.iter().position(|word| word.strip_prefix('-') == Some(name))?;
        self.words.get(at + 1).map(String::as_str)
    }

    fn values(&self, name: &str) -> Vec<&str> {
        let pairs = self.words.windows(2).filter(|pair| pair[0].strip_prefix('-') == Some(name));
        pairs.map(|pair| pair[1].as_str()).collect()
    }

    /// The complaint about the first option that is none of these.
    fn only(&self, command: &str, flags: &[&str], values: &[&str]) -> Done<()> {
        let mut words = self.words.iter();
        while let Some(word) = words.next() {
            let Some(name) = word.strip_prefix('-') else { continue };
            if values.contains(&name) {
                words.next();
            } else if !flags.contains(&name) {
                return Err(format!(
                    "{command}: Unknown option: -{name} (or one that is not simulated)\n{command}: Use -help for summary.\n"
                ));
            }
        }
        Ok(())
    }
}

async fn read(process: &Process, command: &str, path: Option<&str>) -> Done<String> {
    let bytes = match path {
        Some(path) => process.read_file(path).await,
        None => process.read_to_end(0).await,
    };
    let bytes = bytes
        .map_err(|errno| format!("Could not open file or uri {} for {command}: {errno}\n", path.unwrap_or("-")))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

async fn give(process: &Process, path: Option<&str>, text: &str) -> Done<()> {
    match path {
        None => {
            process.out(text).await;
            Ok(())
        }
        Some(path) => {
            let written = process.write_file(path, text.as_bytes()).await;
            written.map_err(|errno| format!("Can't open \"{path}\" for writing, {errno}\n"))
        }
    }
}

fn random(process: &Process, count: usize) -> Vec<u8> {
    (0..count).map(|_| process.machine().random_below(256) as u8).collect()
}

async fn rand(process: &Process, options: &Options<'_>) -> Done<()> {
    options.only("rand", &["hex", "base64"], &["out"])?;
    let count = options.words.last().and_then(|word| word.parse::<usize>().ok()).filter(|count| *count <= 1 << 20);
    let Some(count) = count else { return Err("rand: Use -help for summary.\n".to_owned()) };
    let bytes = random(process, count);
    let text = if options.has("hex") {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>() + "\n"
    } else if options.has("base64") {
        lines(&base64::encode(&bytes))
    } else {
        return match options.value("out") {
            Some(path) => process.write_file(path, &bytes).await.map_err(|errno| format!("{errno}\n")),
            None => process.write(1, &bytes).await.map_err(|errno| format!("{errno}\n")),
        };
    };
    give(process, options.value("out"), &text).await
}

/// Text in lines of 64.
fn lines(text: &str) -> String {
    let chunks = text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned() + "\n");
    chunks.collect()
}

async fn base64_command(process: &Process, options: &Options<'_>) -> Done<()> {
    options.only("base64", &["d", "e", "A", "a"], &["in", "out"])?;
    let text = match options.value("in") {
        Some(path) => process.read_file(path).await,
        None => process.read_to_end(0).await,
    };
    let bytes = text.map_err(|errno| format!("{errno}\n"))?;
    if options.has("d") {
        let text: String = String::from_utf8_lossy(&bytes).split_whitespace().collect();
        let decoded = base64::decode(&text).map_err(|_| "error reading input file\n".to_owned())?;
        return process.write(1, &decoded).await.map_err(|errno| format!("{errno}\n"));
    }
    let text = base64::encode(&bytes);
    let text = if options.has("A") { text } else { lines(&text) };
    give(process, options.value("out"), &text).await
}

/// A new key: so many bytes as one of that many bits has.
async fn new_key(process: &Process, bits: usize) -> String {
    process.spend(KEY).await;
    to_pem("PRIVATE KEY", &random(process, (bits * 19 / 32).clamp(64, 8_000)))
}

async fn key(process: &Process, options: &Options<'_>) -> Done<()> {
    options.only("genrsa", &["traditional"], &["out", "algorithm", "pkeyopt"])?;
    let named = options.value("pkeyopt").and_then(|option| option.strip_prefix("rsa_keygen_bits:"));
    let bits = named.or(options.words.last().map(String::as_str)).and_then(|word| word.parse().ok());
    let key = new_key(process, bits.unwrap_or(2_048)).await;
    give(process, options.value("out"), &key).await
}

/// `/CN=jane/O=devs`
fn subject(text: &str) -> Done<Vec<(&'static str, u8, String)>> {
    let fault = |why: &str| format!("req: {why}\n");
    let Some(rest) = text.strip_prefix('/') else {
        return Err(fault(
            "subject name is expected to be in the format /type0=value0/type1=value1/type2=... where characters may be escaped by \\. This name is not in that format",
        ));
    };
    let mut parts = Vec::new();
    for part in rest.split('/').filter(|part| !part.is_empty()) {
        let Some((name, value)) = part.split_once('=') else {
            return Err(fault(&format!("Missing '=' after RDN type string '{part}' in subject name string")));
        };
        match ATTRIBUTES.iter().find(|(known, _)| *known == name) {
            Some((known, number)) => parts.push((*known, *number, value.to_owned())),
            None => return Err(fault(&format!("the attribute {name} is not simulated; CN, O, OU, C, ST and L are"))),
        }
    }
    Ok(parts)
}

/// Alternative names of `subjectAltName=DNS:a,IP:10.0.0.1`.
fn alternatives(options: &Options<'_>) -> Done<Vec<String>> {
    let mut names = Vec::new();
    for extension in options.values("addext") {
        if let Some(list) = extension.replace(' ', "").strip_prefix("subjectAltName=") {
            names.extend(list.split(',').map(str::to_owned));
        }
    }
    match names.iter().find(|name| !name.starts_with("DNS:") && !name.starts_with("IP:")) {
        Some(other) => Err(format!("req: the alternative name {other} is not simulated; DNS: and IP: are\n")),
        None => Ok(names),
    }
}

/// A value of DER.
fn der(tag: u8, contents: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match contents.len() {
        short @ 0..=127 => out.push(short as u8),
        long => out.extend([0x82, (long >> 8) as u8, long as u8]),
    }
    out.extend(contents);
    out
}

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    der(0x30, &parts.concat())
}

/// A request in PKCS #10.
fn request(process: &Process, subject: &[(&str, u8, String)], names: &[String]) -> String {
    let attribute = |(_, number, value): &(&str, u8, String)| {
        der(0x31, &sequence(&[der(6, &[0x55, 4, *number]), der(0x0c, value.as_bytes())]))
    };
    let subject = der(0x30, &subject.iter().flat_map(attribute).collect::<Vec<u8>>());
    // 1.2.840.113549.1.1.1 and .11: RSA, and SHA-256 with RSA.
    let algorithm = |last: u8| sequence(&[der(6, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, last]), der(5, &[])]);
    let bits = |bytes: Vec<u8>| der(3, &[vec![0], bytes].concat());
    let general: Vec<u8> = names
        .iter()
        .flat_map(|name| match (name.strip_prefix("DNS:"), name.strip_prefix("IP:").map(str::parse)) {
            (_, Some(Ok(address))) => der(0x87, &std::net::Ipv4Addr::octets(&address)),
            (Some(name), _) => der(0x82, name.as_bytes()),
            _ => Vec::new(),
        })
        .collect();
    let wanted = sequence(&[der(6, &[0x55, 0x1d, 0x11]), der(4, &der(0x30, &general))]);
    let asked = sequence(&[der(6, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 14]), der(0x31, &der(0x30, &wanted))]);
    let attributes = der(0xa0, &if names.is_empty() { Vec::new() } else { asked });
    let public = sequence(&[algorithm(1), bits(random(process, 270))]);
    let info = sequence(&[der(2, &[0]), subject, public, attributes]);
    to_pem("CERTIFICATE REQUEST", &sequence(&[info, algorithm(11), bits(random(process, 256))]))
}

fn shown(subject: &[(&str, u8, String)]) -> String {
    subject.iter().map(|(name, _, value)| format!("{name} = {value}")).collect::<Vec<_>>().join(", ")
}

/// A certificate for so many days from now.
fn certify(process: &Process, subject: &[(&str, u8, String)], issuer: &str, names: &[String], days: u64) -> String {
    let all = |wanted: u8| subject.iter().filter(move |part| part.1 == wanted).map(|part| part.2.clone());
    let now = process.sim().now();
    let end = Time::from_secs(now.secs().saturating_add(days.min(100_000) * 86_400));
    let serial: String = random(process, 20).iter().map(|byte| format!("{byte:02x}")).collect();
    let value = json!({
        "commonName": all(certificate::COMMON_NAME).next_back().unwrap_or_default(),
        "organization": all(certificate::ORGANIZATION).collect::<Vec<_>>(),
        "notBefore": time::rfc3339(now),
        "notAfter": time::rfc3339(end),
        "subject": shown(subject),
        "issuer": issuer,
        "alternatives": names,
        "serial": serial,
    });
    to_pem("CERTIFICATE", value.to_string().as_bytes())
}

async fn req(process: &Process, options: &Options<'_>) -> Done<()> {
    options.only(
        "req",
        &["new", "x509", "nodes", "noenc", "noout", "text", "subject", "batch", "sha256", "verify"],
        &["key", "keyout", "newkey", "subj", "addext", "out", "in", "days", "config", "extensions"],
    )?;
    if options.has("config") {
        return Err("req: -config is not simulated; give -subj and -addext\n".to_owned());
    }
    if let Some(path) = options.value("in") {
        let text = read(process, "certificate request", Some(path)).await?;
        let parsed = CertificateRequest::parse(&text).map_err(|_| "Unable to load X509 request\n".to_owned())?;
        let parts = request_subject(&parsed);
        if options.has("text") {
            process
                .out(&format!(
                    "Certificate Request:\n    Data:\n        Version: 1 (0x0)\n        Subject: {}\n",
                    shown(&parts)
                ))
                .await;
            let names = request_names(&parsed);
            if !names.is_empty() {
                process.out(&format!("        Requested Extensions:\n            X509v3 Subject Alternative Name: \n                {}\n", told(&names))).await;
            }
        }
        if options.has("subject") {
            process.out(&format!("subject={}\n", shown(&parts))).await;
        }
        return if options.has("noout") { Ok(()) } else { give(process, options.value("out"), &text).await };
    }
    match (options.value("key"), options.value("newkey")) {
        (Some(path), _) => {
            let key = read(process, "private key", Some(path)).await?;
            if !key.contains("PRIVATE KEY-----") {
                return Err(format!("Could not read private key from {path}\n"));
            }
        }
        (None, newkey) => {
            let bits = newkey.and_then(|kind| kind.split_once(':')).and_then(|(_, bits)| bits.parse().ok());
            let key = new_key(process, bits.unwrap_or(2_048)).await;
            give(process, Some(options.value("keyout").unwrap_or("privkey.pem")), &key).await?;
            process.err("-----\n").await;
        }
    }
    let Some(wanted) = options.value("subj") else {
        return Err("req: asking for the subject is not simulated; give it with -subj \"/CN=name\"\n".to_owned());
    };
    let (subject, names) = (subject(wanted)?, alternatives(options)?);
    let text = if options.has("x509") {
        let days = options.value("days").and_then(|days| days.parse().ok()).unwrap_or(30);
        certify(process, &subject, &shown(&subject), &names, days)
    } else {
        request(process, &subject, &names)
    };
    give(process, options.value("out"), &text).await
}

fn request_subject(request: &CertificateRequest) -> Vec<(&'static str, u8, String)> {
    let parts = ATTRIBUTES.iter().flat_map(|(name, number)| {
        request.subject(*number).into_iter().map(move |value| (*name, *number, value.to_owned()))
    });
    parts.collect()
}

fn request_names(request: &CertificateRequest) -> Vec<String> {
    let names = request.alternatives(certificate::DNS).into_iter().map(|name| format!("DNS:{name}"));
    let addresses = request.alternatives(certificate::ADDRESS).into_iter().map(|name| format!("IP:{name}"));
    names.chain(addresses).collect()
}

fn told(names: &[String]) -> String {
    names.iter().map(|name| name.replace("IP:", "IP Address:")).collect::<Vec<_>>().join(", ")
}

async fn x509(process: &Process, options: &Options<'_>) -> Done<()> {
    options.only(
        "x509",
        &[
            "req",
            "CAcreateserial",
            "noout",
            "text",
            "subject",
            "issuer",
            "dates",
            "startdate",
            "enddate",
            "serial",
            "sha256",
        ],
        &[
            "in",
            "out",
            "CA",
            "CAkey",
            "signkey",
            "key",
            "days",
            "extfile",
            "extensions",
            "ext",
            "copy_extensions",
            "set_serial",
            "checkend",
        ],
    )?;
    let text = read(process, "certificate", options.value("in")).await?;
    if options.has("req") {
        let parsed = CertificateRequest::parse(&text).map_err(|_| "Unable to load X509 request\n".to_owned())?;
        let subject = request_subject(&parsed);
        let issuer = match options.value("CA") {
            Some(path) => described(&read(process, "CA certificate", Some(path)).await?)?["subject"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            None => shown(&subject),
        };
        if options.has("CA") && !options.has("CAkey") {
            return Err("x509: a CA's certificate needs its key: -CAkey\n".to_owned());
        }
        if let Some(path) = options.value("CAkey").or(options.value("signkey")).or(options.value("key")) {
            read(process, "CA private key", Some(path)).await?;
        }
        let days = options.value("days").and_then(|days| days.parse().ok()).unwrap_or(30);
        let names =
            if options.has("copy_extensions") || options.has("extfile") { request_names(&parsed) } else { Vec::new() };
        process.err(&format!("Certificate request self-signature ok\nsubject={}\n", shown(&subject))).await;
        let made = certify(process, &subject, &issuer, &names, days);
        return give(process, options.value("out"), &made).await;
    }
    let value = described(&text)?;
    let of = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let when = |name: &str| {
        let time = time::parse(&of(name));
        time.map_or_else(|| "never".to_owned(), |time| date::format("%b %e %H:%M:%S %Y GMT", time.0))
    };
    if let Some(secs) = options.value("checkend").and_then(|secs| secs.parse::<u64>().ok()) {
        let ends = time::parse(&of("notAfter")).is_some_and(|end| end.secs() < process.sim().now().secs() + secs);
        process.out(if ends { "Certificate will expire\n" } else { "Certificate will not expire\n" }).await;
        return if ends { Err(String::new()) } else { Ok(()) };
    }
    let names: Vec<String> =
        value["alternatives"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    let mut out = String::new();
    if options.has("text") {
        out.push_str("Certificate:\n    Data:\n        Version: 3 (0x2)\n");
        out.push_str(&format!("        Issuer: {}\n        Validity\n", of("issuer")));
        out.push_str(&format!(
            "            Not Before: {}\n            Not After : {}\n",
            when("notBefore"),
            when("notAfter")
        ));
        out.push_str(&format!("        Subject: {}\n", of("subject")));
    }
    if !names.is_empty() && (options.has("text") || options.value("ext") == Some("subjectAltName")) {
        let pad = if options.has("text") { "        X509v3 extensions:\n            " } else { "" };
        let deep = if options.has("text") { "                " } else { "    " };
        out.push_str(&format!("{pad}X509v3 Subject Alternative Name: \n{deep}{}\n", told(&names)));
    }
    for (option, line) in [
        ("serial", format!("serial={}\n", of("serial").to_ascii_uppercase())),
        ("subject", format!("subject={}\n", of("subject"))),
        ("issuer", format!("issuer={}\n", of("issuer"))),
        ("startdate", format!("notBefore={}\n", when("notBefore"))),
        ("enddate", format!("notAfter={}\n", when("notAfter"))),
        ("dates", format!("notBefore={}\nnotAfter={}\n", when("notBefore"), when("notAfter"))),
    ] {
        if options.has(option) {
            out.push_str(&line);
        }
    }
    process.out(&out).await;
    if options.has("noout") { Ok(()) } else { give(process, options.value("out"), &text).await }
}

/// What a certificate says, with its subject as openssl shows it.
fn described(text: &str) -> Done<Value> {
    let fault = || "Could not read certificate: it is none, or not one of this simulation\n".to_owned();
    let known = Certificate::parse(text).ok_or_else(fault)?;
    let body = text.split("-----").nth(2).unwrap_or_default();
    let bytes = base64::decode(&body.split_whitespace().collect::<String>()).map_err(|_| fault())?;
    let mut value: Value = serde_json::from_slice(&bytes).map_err(|_| fault())?;
    if value["subject"].is_null() {
        let organizations = known.organization.iter().map(|organization| format!("O = {organization}"));
        let parts: Vec<String> = organizations.chain([format!("CN = {}", known.common_name)]).collect();
        value["subject"] = json!(parts.join(", "));
        value["issuer"] = json!("CN = kubernetes");
    }
    Ok(value)
}
