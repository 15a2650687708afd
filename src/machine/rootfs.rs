//! The files that a machine starts with.

use std::rc::Rc;

use super::fs::{Device, Fs, Kind, Layer};
use super::{Files, Machine, Programs, program};
use crate::sim::{Sim, Time};

const DIRS: &[&str] = &[
    "/dev",
    "/etc",
    "/home",
    "/media",
    "/mnt",
    "/opt",
    "/proc",
    "/root",
    "/run",
    "/srv",
    "/sys",
    "/tmp",
    "/usr/bin",
    "/usr/lib",
    "/usr/local/bin",
    "/usr/sbin",
    "/var/log",
    "/var/lib",
    "/var/run",
    "/var/tmp",
];

const LINKS: &[(&str, &str)] =
    &[("/bin", "usr/bin"), ("/sbin", "usr/sbin"), ("/lib", "usr/lib"), ("/dev/fd", "/proc/self/fd")];

const DEVICES: &[(&str, Device)] = &[
    ("/dev/null", Device::Null),
    ("/dev/zero", Device::Zero),
    ("/dev/full", Device::Full),
    ("/dev/random", Device::Random),
    ("/dev/urandom", Device::Random),
    ("/dev/tty", Device::Tty),
    ("/dev/stdin", Device::Fd(0)),
    ("/dev/stdout", Device::Fd(1)),
    ("/dev/stderr", Device::Fd(2)),
    ("/proc/self/fd/0", Device::Fd(0)),
    ("/proc/self/fd/1", Device::Fd(1)),
    ("/proc/self/fd/2", Device::Fd(2)),
    ("/proc/uptime", Device::Generated(uptime)),
    ("/proc/sys/kernel/hostname", Device::Generated(hostname)),
];

const FILES: &[(&str, &str)] = &[
    ("/etc/passwd", "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"),
    ("/etc/group", "root:x:0:\nnogroup:x:65534:\n"),
    ("/etc/hosts", "127.0.0.1 localhost\n"),
    ("/etc/shells", "/bin/sh\n/bin/bash\n"),
];

fn uptime(machine: &Machine) -> String {
    let secs = machine.sim().now().secs() % 100_000_000;
    format!("{secs}.00 {secs}.00\n")
}

fn hostname(machine: &Machine) -> String {
    format!("{}\n", machine.hostname())
}

/// The files of a small Linux, with the file of each program. Make it once and share it among
/// machines with the same programs.
pub fn base_layer(programs: &Programs, now: Time) -> Layer {
    let fs = Fs::new(now);
    let files = Files::new(Sim::new(now), fs.clone());
    for dir in DIRS {
        let _ = files.mkdir_all(dir);
    }
    let _ = files.change("/", "/tmp", |inode| inode.mode = 0o1777);
    let _ = files.change("/", "/root", |inode| inode.mode = 0o700);
    for (path, target) in LINKS {
        let _ = files.create("/", path, Kind::Symlink(Rc::from(*target)), 0o777);
    }
    let _ = files.mkdir_all("/proc/self/fd");
    let _ = files.mkdir_all("/proc/sys/kernel");
    for (path, device) in DEVICES {
        let _ = files.create("/", path, Kind::Device(*device), 0o666);
    }
    for (path, text) in FILES {
        let _ = files.write("/", path, text.as_bytes());
    }
    for (name, program) in programs.iter() {
        install(&files, name, &program.path);
    }
    fs.layer()
}

/// Puts a program's file at a path.
pub fn install(files: &Files, name: &str, path: &str) {
    if let Some((dir, _)) = path.rsplit_once('/') {
        let _ = files.mkdir_all(dir);
    }
    let _ = files.write("/", path, &program::binary(name));
    let _ = files.change("/", path, |inode| inode.mode = 0o755);
}
