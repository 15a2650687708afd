//! The simulated registry: what each image holds and does, one family a file.
//!
//! A server that only answers is a plain state machine ([`Server`]): it costs a record until a
//! request comes. Everything else is files and programs. An image that is not in [`ALL`], or a
//! tag that its family never had, is not found, as in a real registry.

mod agnhost;
mod apache;
mod bootcamp;
mod databases;
mod figures;
mod kubetm;
mod linux;
mod nginx;
mod reference;
mod server;
mod services;
mod system;
mod web;

pub use figures::{Figures, figures};
pub use reference::Reference;
pub use server::{Life, Listener, Server, Stop, format_time, http_date, serve};

/// The program of an image's own server.
pub const RUN: crate::machine::ProgramFn = crate::machine::program!(server::run);

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
    /// The number of USER.
    pub user: i64,
    /// What its server prints when it starts; `{host}`, `{tag}` and `{%H:%M}`, as strftime has it, are filled in.
    pub log: &'static str,
    /// What its server answers, by the beginning of a path: status and text, filled in as `log` is.
    pub pages: &'static [(&'static str, u16, &'static str)],
    /// What it does not start without.
    pub needs: Option<&'static Needs>,
    /// Other servers that the first argument starts.
    pub modes: &'static [(&'static str, &'static Server)],
}

/// Variables of which one must be set, and what is printed where none is.
#[derive(Debug)]
pub struct Needs {
    /// The variables.
    pub any: &'static [&'static str],
    /// What the log says then, filled in as [`Image::log`] is.
    pub told: &'static str,
}

/// An image to begin a row with.
const PLAIN: Image = Image {
    repository: "",
    has_tag: |_| false,
    size: |_| 0,
    entrypoint: &[],
    cmd: &[],
    server: None,
    userland: Userland::Gnu,
    files: &[],
    env: &[],
    user: 0,
    log: "",
    pages: &[],
    needs: None,
    modes: &[],
};

/// Every image family.
const ALL: &[&[Image]] = &[
    bootcamp::IMAGES,
    nginx::IMAGES,
    apache::IMAGES,
    linux::IMAGES,
    services::IMAGES,
    databases::IMAGES,
    web::IMAGES,
    agnhost::IMAGES,
    kubetm::IMAGES,
    system::IMAGES,
];

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

    /// The server that a command line starts: the image's own command with whatever arguments, one of its modes, or
    /// anything where the image holds nothing else.
    pub fn server(&self, argv: &[String]) -> Option<&'static Server> {
        let image = self.image;
        let own: Vec<&str> = image.entrypoint.iter().chain(image.cmd).copied().collect();
        let server = image.server?;
        if let Some((mode, argv)) = argv.split_at_checked(image.entrypoint.len()).filter(|_| !image.modes.is_empty()) {
            let same = mode.iter().eq(image.entrypoint.iter());
            let word = argv.first().map_or("", String::as_str);
            return image.modes.iter().find(|(name, _)| same && *name == word).map(|(_, server)| *server);
        }
        let alone = image.userland == Userland::None || own.iter().eq(argv.iter());
        (alone || self.program().is_some_and(|program| runs(argv, program, image.entrypoint))).then_some(server)
    }

    /// The program that its command line runs, where that takes arguments of its own: `redis-server`.
    pub fn program(&self) -> Option<&'static str> {
        let image = self.image;
        let is_script =
            |word: &str| word.ends_with(".sh") || word.contains("entrypoint") || matches!(word, "--" | "/bin/sh");
        let mut words = image.entrypoint.iter().chain(image.cmd).map(|word| word.rsplit('/').next().unwrap_or(word));
        let first = words.find(|word| !is_script(word) && !matches!(*word, "tini" | "sh" | "-c"));
        first.filter(|word| image.server.is_some() && !word.contains(' ') && !word.starts_with('-'))
    }

    /// Whether its server would not start with this environment.
    pub fn lacks(&self, env: &[(String, String)]) -> Option<&'static Needs> {
        let set = |name: &&str| env.iter().any(|(known, value)| known == name && !value.is_empty());
        self.image.needs.filter(|needs| !needs.any.iter().any(set))
    }
}

/// Whether the command line is that program's, perhaps through the image's entry point.
fn runs(argv: &[String], program: &str, entrypoint: &[&str]) -> bool {
    let through = argv.len() >= entrypoint.len() && entrypoint.iter().zip(argv).all(|(own, word)| own == word);
    let named = |word: Option<&String>| word.is_some_and(|word| word.rsplit('/').next() == Some(program));
    named(argv.first())
        || through
            && (named(argv.get(entrypoint.len())) || named(entrypoint.last().map(|last| (*last).to_owned()).as_ref()))
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
