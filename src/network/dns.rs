//! The names that CoreDNS answers. Models its kubernetes plugin and the resolver's search list
//! (`ndots:5`).

use std::net::Ipv4Addr;

use k8s_openapi::api::core::v1::ServiceSpec;

use crate::api::kinds::EndpointSliceBody;
use crate::api::{Key, Object, WellKnown};
use crate::apiserver::Store;

const SERVICE: &str = "kubernetes.io/service-name";
const DOMAIN: &str = "cluster.local";
/// Names with fewer dots are tried with the search list first.
const NDOTS: usize = 5;
/// How many names an ExternalName may lead on to.
const MAX_ALIASES: usize = 8;

/// The addresses of `name` for a Pod in `namespace`; none where the name is not known. With an
/// empty namespace there is no search list, as on a node that asks CoreDNS itself.
pub fn resolve(store: &Store, kinds: &WellKnown, name: &str, namespace: &str) -> Vec<Ipv4Addr> {
    if let Ok(ip) = name.parse() {
        return vec![ip];
    }
    let absolute = name.strip_suffix('.');
    let plain = absolute.unwrap_or(name);
    let search = if absolute.is_some() || namespace.is_empty() {
        Vec::new()
    } else {
        let domains = [format!("{namespace}.svc.{DOMAIN}"), format!("svc.{DOMAIN}"), DOMAIN.to_owned()];
        domains.map(|domain| format!("{plain}.{domain}")).to_vec()
    };
    let few_dots = plain.matches('.').count() < NDOTS;
    let mut candidates = search;
    candidates.insert(if few_dots { candidates.len() } else { 0 }, plain.to_owned());
    candidates
        .iter()
        .map(|name| lookup(store, kinds, name, MAX_ALIASES))
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}

/// A full name.
fn lookup(store: &Store, kinds: &WellKnown, name: &str, aliases: usize) -> Vec<Ipv4Addr> {
    let name = name.to_ascii_lowercase();
    let Some(inner) = name.strip_suffix(DOMAIN).and_then(|inner| inner.strip_suffix('.')) else { return Vec::new() };
    let parts: Vec<&str> = inner.split('.').collect();
    match &parts[..] {
        [service, namespace, "svc"] => of_service(store, kinds, namespace, service, None, aliases),
        [host, service, namespace, "svc"] => of_service(store, kinds, namespace, service, Some(host), aliases),
        // 192-168-1-4.default.pod.cluster.local
        [address, namespace, "pod"] => {
            let there = store.get(kinds.namespace.id, &Key::new("", namespace)).is_some();
            address.replace('-', ".").parse().ok().filter(|_| there).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn of_service(
    store: &Store,
    kinds: &WellKnown,
    namespace: &str,
    name: &str,
    host: Option<&str>,
    aliases: usize,
) -> Vec<Ipv4Addr> {
    let Some(service) = store.get(kinds.service.id, &Key::new(namespace, name)) else { return Vec::new() };
    let Some(spec) = service.spec::<ServiceSpec>() else { return Vec::new() };
    if spec.type_.as_deref() == Some("ExternalName") {
        let alias = spec.external_name.as_deref().filter(|_| aliases > 0);
        return alias.map(|alias| lookup(store, kinds, alias.trim_end_matches('.'), aliases - 1)).unwrap_or_default();
    }
    match (spec.cluster_ip.as_deref(), host) {
        (Some("None"), _) => headless(store, kinds, service, host),
        (Some(ip), None) => ip.parse().ok().into_iter().collect(),
        _ => Vec::new(),
    }
}

/// The addresses of a headless Service's endpoints that are ready; of one, by its host name.
fn headless(store: &Store, kinds: &WellKnown, service: &Object, host: Option<&str>) -> Vec<Ipv4Addr> {
    let slices = store.labelled(kinds.endpoint_slice.id, &service.meta.namespace, SERVICE, &service.meta.name);
    let endpoints = slices.filter_map(|slice| slice.rest::<EndpointSliceBody>()).flat_map(|body| &body.endpoints);
    let ready = endpoints.filter(|one| one.conditions.as_ref().and_then(|is| is.ready).unwrap_or(true));
    let asked = ready.filter(|one| {
        host.is_none_or(|host| {
            let address = one.addresses.first().map(|ip| ip.replace('.', "-"));
            one.hostname.as_deref() == Some(host) || address.as_deref() == Some(host)
        })
    });
    asked.filter_map(|one| one.addresses.first()?.parse().ok()).collect()
}
