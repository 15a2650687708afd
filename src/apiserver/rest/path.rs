//! What a request's path and method ask for. Models apiserver/pkg/endpoints/request/requestinfo.go.

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
