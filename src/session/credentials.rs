//! Who somebody is to the API server: client certificates and tokens.
//!
//! Diverges: a certificate is not signed (see [`Certificate`]), and the server believes it.

use crate::api::certificate::Certificate;
use crate::api::{base64, sha256::sha256};
use crate::apiserver::ApiServer;
use crate::apiserver::rest::User;
use crate::machine::{CLIENT_CERTIFICATE, HttpRequest};
use crate::sim::{Rng, Time};

/// `client-certificate-data` for a user and its groups.
pub fn certificate(user: &str, groups: &[&str]) -> String {
    let organization = groups.iter().map(|&group| group.to_owned()).collect();
    let certificate = Certificate { common_name: user.to_owned(), organization, not_after: None };
    base64::encode(certificate.to_pem().as_bytes())
}

/// `client-key-data` for a user.
pub fn key(rng: &mut Rng) -> String {
    let body = noise(rng, 192);
    base64::encode(format!("-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----\n").as_bytes())
}

/// `certificate-authority-data` of a cluster.
pub fn authority() -> String {
    certificate("kubernetes", &[])
}

/// What [`authority`] holds, as a file.
pub fn authority_pem() -> String {
    text(&authority())
}

fn noise(rng: &mut Rng, n: usize) -> String {
    rng.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", n)
}

/// Who sends a request. `Err` for credentials that are not good.
pub fn user(request: &HttpRequest, api: &ApiServer) -> Result<User, ()> {
    let asked = match (request.header(CLIENT_CERTIFICATE), request.header("Authorization")) {
        (Some(certificate), _) if !certificate.is_empty() => subject(certificate, api.now()).ok_or(())?,
        (_, Some(header)) if header.starts_with("Bearer ") => {
            api.authenticate(header.trim_start_matches("Bearer ").trim()).ok_or(())?
        }
        // Of other schemes, as of passwords, the server knows nothing.
        _ => return Ok(User::anonymous()),
    };
    Ok(asked)
}

fn subject(certificate: &str, now: Time) -> Option<User> {
    // A file holds the PEM itself, a kubeconfig its base64.
    let pem = if certificate.contains("-----BEGIN") { certificate.to_owned() } else { text(certificate) };
    let subject = Certificate::parse(&pem).filter(|certificate| certificate.not_after.is_none_or(|end| now < end))?;
    let mut groups = subject.organization;
    groups.push("system:authenticated".to_owned());
    let digest: String = sha256(pem.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let id = ("authentication.kubernetes.io/credential-id".to_owned(), vec![format!("X509SHA256={digest}")]);
    Some(User { name: subject.common_name, uid: String::new(), groups, extra: vec![id] })
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
