//! Storage: claims find volumes, volumes are made, attached, kept and taken away.

mod attachdetach;
mod binder;
mod protection;
mod provisioner;

pub use attachdetach::AttachDetach;
pub use binder::Binder;
pub use protection::{ClaimProtection, VolumeProtection};
pub use provisioner::{PROVISIONERS, Provisioner};
