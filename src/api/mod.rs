//! What Kubernetes objects are: kinds, metadata, selectors, quantities, schema, status errors.
//!
//! Nothing here acts; the API server and everything above it does.

pub mod event;
pub mod kinds;
pub mod meta;
pub mod names;
pub mod object;
pub mod status;
pub mod time;
pub mod wellknown;

pub use kinds::{Kind, KindId, Kinds};
pub use meta::{Meta, OwnerReference};
pub use object::{Key, Object, Part};
pub use status::{FieldError, Status};
pub use wellknown::WellKnown;
