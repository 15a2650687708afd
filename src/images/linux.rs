//! Images that are a Linux userland and nothing else: what runs in them is what a Pod says.

use super::{Image, Userland, any_of, version};

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
];

const BARE: Image = Image {
    repository: "",
    has_tag: |_| false,
    size: |_| 0,
    entrypoint: &[],
    cmd: &["bash"],
    server: None,
    userland: Userland::Gnu,
    files: &[],
    env: &[],
};
