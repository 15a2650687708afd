//! Tests of the whole world, one binary; each module says what it proves.
#![allow(clippy::unwrap_used)]

mod autoscaling;
mod bash;
mod determinism;
mod goldens;
mod learner;
mod lessons;
mod properties;
mod scenarios;
mod service;
mod subjects;
mod tidy;
mod transcripts;
