//! The simulated registry: what each image holds and does, one family a file.
//!
//! A server that only answers is a plain state machine ([`Server`]): it costs a record until a
//! request comes. Everything else is files and programs. An image that is not in [`ALL`], or a
//! tag that its family never had, is not found, as in a real registry.

mod apache;
mod bootcamp;
mod figures;
mod kubetm;
mod linux;
mod nginx;
mod reference;
mod server;
mod services;
mod system;

pub use figures::{Figures, figures};
pub use reference::Reference;
pub use server::{Life, Listener, Server, Stop, format_time, http_date, serve};

use crate::sim::Rng;

/// What the programs of an image are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Userland {
    /// No shell and no tools: only the server itself.
    None,
    /// bash and the usual GNU tools, with curl.
    Gnu,
    /// busybox: sh, and no bash, no curl.
    Busybox,
}

/// One image of the simulated registry.
#[derive(Debug)]
pub struct Image {
    /// As `docker.io/library/nginx`.
    pub repository: &'static str,
    /// Whether there is such a tag.
    pub has_tag: fn(&str) -> bool,
    /// Bytes to pull.
    pub size: fn(&str) -> u64,
    /// ENTRYPOINT.
    pub entrypoint: &'static [&'static str],
    /// CMD.
    pub cmd: &'static [&'static str],
    /// What ENTRYPOINT and CMD start, where that is a server; otherwise they are run as any
    /// command.
    pub server: Option<&'static Server>,
    /// Shell and tools.
    pub userland: Userland,
    /// Files beside the programs.
    pub files: &'static [(&'static str, &'static str)],
    /// ENV.
    pub env: &'static [(&'static str, &'static str)],
}

/// Every image family.
const ALL: &[&[Image]] =
    &[bootcamp::IMAGES, nginx::IMAGES, apache::IMAGES, linux::IMAGES, services::IMAGES, kubetm::IMAGES, system::IMAGES];

/// An image found in the registry.
#[derive(Clone, Debug)]
pub struct Found {
    /// What it is.
    pub image: &'static Image,
    /// The reference it was found by.
    pub reference: Reference,
}

/// Looks an image up as a container runtime does.
pub fn find(reference: &str) -> Option<Found> {
    let reference = Reference::parse(reference)?;
    let image = ALL.iter().copied().flatten().find(|image| image.repository == reference.repository)?;
    (image.has_tag)(&reference.tag).then_some(Found { image, reference })
}

impl Found {
    /// Bytes to pull.
    pub fn size(&self) -> u64 {
        (self.image.size)(&self.reference.tag)
    }

    /// `docker.io/library/nginx@sha256:…`. The digest is made from name and tag: it is as long
    /// as a real one and always the same, but not the real one.
    pub fn id(&self) -> String {
        let mut rng = Rng::new(0).split(&self.reference.to_string());
        format!("{}@sha256:{}", self.image.repository, rng.text("0123456789abcdef", 64))
    }

    /// Whether `argv` is what the image itself starts.
    pub fn is_default(&self, argv: &[String]) -> bool {
        self.image.entrypoint.iter().chain(self.image.cmd).eq(argv.iter())
    }
}

/// For images of which only some tags are known.
fn any_of(tag: &str, tags: &[&str]) -> bool {
    tags.contains(&tag)
}

/// Whether `tag` is a version `major.minor[.patch]` with a minor number in the range, with or
/// without one of the `suffixes`.
fn version(tag: &str, major: u32, minors: core::ops::RangeInclusive<u32>, suffixes: &[&str]) -> bool {
    let bare = suffixes.iter().find_map(|suffix| tag.strip_suffix(suffix)).unwrap_or(tag);
    let mut parts = bare.split('.').map(|part| part.parse::<u32>().ok());
    match (parts.next().flatten(), parts.next(), parts.next(), parts.next()) {
        (Some(first), None, None, None) => first == major,
        (Some(first), Some(Some(minor)), None | Some(Some(_)), None) => first == major && minors.contains(&minor),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collections::Sort;

    #[test]
    fn finds_what_a_registry_has() {
        for (reference, size) in [
            ("gcr.io/google-samples/kubernetes-bootcamp:v1", 49_194_048),
            ("nginx", 41_705_409),
            ("nginx:1.14.2", 31_478_228),
            ("docker.io/library/busybox:1.28", 51_519_985),
            ("registry.k8s.io/pause:3.10", 320_368),
        ] {
            assert_eq!(find(reference).map(|found| found.size()), Some(size), "{reference}");
        }
        for reference in ["nginx:nosuch", "nginx:9.9", "jocatalin/kubernetes-bootcamp:v3", "Nginx", "", "no/such"] {
            assert!(find(reference).is_none(), "{reference}");
        }
    }

    #[test]
    fn ids_are_stable_and_differ() {
        let id = |reference| find(reference).unwrap().id();
        assert_eq!(id("nginx"), id("docker.io/library/nginx:latest"));
        assert_ne!(id("nginx:1.16.1"), id("nginx:1.14.2"));
        assert_eq!(id("nginx").len(), "docker.io/library/nginx@sha256:".len() + 64);
    }

    #[test]
    fn repositories_are_listed_once() {
        let mut names: Vec<&str> = ALL.iter().copied().flatten().map(|image| image.repository).collect();
        let all = names.len();
        names.arrange();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
