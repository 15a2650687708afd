//! The envelope that every object lives in.
//!
//! A stored object is immutable and shared. Its parts are shared too, so that a new version
//! with another status copies neither the spec nor the labels.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::codec::{self, Mismatch};
use super::kinds::Kind;
use super::meta::{Meta, OwnerReference};

/// One version of one object.
#[derive(Clone, Debug)]
pub struct Object {
    /// What kind of object it is.
    pub kind: Arc<Kind>,
    /// `metadata`.
    pub meta: Meta,
    /// `spec`.
    pub spec: Part,
    /// `status`.
    pub status: Part,
    /// Every other field beside `apiVersion`, `kind` and `metadata`: a ConfigMap's `data`, a
    /// Role's `rules`, all of an Event.
    pub rest: Part,
}

/// Names an object within its kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Empty for kinds without namespaces.
    pub namespace: Arc<str>,
    /// The object's name.
    pub name: Arc<str>,
}

impl Key {
    /// The key of `name` in `namespace`.
    pub fn new(namespace: &str, name: &str) -> Key {
        Key { namespace: namespace.into(), name: name.into() }
    }
}

/// A part of an object: typed where controllers read it, JSON elsewhere.
#[derive(Clone, Debug, Default)]
pub enum Part {
    /// The field is not there.
    #[default]
    Absent,
    /// A kind that no controller reads.
    Json(Arc<Value>),
    /// A Rust type, as [`Kind`]'s codec says.
    Typed(Arc<dyn Typed>),
}

/// What a typed part can do without its type being known.
pub trait Typed {
    /// As JSON.
    fn to_value(&self) -> Value;
    /// Whether `other` is of the same type and equal.
    fn same(&self, other: &dyn Typed) -> bool;
    /// For downcasts.
    fn as_any(&self) -> &dyn Any;
    /// For downcasts of a part that nobody else shares.
    fn as_any_mut(&mut self) -> &mut dyn Any;
}

impl<T: Any + Serialize + PartialEq> Typed for T {
    fn to_value(&self) -> Value {
        codec::write(self)
    }
    fn same(&self, other: &dyn Typed) -> bool {
        other.as_any().downcast_ref::<T>() == Some(self)
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

impl Part {
    /// A typed part.
    pub fn typed<T: Typed + 'static>(value: T) -> Part {
        Part::Typed(Arc::new(value))
    }

    /// The part as JSON; `None` where it is absent.
    pub fn to_value(&self) -> Option<Value> {
        match self {
            Part::Absent => None,
            Part::Json(value) => Some((**value).clone()),
            Part::Typed(typed) => Some(typed.to_value()),
        }
    }

    /// The part as the type `T`, if that is what it is.
    pub fn get<T: 'static>(&self) -> Option<&T> {
        match self {
            Part::Typed(typed) => typed.as_any().downcast_ref(),
            _ => None,
        }
    }

    /// The part as the type `T`, to change; copied first where it is shared.
    pub fn get_mut<T: Typed + Clone + 'static>(&mut self) -> Option<&mut T> {
        let Part::Typed(typed) = self else { return None };
        if Arc::get_mut(typed).is_none() {
            let copy = typed.as_any().downcast_ref::<T>()?.clone();
            *typed = Arc::new(copy);
        }
        Arc::get_mut(typed)?.as_any_mut().downcast_mut()
    }

    /// The JSON of an untyped part, to change; copied first where it is shared. An absent part
    /// becomes an empty object.
    pub fn json_mut(&mut self) -> Option<&mut Value> {
        if matches!(self, Part::Absent) {
            *self = Part::Json(Arc::new(json!({})));
        }
        match self {
            Part::Json(value) => Some(Arc::make_mut(value)),
            _ => None,
        }
    }

    /// The JSON of an untyped part.
    pub fn json(&self) -> Option<&Value> {
        match self {
            Part::Json(value) => Some(value),
            _ => None,
        }
    }
}

impl PartialEq for Part {
    fn eq(&self, other: &Part) -> bool {
        match (self, other) {
            (Part::Absent, Part::Absent) => true,
            (Part::Json(a), Part::Json(b)) => Arc::ptr_eq(a, b) || a == b,
            (Part::Typed(a), Part::Typed(b)) => Arc::ptr_eq(a, b) || a.same(&**b),
            _ => false,
        }
    }
}

/// As JSON: a `Debug` of each type would be downloaded, though only tests print one.
impl fmt::Debug for dyn Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.to_value(), f)
    }
}

/// Reads one part from JSON. The error has no words: a learner's mistakes are found by the schema
/// before.
pub type Decode = fn(Value) -> Result<Part, Mismatch>;

/// The one deserializer for a typed part.
pub fn decode<T: Any + Serialize + PartialEq + DeserializeOwned>(value: Value) -> Result<Part, Mismatch> {
    codec::read::<T>(&value).map(Part::typed)
}

/// Leaves a part as JSON.
pub fn decode_json(value: Value) -> Result<Part, Mismatch> {
    Ok(Part::Json(Arc::new(value)))
}

impl Object {
    /// An object of `kind` without parts.
    pub fn new(kind: &Arc<Kind>, namespace: &str, name: &str) -> Object {
        let meta = Meta { namespace: namespace.into(), name: name.into(), ..Meta::default() };
        Object { kind: Arc::clone(kind), meta, spec: Part::Absent, status: Part::Absent, rest: Part::Absent }
    }

    /// The object's key within its kind.
    pub fn key(&self) -> Key {
        Key { namespace: Arc::clone(&self.meta.namespace), name: Arc::clone(&self.meta.name) }
    }

    /// The spec of a typed kind. `None` only if `T` is not the kind's spec type: decoding gives
    /// every typed kind its spec.
    pub fn spec<T: 'static>(&self) -> Option<&T> {
        self.spec.get()
    }

    /// The status of a typed kind; see [`Object::spec`].
    pub fn status<T: 'static>(&self) -> Option<&T> {
        self.status.get()
    }

    /// The remaining fields of a typed kind; see [`Object::spec`].
    pub fn rest<T: 'static>(&self) -> Option<&T> {
        self.rest.get()
    }

    /// A reference that makes this object the managing owner of another
    /// (`metav1.NewControllerRef`).
    pub fn controller_reference(&self) -> OwnerReference {
        OwnerReference {
            api_version: self.kind.api_version().into(),
            kind: Arc::clone(&self.kind.kind),
            name: Arc::clone(&self.meta.name),
            uid: Arc::clone(&self.meta.uid),
            controller: Some(true),
            block_owner_deletion: Some(true),
        }
    }

    /// The object as the API prints it.
    pub fn to_value(&self) -> Value {
        let mut map = match self.rest.to_value() {
            Some(Value::Object(map)) => map,
            _ => Map::new(),
        };
        map.insert("apiVersion".into(), json!(self.kind.api_version()));
        map.insert("kind".into(), json!(*self.kind.kind));
        map.insert("metadata".into(), self.meta.to_value());
        if let Some(spec) = self.spec.to_value() {
            map.insert("spec".into(), spec);
        }
        if let Some(status) = self.status_value() {
            map.insert("status".into(), status);
        }
        Value::Object(map)
    }

    /// The status as the API prints it.
    pub fn status_value(&self) -> Option<Value> {
        let mut status = self.status.to_value()?;
        print_empty_as_go(&self.kind, &mut status);
        Some(status)
    }

    /// Reads an object of `kind` from JSON that the schema has accepted.
    pub fn from_value(kind: &Arc<Kind>, value: Value) -> Result<Object, Mismatch> {
        let Value::Object(mut map) = value else {
            return decode_json(value).map(|rest| Object { rest, ..Object::new(kind, "", "") });
        };
        map.remove("apiVersion");
        map.remove("kind");
        let meta = map.remove("metadata").map(|meta| Meta::from_value(&meta)).unwrap_or_default();
        let codec = kind.codec;
        // A typed kind always has its parts, since everything that reads it expects them.
        let mut part = |name: &str, decode: Option<Decode>| match (map.remove(name), decode) {
            (Some(Value::Null) | None, Some(decode)) => decode(json!({})),
            (Some(value), Some(decode)) => decode(value),
            (Some(value), None) => decode_json(value),
            (None, None) => Ok(Part::Absent),
        };
        let spec = part("spec", codec.spec)?;
        let status = part("status", codec.status)?;
        let rest = match codec.rest {
            Some(decode) => decode(Value::Object(map))?,
            None if map.is_empty() => Part::Absent,
            None => decode_json(Value::Object(map))?,
        };
        Ok(Object { kind: Arc::clone(kind), meta, spec, status, rest })
    }
}

/// Fields that Go prints though they are empty, and the Rust types leave out.
fn print_empty_as_go(kind: &Kind, status: &mut Value) {
    if (&*kind.group, &*kind.kind) != ("", "Pod") {
        return;
    }
    for condition in status.get_mut("conditions").and_then(Value::as_array_mut).into_iter().flatten() {
        for time in ["lastProbeTime", "lastTransitionTime"] {
            if let Some(condition) = condition.as_object_mut() {
                condition.entry(time).or_insert(Value::Null);
            }
        }
    }
    for list in ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"] {
        for container in status.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            for state in ["state", "lastState"] {
                if let Some(container) = container.as_object_mut() {
                    container.entry(state).or_insert_with(|| json!({}));
                }
            }
        }
    }
}
