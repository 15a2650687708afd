//! The tokens of service accounts: making them and believing them.
//!
//! Models pkg/serviceaccount (claims.go, jwt.go) and pkg/registry/core/serviceaccount/storage/token.go.
//! Diverges: the signature is a keyed digest in place of RSA's, which only this server can check.

use k8s_openapi::api::core::v1::ServiceAccountTokenProjection;
use serde_json::{Value, json};

use super::ApiServer;
use super::rest::{User, service_account_groups};
use crate::api::{Key, base64, names, sha256::sha256};
use crate::sim::{Rng, Time};

/// Whom tokens are for, and who makes them.
pub const ISSUER: &str = "https://kubernetes.default.svc.cluster.local";

/// How long a token lasts that a Pod finds in its volume: a year, so that old clients, which do not
/// read it again, keep working (ServiceAccountTokenExtended).
const EXTENDED: u64 = 365 * 24 * 3600;
/// What is asked for such a token.
const PROJECTED: u64 = 3607;

/// What signs tokens.
#[derive(Debug)]
pub struct SigningKey([u8; 32]);

impl SigningKey {
    /// A key by chance.
    pub fn new(mut rng: Rng) -> SigningKey {
        SigningKey(sha256(&[rng.bits(), rng.bits(), rng.bits(), rng.bits()].map(u64::to_be_bytes).concat()))
    }

    /// 256 bytes, as many as an RSA signature has.
    fn sign(&self, message: &str) -> String {
        let digest = sha256(message.as_bytes());
        let block = |n: u8| sha256(&[&self.0[..], &[n], &digest].concat());
        url(&(0..8).map(block).collect::<Vec<_>>().concat())
    }
}

/// base64url without padding.
fn url(bytes: &[u8]) -> String {
    base64::encode(bytes).replace('+', "-").replace('/', "_").trim_end_matches('=').to_owned()
}

fn from_url(text: &str) -> Option<Vec<u8>> {
    let standard = text.replace('-', "+").replace('_', "/");
    base64::decode(&format!("{standard}{}", "=".repeat((4 - text.len() % 4) % 4))).ok()
}

/// What a token is asked for.
#[derive(Debug)]
pub struct Claims<'a> {
    /// The service account.
    pub account: &'a Key,
    /// For whom it is; the API server where nothing is said.
    pub audiences: Vec<String>,
    /// How many seconds it lasts.
    pub seconds: u64,
    /// The kind (`Pod`, `Secret`, `Node`) and name of what it lasts no longer than.
    pub bound: Option<(&'a str, &'a str)>,
}

impl ApiServer {
    /// A token with these claims, for which everything named must be there. `rng` draws its number.
    pub(super) fn issue_token(&self, claims: &Claims<'_>, rng: &mut Rng) -> Option<String> {
        let now = self.now.secs();
        let (namespace, name) = (&*claims.account.namespace, &*claims.account.name);
        let mut about = json!({
            "namespace": namespace,
            "serviceaccount": {"name": name, "uid": self.uid("ServiceAccount", namespace, name)?},
        });
        let mut seconds = claims.seconds;
        if let Some((kind, bound)) = claims.bound {
            let within = if kind == "Node" { "" } else { namespace };
            about[kind.to_lowercase()] = json!({"name": bound, "uid": self.uid(kind, within, bound)?});
            let pod = self.stored("Pod", namespace, bound).filter(|_| kind == "Pod");
            let spec = pod.and_then(|pod| pod.spec::<crate::api::PodSpec>());
            if let Some(node) = spec.and_then(|spec| spec.node_name.as_deref())
                && let Some(uid) = self.uid("Node", "", node)
            {
                about["node"] = json!({"name": node, "uid": uid});
            }
            if kind == "Pod" && seconds == PROJECTED && claims.audiences.is_empty() {
                about["warnafter"] = json!(now + PROJECTED);
                seconds = EXTENDED;
            }
        }
        let audiences = if claims.audiences.is_empty() { vec![ISSUER.to_owned()] } else { claims.audiences.clone() };
        let claims = json!({
            "aud": audiences, "exp": now + seconds, "iat": now, "iss": ISSUER, "jti": names::uid(rng),
            "kubernetes.io": about, "nbf": now, "sub": format!("system:serviceaccount:{namespace}:{name}"),
        });
        let key = url(&sha256(&self.signing_key.0));
        let header = json!({"alg": "RS256", "kid": key});
        let message = format!("{}.{}", url(header.to_string().as_bytes()), url(claims.to_string().as_bytes()));
        let signature = self.signing_key.sign(&message);
        Some(format!("{message}.{signature}"))
    }

    /// The token that a Pod finds in its volume, as the source of the volume asks for it.
    pub fn projected_token(
        &self,
        account: &Key,
        pod: &str,
        source: &ServiceAccountTokenProjection,
        rng: &mut Rng,
    ) -> Option<String> {
        let audiences = source.audience.iter().filter(|text| !text.is_empty()).cloned().collect();
        let seconds = source.expiration_seconds.and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or(3600);
        self.issue_token(&Claims { account, audiences, seconds, bound: Some(("Pod", pod)) }, rng)
    }

    /// Who holds a token, if it is good: made here, for here, not expired, and everything that it
    /// names is still there.
    pub fn authenticate(&self, token: &str) -> Option<User> {
        let (message, signature) = token.rsplit_once('.')?;
        if self.signing_key.sign(message) != signature {
            return None;
        }
        let claims: Value = serde_json::from_slice(&from_url(message.split('.').nth(1)?)?).ok()?;
        let here = claims["aud"].as_array()?.iter().any(|audience| audience == ISSUER);
        if !here || Time::from_secs(claims["exp"].as_u64()?) <= self.now {
            return None;
        }
        let about = &claims["kubernetes.io"];
        let namespace = about["namespace"].as_str()?;
        let text = |field: &str, part: &str| about[field][part].as_str().map(str::to_owned);
        let credential = claims["jti"].as_str().unwrap_or_default();
        let mut extra =
            vec![("authentication.kubernetes.io/credential-id".to_owned(), vec![format!("JTI={credential}")])];
        for kind in ["ServiceAccount", "Node", "Pod", "Secret"] {
            let field = kind.to_lowercase();
            let (Some(name), Some(uid)) = (text(&field, "name"), text(&field, "uid")) else { continue };
            let within = if kind == "Node" { "" } else { namespace };
            if self.uid(kind, within, &name).as_deref() != Some(&uid) {
                return None;
            }
            if matches!(kind, "Node" | "Pod") {
                extra.push((format!("authentication.kubernetes.io/{field}-name"), vec![name]));
                extra.push((format!("authentication.kubernetes.io/{field}-uid"), vec![uid]));
            }
        }
        let mut groups = Vec::from(service_account_groups(namespace));
        groups.push("system:authenticated".to_owned());
        Some(User { name: claims["sub"].as_str()?.to_owned(), uid: text("serviceaccount", "uid")?, groups, extra })
    }

    fn stored(&self, kind: &str, namespace: &str, name: &str) -> Option<&crate::api::Object> {
        let kind = self.kinds.kind("", kind)?;
        self.store.get(kind.id, &Key::new(namespace, name)).map(|object| &**object)
    }

    fn uid(&self, kind: &str, namespace: &str, name: &str) -> Option<String> {
        Some(self.stored(kind, namespace, name)?.meta.uid.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_believed_as_long_as_it_is_good() {
        let mut server = ApiServer::for_tests();
        let account = Key::new("default", "default");
        let ask = |server: &ApiServer, audiences: &[&str]| {
            let audiences = audiences.iter().map(|text| (*text).to_owned()).collect();
            let claims = Claims { account: &account, audiences, seconds: 600, bound: None };
            server.issue_token(&claims, &mut Rng::new(7)).unwrap()
        };
        let token = ask(&server, &[]);
        let user = server.authenticate(&token).unwrap();
        assert_eq!(user.name, "system:serviceaccount:default:default");
        assert_eq!(user.groups, ["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"]);
        assert!(server.authenticate(&ask(&server, &["https://elsewhere"])).is_none());
        let mut forged = token.clone();
        forged.replace_range(60..61, if forged.as_bytes()[60] == b'A' { "B" } else { "A" });
        assert!(server.authenticate(&forged).is_none());
        assert!(server.authenticate("x.y.z").is_none());
        server.set_now(Time(server.now().0 + 600_000_000));
        assert!(server.authenticate(&token).is_none());
    }
}
