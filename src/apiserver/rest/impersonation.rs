//! Asking as somebody else. Models apiserver/pkg/endpoints/filters/impersonation.

use super::{Request, User};
use crate::api::Status;
use crate::apiserver::ApiServer;
use crate::apiserver::authorization::Attributes;

const AUTHENTICATION: &str = "authentication.k8s.io";
const AUTHENTICATED: &str = "system:authenticated";
const UNAUTHENTICATED: &str = "system:unauthenticated";

/// Namespace and name of a service account, by its user name.
pub fn service_account(user: &str) -> Option<(&str, &str)> {
    let (namespace, name) = user.strip_prefix("system:serviceaccount:")?.split_once(':')?;
    (!namespace.is_empty() && !name.is_empty() && !name.contains(':')).then_some((namespace, name))
}

/// The groups of every service account of a namespace.
pub fn service_account_groups(namespace: &str) -> [String; 2] {
    ["system:serviceaccounts".to_owned(), format!("system:serviceaccounts:{namespace}")]
}

impl ApiServer {
    /// Makes a request the one of whom it wants to be, if who asks may be that.
    pub(super) fn impersonate(&self, request: &mut Request) -> Result<(), Status> {
        let Some(mut other) = request.impersonate.take() else { return Ok(()) };
        if other.name.is_empty() {
            return Err(Status::internal("requested uid, groups or extra without impersonating a user"));
        }
        let may = |group: &str, resource: &str, subresource: &str, namespace: &str, name: &str| {
            let verb = "impersonate";
            let wanted = Attributes { verb, group, resource, subresource, namespace, name, path: None };
            self.demand(&request.user, &wanted)
        };
        match service_account(&other.name) {
            Some((namespace, name)) => may("", "serviceaccounts", "", namespace, name)?,
            None => may("", "users", "", "", &other.name)?,
        }
        for group in &other.groups {
            may("", "groups", "", "", group)?;
        }
        for (key, values) in &other.extra {
            for value in values {
                may(AUTHENTICATION, "userextras", key, "", value)?;
            }
        }
        if !other.uid.is_empty() {
            may(AUTHENTICATION, "uids", "", "", &other.uid)?;
        }
        if let Some((namespace, _)) = service_account(&other.name)
            && other.groups.is_empty()
        {
            other.groups = service_account_groups(namespace).into();
        }
        let everybody = if other.name == "system:anonymous" { UNAUTHENTICATED } else { AUTHENTICATED };
        if !other.groups.iter().any(|group| group == AUTHENTICATED || group == UNAUTHENTICATED) {
            other.groups.push(everybody.to_owned());
        }
        request.user = other;
        Ok(())
    }
}

/// The user that the `Impersonate-` headers of a request describe, if there are any.
pub fn of_headers(headers: &[(String, String)]) -> Option<User> {
    let mut user = User::default();
    let mut any = false;
    for (header, value) in headers {
        let header = header.to_ascii_lowercase();
        let Some(what) = header.strip_prefix("impersonate-") else { continue };
        any = true;
        match (what, what.strip_prefix("extra-")) {
            ("user", _) => user.name = value.clone(),
            ("uid", _) => user.uid = value.clone(),
            ("group", _) => user.groups.push(value.clone()),
            (_, Some(key)) => match user.extra.iter_mut().find(|(known, _)| known == key) {
                Some((_, values)) => values.push(value.clone()),
                None => user.extra.push((key.to_owned(), vec![value.clone()])),
            },
            _ => {}
        }
    }
    any.then_some(user)
}
