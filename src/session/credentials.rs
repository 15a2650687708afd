//! Who somebody is to the API server: client certificates and tokens.
//!
//! Diverges: a certificate is not signed. It is its subject in PEM's clothes, and the server believes it.

use serde_json::{Value, json};

use crate::api::{base64, sha256::sha256};
use crate::apiserver::ApiServer;
use crate::apiserver::rest::User;
use crate::machine::{CLIENT_CERTIFICATE, HttpRequest};
use crate::sim::Rng;

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

/// Who sends a request. `Err` for credentials that are not good.
pub fn user(request: &HttpRequest, api: &ApiServer) -> Result<User, ()> {
    let asked = match (request.header(CLIENT_CERTIFICATE), request.header("Authorization")) {
        (Some(certificate), _) if !certificate.is_empty() => subject(certificate).ok_or(())?,
        (_, Some(header)) => api.authenticate(header.strip_prefix("Bearer ").ok_or(())?.trim()).ok_or(())?,
        _ => return Ok(User::anonymous()),
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
    let digest: String = sha256(pem.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let id = ("authentication.kubernetes.io/credential-id".to_owned(), vec![format!("X509SHA256={digest}")]);
    Some(User { name: subject["commonName"].as_str()?.to_owned(), uid: String::new(), groups, extra: vec![id] })
}

fn text(base64: &str) -> String {
    String::from_utf8_lossy(&base64::decode(base64).unwrap_or_default()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_reads_what_clients_hold() {
        let api = ApiServer::for_tests();
        let request = HttpRequest::new("GET", "/")
            .with_header(CLIENT_CERTIFICATE, &certificate("kubernetes-admin", &["kubeadm:cluster-admins"]));
        let admin = user(&request, &api).unwrap();
        assert_eq!(admin.name, "kubernetes-admin");
        assert_eq!(admin.groups, ["kubeadm:cluster-admins", "system:authenticated"]);
        assert_eq!(user(&HttpRequest::new("GET", "/"), &api).unwrap().name, "system:anonymous");
        let bad = HttpRequest::new("GET", "/").with_header("Authorization", "Bearer x.y.z");
        assert!(user(&bad, &api).is_err());
    }
}
