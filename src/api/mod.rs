//! What Kubernetes objects are: kinds, metadata, selectors, quantities, schema, status errors.
//!
//! Nothing here acts; the API server and everything above it does.

pub mod base64;
pub mod cel;
pub mod certificate;
pub mod codec;
pub mod cron;
pub mod custom;
pub mod duration;
pub mod endpoints;
pub mod event;
pub mod field;
pub mod field_selector;
pub mod ingress_nginx;
pub mod jsonpath;
pub mod kinds;
pub mod managed;
pub mod md5;
pub mod meta;
pub mod metrics_server;
pub mod name_rules;
pub mod names;
pub mod object;
pub mod patch;
pub mod pod;
pub mod quantity;
pub mod rbac;
pub mod regex;
pub mod schema;
pub mod selector;
pub mod sha256;
pub mod status;
pub mod storage;
pub mod template_hash;
pub mod time;
pub mod wellknown;
pub mod wire;
pub mod zone;

pub use field::FieldError;
pub use field_selector::FieldSelector;
pub use kinds::{Kind, KindId, Kinds};
pub use meta::{Meta, OwnerReference, StringMap};
pub use object::{Key, Object, Part};
pub use pod::PodSpec;
pub use quantity::Quantity;
pub use selector::Selector;
pub use status::Status;
pub use wellknown::WellKnown;
