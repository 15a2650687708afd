//! What a request's path and method ask for. Models apiserver/pkg/endpoints/request/requestinfo.go.

use super::Request;
use crate::apiserver::authorization::Attributes;

/// A path, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Path<'a> {
    /// Anything that is not about objects: `/version`, `/api`, `/apis/apps/v1`; its parts.
    Other(Vec<&'a str>),
    /// A resource.
    Resource(Resource<'a>),
}

/// A path to objects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resource<'a> {
    /// API group, empty for the core group.
    pub group: &'a str,
    /// Version.
    pub version: &'a str,
    /// Empty for objects without, and for lists over all namespaces.
    pub namespace: &'a str,
    /// `deployments`.
    pub plural: &'a str,
    /// Empty for the collection.
    pub name: &'a str,
    /// `scale`; empty for the object itself.
    pub subresource: &'a str,
    /// What follows the subresource: a proxied path.
    pub rest: Vec<&'a str>,
}

/// Takes a path apart.
pub fn parse(path: &str) -> Path<'_> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let (group, version, rest) = match parts[..] {
        ["api", version, ref rest @ ..] if !rest.is_empty() => ("", version, rest),
        ["apis", group, version, ref rest @ ..] if !rest.is_empty() => (group, version, rest),
        _ => return Path::Other(parts),
    };
    let mut resource = Resource { group, version, ..Resource::default() };
    let rest = match rest {
        // `namespaces/x/pods` is within x, `namespaces/x/status` is about x.
        ["namespaces", namespace, within, ..] if !matches!(*within, "status" | "finalize") => {
            resource.namespace = namespace;
            &rest[2..]
        }
        _ => rest,
    };
    resource.plural = rest.first().copied().unwrap_or_default();
    resource.name = rest.get(1).copied().unwrap_or_default();
    resource.subresource = rest.get(2).copied().unwrap_or_default();
    resource.rest = rest.get(3..).unwrap_or_default().to_vec();
    Path::Resource(resource)
}

/// What a request wants to do, for who decides whether it may.
pub fn attributes<'a>(request: &'a Request, path: &Path<'a>) -> Attributes<'a> {
    let Path::Resource(resource) = path else {
        let verb = match &*request.method {
            "GET" => "get",
            "POST" => "post",
            "PUT" => "put",
            "PATCH" => "patch",
            "DELETE" => "delete",
            "HEAD" => "head",
            _ => "options",
        };
        return Attributes { verb, path: Some(&request.path), ..Attributes::default() };
    };
    let mut name = resource.name;
    if name.is_empty() {
        // A list of what has that name is about that name.
        let selected = request.parameter("fieldSelector").split(',');
        name = selected.filter_map(|term| term.strip_prefix("metadata.name=")).next().unwrap_or_default();
        name = name.trim_start_matches('=');
    }
    let verb = match (&*request.method, resource.name) {
        ("POST", _) => "create",
        ("PUT", _) => "update",
        ("PATCH", _) => "patch",
        ("DELETE", "") => "deletecollection",
        ("DELETE", _) => "delete",
        (_, "") if request.flag("watch") => "watch",
        (_, "") => "list",
        _ => "get",
    };
    // A namespace is within itself.
    let own = if resource.plural == "namespaces" { resource.name } else { resource.namespace };
    let (group, subresource) = (resource.group, resource.subresource);
    Attributes { verb, group, resource: resource.plural, subresource, name, namespace: own, path: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taken_apart() {
        let cases = [
            ("/api/v1/pods", ["", "v1", "", "pods", "", ""]),
            ("/api/v1/namespaces/default/pods/web", ["", "v1", "default", "pods", "web", ""]),
            ("/api/v1/namespaces/default", ["", "v1", "", "namespaces", "default", ""]),
            ("/api/v1/namespaces/default/finalize", ["", "v1", "", "namespaces", "default", "finalize"]),
            ("/apis/apps/v1/namespaces/a/deployments/web/scale", ["apps", "v1", "a", "deployments", "web", "scale"]),
            ("/apis/storage.k8s.io/v1/storageclasses/", ["storage.k8s.io", "v1", "", "storageclasses", "", ""]),
        ];
        for (path, [group, version, namespace, plural, name, subresource]) in cases {
            let rest = Vec::new();
            let wanted = Resource { group, version, namespace, plural, name, subresource, rest };
            assert_eq!(parse(path), Path::Resource(wanted), "{path}");
        }
        assert_eq!(parse("/apis/apps/v1"), Path::Other(vec!["apis", "apps", "v1"]));
        assert_eq!(parse("/"), Path::Other(vec![]));
    }
}
