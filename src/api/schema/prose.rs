//! What the API says of its types and fields: `kubectl explain` prints it.
//!
//! It is no part of the engine's download: a native program links it, a site has it in a file that is
//! asked for at the first explain.

use std::sync::OnceLock;

use super::Schemas;
use crate::collections::SortedMap;

/// Descriptions by the name of a type, and in it by the name of a field; the type's own has an empty name.
type Prose = SortedMap<String, SortedMap<String, String>>;

#[cfg(not(target_family = "wasm"))]
fn read() -> Option<String> {
    Some(drydock_prose::json())
}

#[cfg(target_family = "wasm")]
static READER: OnceLock<fn() -> Option<String>> = OnceLock::new();

/// Says how the site's file is read. The first word counts.
#[cfg(target_family = "wasm")]
pub fn read_by(reader: fn() -> Option<String>) {
    // A second reader would read the same.
    let _ = READER.set(reader);
}

#[cfg(target_family = "wasm")]
fn read() -> Option<String> {
    READER.get().and_then(|reader| reader())
}

impl Schemas {
    /// The schemas of Kubernetes 1.36 with their descriptions; `None` where these cannot be had now.
    pub fn described() -> Option<&'static Schemas> {
        static DESCRIBED: OnceLock<Schemas> = OnceLock::new();
        if let Some(known) = DESCRIBED.get() {
            return Some(known);
        }
        let prose: Prose = serde_json::from_str(&read()?).ok()?;
        let builtin = Schemas::builtin();
        let mut types = builtin.types.clone();
        for (name, of_type) in prose {
            let Some(schema) = types.get_mut(&name) else { continue };
            for (field, words) in of_type {
                if field.is_empty() {
                    schema.description = words;
                } else if let Some(field) = schema.properties.get_mut(&field) {
                    field.description = words;
                }
            }
        }
        Some(DESCRIBED.get_or_init(|| Schemas { types, kinds: builtin.kinds.clone() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_description() {
        let (schemas, kinds) = (Schemas::described().unwrap(), crate::api::Kinds::builtin());
        for kind in kinds.iter() {
            let (_, schema) = schemas.kind(&kind.group, &kind.version, &kind.kind).unwrap();
            assert!(!schema.description.is_empty(), "{} has none", kind.kind);
        }
    }
}
