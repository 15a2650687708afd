//! Images that are a Linux userland and nothing else: what runs in them is what a Pod says.

use super::{Image, PLAIN, Userland, any_of, version};

/// An interpreter or compiler, which ends where there is nothing to read, and says that programs do not run here.
macro_rules! interpreter {
    ($name:literal) => {
        concat!(
            "#!/bin/sh\n[ $# -eq 0 ] && exit 0\necho '",
            $name,
            ": programs in this language do not run in the simulation' >&2\nexit 1\n"
        )
    };
}

pub(super) const IMAGES: &[Image] = &[
    Image {
        repository: "docker.io/library/busybox",
        has_tag: |tag| {
            any_of(tag, &["latest", "stable", "glibc", "musl", "uclibc"])
                || version(tag, 1, 21..=37, &["-glibc", "-musl", "-uclibc"])
        },
        size: |tag| if tag == "1.28" { 51_519_985 } else { 71_410_115 },
        cmd: &["sh"],
        userland: Userland::Busybox,
        ..BARE
    },
    Image {
        repository: "docker.io/library/alpine",
        has_tag: |tag| any_of(tag, &["latest", "edge"]) || version(tag, 3, 10..=23, &[]),
        size: |_| 3_812_352,
        cmd: &["/bin/sh"],
        userland: Userland::Busybox,
        ..BARE
    },
    Image {
        repository: "docker.io/library/debian",
        has_tag: |tag| {
            let bare = tag.strip_suffix("-slim").unwrap_or(tag);
            any_of(bare, &["latest", "stable", "11", "12", "13", "bullseye", "bookworm", "trixie"])
        },
        size: |_| 44_507_299,
        ..BARE
    },
    Image {
        repository: "docker.io/library/ubuntu",
        has_tag: |tag| any_of(tag, &["latest", "20.04", "22.04", "24.04", "focal", "jammy", "noble"]),
        size: |_| 29_725_696,
        ..BARE
    },
    Image {
        repository: "docker.io/library/perl",
        has_tag: |tag| {
            tag == "latest" || version(tag, 5, 26..=42, &["-slim", "-bookworm", "-slim-bookworm", "-buster"])
        },
        size: |_| 336_373_760,
        cmd: &["perl", "-de0"],
        ..BARE
    },
    Image {
        repository: "docker.io/polinux/stress",
        has_tag: |tag| any_of(tag, &["latest", "1.0.4"]),
        size: |_| 4_041_495,
        cmd: &["/usr/bin/stress", "--verbose", "--vm", "1", "--vm-bytes", "256M"],
        userland: Userland::Busybox,
        ..BARE
    },
    Image {
        repository: "docker.io/library/bash",
        has_tag: |tag| tag == "latest" || version(tag, 5, 0..=3, &[]),
        size: |_| 6_553_600,
        ..BARE
    },
    Image {
        repository: "docker.io/curlimages/curl",
        has_tag: |tag| tag == "latest" || version(tag, 7, 60..=88, &[]) || version(tag, 8, 0..=17, &[]),
        size: |_| 9_437_184,
        entrypoint: &["/entrypoint.sh"],
        cmd: &["curl"],
        files: &[(
            "/entrypoint.sh",
            "#!/bin/sh\nif [ \"${1#-}\" != \"$1\" ]; then set -- curl \"$@\"; fi\nexec \"$@\"\n",
        )],
        ..BARE
    },
    Image {
        repository: "docker.io/nicolaka/netshoot",
        has_tag: |tag| any_of(tag, &["latest", "v0.13", "v0.14"]),
        size: |_| 178_257_920,
        ..BARE
    },
    Image {
        repository: "docker.io/library/hello-world",
        has_tag: |tag| any_of(tag, &["latest", "linux"]),
        size: |_| 9_072,
        cmd: &["/hello"],
        userland: Userland::Busybox,
        files: &[(
            "/hello",
            "#!/bin/sh\necho\necho 'Hello from Docker!'\necho 'This message shows that your installation appears to be working correctly.'\necho\n",
        )],
        ..BARE
    },
    Image {
        repository: "docker.io/library/node",
        has_tag: |tag| {
            any_of(tag, &["latest", "lts", "alpine", "slim", "current"])
                || (6..=25).any(|major| version(tag, major, 0..=25, OS))
        },
        size: |_| 403_701_760,
        entrypoint: &["docker-entrypoint.sh"],
        cmd: &["node"],
        files: &[("/usr/local/bin/node", interpreter!("node"))],
        ..BARE
    },
    Image {
        repository: "docker.io/library/python",
        has_tag: |tag| {
            any_of(tag, &["latest", "3", "alpine", "slim", "3-slim", "3-alpine"])
                || version(tag, 2, 7..=7, OS)
                || version(tag, 3, 5..=14, OS)
        },
        size: |_| 384_827_392,
        cmd: &["python3"],
        files: &[
            ("/usr/local/bin/python3", interpreter!("python3")),
            ("/usr/local/bin/python", interpreter!("python")),
        ],
        ..BARE
    },
    Image {
        repository: "docker.io/library/golang",
        has_tag: |tag| any_of(tag, &["latest", "alpine"]) || version(tag, 1, 11..=25, OS),
        size: |_| 306_184_192,
        files: &[("/usr/local/bin/go", interpreter!("go"))],
        env: &[("GOPATH", "/go"), ("GOTOOLCHAIN", "local")],
        ..BARE
    },
    Image {
        repository: "docker.io/library/ruby",
        has_tag: |tag| {
            any_of(tag, &["latest", "alpine", "slim"]) || (2..=3).any(|major| version(tag, major, 0..=7, OS))
        },
        size: |_| 358_612_992,
        cmd: &["irb"],
        files: &[("/usr/local/bin/irb", interpreter!("irb")), ("/usr/local/bin/ruby", interpreter!("ruby"))],
        ..BARE
    },
    Image {
        repository: "docker.io/library/php",
        has_tag: |tag| {
            any_of(tag, &["latest", "apache", "fpm", "cli", "alpine"])
                || (5..=8).any(|major| version(tag, major, 0..=6, OS))
        },
        size: |_| 187_695_104,
        entrypoint: &["docker-php-entrypoint"],
        cmd: &["php", "-a"],
        files: &[("/usr/local/bin/php", interpreter!("php"))],
        ..BARE
    },
    Image {
        repository: "docker.io/library/eclipse-temurin",
        has_tag: |tag| {
            tag == "latest"
                || ["8", "11", "17", "21", "25"]
                    .iter()
                    .any(|major| tag.strip_prefix(major).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')))
        },
        size: |_| 227_540_992,
        cmd: &["jshell"],
        files: &[("/usr/local/bin/jshell", interpreter!("jshell")), ("/usr/bin/java", interpreter!("java"))],
        ..BARE
    },
    Image {
        repository: "docker.io/library/centos",
        has_tag: |tag| any_of(tag, &["latest", "7", "8"]),
        size: |_| 83_886_080,
        ..BARE
    },
    Image {
        repository: "docker.io/library/fedora",
        has_tag: |tag| tag == "latest" || tag.parse::<u32>().is_ok_and(|number| (30..=43).contains(&number)),
        size: |_| 62_914_560,
        ..BARE
    },
    Image {
        repository: "docker.io/library/rockylinux",
        has_tag: |tag| any_of(tag, &["8", "9"]),
        size: |_| 67_108_864,
        ..BARE
    },
    Image {
        repository: "docker.io/library/amazonlinux",
        has_tag: |tag| any_of(tag, &["latest", "2", "2023"]),
        size: |_| 54_525_952,
        ..BARE
    },
    Image {
        repository: "registry.k8s.io/busybox",
        has_tag: |tag| tag == "latest" || version(tag, 1, 24..=27, &[]),
        size: |_| 1_113_554,
        cmd: &["sh"],
        userland: Userland::Busybox,
        ..BARE
    },
    Image {
        repository: "registry.k8s.io/e2e-test-images/jessie-dnsutils",
        has_tag: |tag| version(tag, 1, 0..=9, &[]),
        size: |_| 112_030_336,
        cmd: &["sleep", "3600"],
        ..BARE
    },
    Image {
        repository: "docker.io/radial/busyboxplus",
        has_tag: |tag| any_of(tag, &["latest", "curl", "base"]),
        size: |_| 4_194_304,
        cmd: &["/bin/sh"],
        ..BARE
    },
    Image {
        repository: "docker.io/alpine/curl",
        has_tag: |tag| tag == "latest" || version(tag, 8, 0..=17, &[]),
        size: |_| 6_291_456,
        entrypoint: &["curl"],
        cmd: &[],
        ..BARE
    },
    Image {
        repository: "docker.io/wbitt/network-multitool",
        has_tag: |tag| any_of(tag, &["latest", "minimal", "extra"]),
        cmd: &["sleep", "infinity"],
        size: |_| 28_311_552,
        ..BARE
    },
];

const OS: &[&str] = &[
    "-alpine",
    "-slim",
    "-bookworm",
    "-bullseye",
    "-trixie",
    "-buster",
    "-slim-bookworm",
    "-slim-bullseye",
    "-apache",
    "-fpm",
    "-cli",
];

const BARE: Image = Image { cmd: &["bash"], ..PLAIN };
