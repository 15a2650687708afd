//! Drydock: a Kubernetes cluster, a bash, a kubectl and a course, simulated in one browser tab.
//!
//! The layers, top to bottom; an arrow may only point down. See ARCHITECTURE.md.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod api;
pub mod apiserver;
pub mod cli;
pub mod client;
pub mod cluster;
pub mod collections;
pub mod controllers;
pub mod images;
pub mod kubectl;
pub mod kubelet;
pub mod lesson;
pub mod machine;
pub mod network;
pub mod scheduler;
pub mod session;
pub mod shell;
pub mod sim;
pub mod tools;
#[cfg(feature = "ui")]
pub mod ui;
pub mod view;
