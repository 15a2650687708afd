//! The kubelets: what a node does with the Pods bound to it.

pub mod fake;
pub mod runtime;

pub use runtime::Runtime;
