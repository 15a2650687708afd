//! Who somebody is to the API server: client certificates and tokens.
//!
//! Diverges: nothing is signed. A certificate is its subject in PEM's clothes, a token's
//! signature is noise; the server believes both, since nobody here can forge more than they own.

use serde_json::{Value, json};

use crate::api::base64;
use crate::apiserver::rest::User;
use crate::machine::{CLIENT_CERTIFICATE, HttpRequest};
use crate::sim::{Rng, Time};

/// `client-certificate-data` for a user and its groups.
pub fn certificate(user: &str, groups: &[&str]) -> String {
    let subject = json!({"commonName": user, "organization": groups}).to_string();
    pem("CERTIFICATE", &base64::encode(subject.as_bytes()))
}

/// `client-key-data` for a user.
pub fn key(rng: &mut Rng) -> String {
    pem("RSA PRIVATE KEY", &noise(rng, 192))
}

/// `certificate-authority-data` of a cluster.
pub fn authority() -> String {
    certificate("kubernetes", &[])
}

/// What [`authority`] holds, as a file.
pub fn authority_pem() -> String {
    text(&authority())
}

fn pem(what: &str, body: &str) -> String {
    base64::encode(format!("-----BEGIN {what}-----\n{body}\n-----END {what}-----\n").as_bytes())
}

fn noise(rng: &mut Rng, n: usize) -> String {
    rng.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", n)
}

/// A service account's token, as a projected volume holds it.
pub fn token(namespace: &str, account: &str, pod: (&str, &str), now: Time, rng: &mut Rng) -> String {
    let url = |value: Value| {
        base64::encode(value.to_string().as_bytes())
            .replace('+', "-")
            .replace('/', "_")
            .trim_end_matches('=')
            .to_owned()
    };
    let claims = json!({
        "aud": ["https://kubernetes.default.svc.cluster.local"],
        "exp": now.secs() + 3607, "iat": now.secs(), "nbf": now.secs(),
        "iss": "https://kubernetes.default.svc.cluster.local",
        "kubernetes.io": {"namespace": namespace, "pod": {"name": pod.0, "uid": pod.1}, "serviceaccount": {"name": account}},
        "sub": format!("system:serviceaccount:{namespace}:{account}"),
    });
    format!("{}.{}.{}", url(json!({"alg": "RS256", "kid": "drydock"})), url(claims), noise(rng, 342))
}

/// Who sends a request. `Err` for credentials that cannot be read.
pub fn user(request: &HttpRequest) -> Result<User, ()> {
    let asked = match (request.header(CLIENT_CERTIFICATE), request.header("Authorization")) {
        (Some(certificate), _) if !certificate.is_empty() => subject(certificate).ok_or(())?,
        (_, Some(header)) => bearer(header.strip_prefix("Bearer ").ok_or(())?.trim()).ok_or(())?,
        _ => return Ok(User { name: "system:anonymous".into(), groups: vec!["system:unauthenticated".into()] }),
    };
    Ok(asked)
}

fn subject(certificate: &str) -> Option<User> {
    // A file holds the PEM itself, a kubeconfig its base64.
    let pem = if certificate.contains("-----BEGIN") { certificate.to_owned() } else { text(certificate) };
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let subject: Value = serde_json::from_slice(&base64::decode(&body).ok()?).ok()?;
    let groups = subject["organization"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
    let groups = groups.chain(["system:authenticated".to_owned()]).collect();
    Some(User { name: subject["commonName"].as_str()?.to_owned(), groups })
}

fn text(base64: &str) -> String {
    String::from_utf8_lossy(&base64::decode(base64).unwrap_or_default()).into_owned()
}

fn bearer(token: &str) -> Option<User> {
    let claims = token.split('.').nth(1)?.replace('-', "+").replace('_', "/");
    let padded = format!("{claims}{}", "=".repeat((4 - claims.len() % 4) % 4));
    let claims: Value = serde_json::from_slice(&base64::decode(&padded).ok()?).ok()?;
    let name = claims["sub"].as_str()?.to_owned();
    let namespace = name.strip_prefix("system:serviceaccount:")?.split(':').next()?.to_owned();
    let groups =
        ["system:serviceaccounts".into(), format!("system:serviceaccounts:{namespace}"), "system:authenticated".into()];
    Some(User { name, groups: groups.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_reads_what_clients_hold() {
        let request = HttpRequest::new("GET", "/")
            .with_header(CLIENT_CERTIFICATE, &certificate("kubernetes-admin", &["kubeadm:cluster-admins"]));
        let admin = user(&request).unwrap();
        assert_eq!(admin.name, "kubernetes-admin");
        assert_eq!(admin.groups, ["kubeadm:cluster-admins", "system:authenticated"]);
        let token = token("default", "web", ("web-1", "u"), Time::from_secs(9), &mut Rng::new(1));
        let request = HttpRequest::new("GET", "/").with_header("Authorization", &format!("Bearer {token}"));
        assert_eq!(user(&request).unwrap().name, "system:serviceaccount:default:web");
        assert_eq!(user(&HttpRequest::new("GET", "/")).unwrap().name, "system:anonymous");
        let bad = HttpRequest::new("GET", "/").with_header("Authorization", "Bearer x.y.z");
        assert!(user(&bad).is_err());
    }
}
