//! Storage: claims find volumes, volumes are made, attached, enlarged, kept and taken away.

mod attachdetach;
mod binder;
mod ephemeral;
mod protection;
mod provisioner;
mod resizer;

pub use attachdetach::AttachDetach;
pub use binder::Binder;
pub use ephemeral::EphemeralVolumes;
pub use protection::{ClaimProtection, VolumeProtection};
pub use provisioner::{PROVISIONERS, Provisioner};
pub use resizer::Resizer;
