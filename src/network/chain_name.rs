//! What kube-proxy calls its chains. Models pkg/proxy/iptables/proxier.go portProtoHash and
//! servicePortEndpointChainName.

use crate::api::sha256::sha256;

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The first sixteen characters of the base32 of the SHA-256 of `text`.
fn hash(text: &str) -> String {
    let digest = sha256(text.as_bytes());
    let ten = digest.iter().take(10).fold(0_u128, |bits, &byte| bits << 8 | u128::from(byte));
    (0..16).rev().map(|at| char::from(BASE32[(ten >> (5 * at) & 31) as usize])).collect()
}

/// `KUBE-SVC-…`, and its kin with other prefixes. `port` is `default/web` or `default/web:http`.
pub(super) fn service(prefix: &str, port: &str, protocol: &str) -> String {
    format!("{prefix}{}", hash(&format!("{port}{}", protocol.to_ascii_lowercase())))
}

/// `KUBE-SEP-…`: the chain of an endpoint, `192.168.1.4:80`.
pub(super) fn endpoint(port: &str, protocol: &str, endpoint: &str) -> String {
    format!("KUBE-SEP-{}", hash(&format!("{port}{}{endpoint}", protocol.to_ascii_lowercase())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_that_every_cluster_has() {
        for (port, protocol, name) in [
            ("default/kubernetes:https", "TCP", "KUBE-SVC-NPX46M4PTMTKRN6Y"),
            ("kube-system/kube-dns:dns", "UDP", "KUBE-SVC-TCOU7JCQXEZGVUNU"),
            ("kube-system/kube-dns:dns-tcp", "TCP", "KUBE-SVC-ERIFXISQEP7F7OF4"),
            ("kube-system/kube-dns:metrics", "TCP", "KUBE-SVC-JD5MR3NA4I4DYORP"),
        ] {
            assert_eq!(service("KUBE-SVC-", port, protocol), name);
        }
    }
}
