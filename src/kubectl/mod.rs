//! kubectl 1.36: a program that is a pure client of the Kubernetes API.

mod base64;
mod fail;
mod flags;
mod gofmt;
mod gotemplate;
mod jsonpath;
mod yaml;
