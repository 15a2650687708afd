//! The file trees that machines start with, each made once and shared.

use std::rc::Rc;

use crate::collections::SortedMap;
use crate::images::{Found, Userland};
use crate::machine::fs::Layer;
use crate::machine::{Files, Fs, Programs, base_layer};
use crate::sim::{Sim, Time};

/// Programs of the learner's machine that no image has.
const HOST_ONLY: &[&str] = &[
    "kubectl",
    "minikube",
    "docker",
    "crictl",
    "helm",
    "iptables",
    "iptables-save",
    "jq",
    "nano",
    "openssl",
    "ssh",
    "sudo",
    "systemctl",
    "yq",
];

/// Programs that an image has only where its own command names one of them.
const OWN: &[&str] = &["stress"];

/// Programs that busybox lacks.
const NOT_IN_BUSYBOX: &[&str] = &["bash", "curl", "envsubst", "git", "vim", "dig", "host", "perl"];

/// Programs that busybox has and the images of distributions lack.
const NOT_IN_GNU: &[&str] = &["less", "nc", "pgrep", "pkill"];

/// What an image's entrypoint script does in the end: it runs what it is given.
const ENTRYPOINT: &str = "#!/bin/sh\nset -e\nexec \"$@\"\n";

/// See the module.
pub struct Layers {
    all: Rc<Programs>,
    made: Time,
    by_image: SortedMap<&'static str, (Rc<Programs>, Layer)>,
}

impl Layers {
    /// None made yet; the files will be as old as `made`.
    pub fn new(programs: &Rc<Programs>, made: Time) -> Layers {
        Layers { all: Rc::clone(programs), made, by_image: SortedMap::new() }
    }

    /// The programs and files of an image.
    pub fn of(&mut self, found: &Found) -> (Rc<Programs>, Layer) {
        let image = found.image;
        if let Some((programs, layer)) = self.by_image.get(image.repository) {
            return (Rc::clone(programs), Rc::clone(layer));
        }
        let is_own =
            |name: &str| image.entrypoint.iter().chain(image.cmd).any(|word| word.rsplit('/').next() == Some(name));
        let named = |leave: &[&str]| -> Vec<&'static str> {
            let all = self.all.iter().map(|(name, _)| name).filter(|name| !leave.contains(name));
            all.filter(|name| !OWN.contains(name) || is_own(name)).collect()
        };
        let names = match image.userland {
            Userland::None => Vec::new(),
            Userland::Gnu => named(&[HOST_ONLY, NOT_IN_GNU].concat()),
            Userland::Busybox => named(&[HOST_ONLY, NOT_IN_BUSYBOX].concat()),
        };
        let mut programs = self.all.only(&names);
        if let Some(own) = found.program().filter(|_| image.userland != Userland::None) {
            programs.add(own, crate::images::RUN);
        }
        let programs = Rc::new(programs);
        let fs = Fs::over(base_layer(&programs, self.made));
        let files = Files::new(Sim::new(self.made), fs.clone());
        // An entry point that sets things up and then runs what it is given.
        let script =
            image.entrypoint.first().filter(|word| word.contains("entrypoint") && image.userland != Userland::None);
        let script = script.map(|word| match word.starts_with('/') {
            true => (*word).to_owned(),
            false => format!("/usr/local/bin/{word}"),
        });
        let script = script.iter().map(|path| (path.as_str(), "#!/bin/sh\nexec \"$@\"\n"));
        for (path, content) in script.chain(image.files.iter().copied()) {
            if let Some((directory, _)) = path.rsplit_once('/') {
                let _ = files.mkdir_all(directory);
            }
            let _ = files.write("/", path, content.as_bytes());
            if content.starts_with("#!") {
                let _ = files.change("/", path, |inode| inode.mode = 0o755);
            }
        }
        if let Some(script) = image.entrypoint.first().filter(|word| word.ends_with("entrypoint.sh")) {
            let path = if script.starts_with('/') { (*script).to_owned() } else { format!("/usr/local/bin/{script}") };
            let _ = files.write("/", &path, ENTRYPOINT.as_bytes());
            let _ = files.change("/", &path, |inode| inode.mode = 0o755);
        }
        let layer = fs.layer();
        self.by_image.insert(image.repository, (Rc::clone(&programs), Rc::clone(&layer)));
        (programs, layer)
    }
}
