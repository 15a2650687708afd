//! `--from-literal`, `--from-file`, `--from-env-file`: where the data of ConfigMaps and Secrets
//! comes from. Models kubectl/pkg/util and create_configmap.go.

use crate::api::name_rules::config_key_faults;
use crate::collections::Sort;
use crate::kubectl::Kubectl;
use crate::kubectl::fail::Fail;
use crate::kubectl::flags::{Flag, Kind};

/// The flags.
pub const FLAGS: &[Flag] = &[
    Flag::switch("append-hash", "Add a hash of the contents to the name."),
    Flag::new("from-env-file", Kind::Slice, "", "File of key=value lines."),
    Flag::new("from-file", Kind::Slice, "", "File or directory; its name, or the key before =, is the key."),
    Flag::new("from-literal", Kind::Array, "", "Key and value: key=value."),
];

/// Keys and values, in the order given.
pub async fn read(k: &Kubectl) -> Result<Vec<(String, Vec<u8>)>, Fail> {
    let mut data: Vec<(String, Vec<u8>)> = Vec::new();
    for source in k.flags.list("from-file") {
        for (key, path) in files(k, &source)? {
            let bytes = k
                .process
                .read_file(&path)
                .await
                .map_err(|errno| Fail::plain(format!("error reading {path}: {}", errno.text().to_lowercase())))?;
            add(&mut data, key, bytes)?;
        }
    }
    for literal in k.flags.list("from-literal") {
        let Some((key, value)) = literal.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return Err(Fail::plain(format!("invalid literal source {literal}, expected key=value")));
        };
        let value = value.trim_matches(['\'', '"']);
        add(&mut data, key.to_owned(), value.as_bytes().to_vec())?;
    }
    for path in k.flags.list("from-env-file") {
        let text = k
            .read_file(&path)
            .await
            .map_err(|errno| Fail::plain(format!("error reading {path}: {}", errno.text().to_lowercase())))?;
        for line in text.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (key, value) = match line.split_once('=') {
                Some((key, value)) => (key.to_owned(), value.to_owned()),
                None => (line.to_owned(), k.process.env(line).unwrap_or_default()),
            };
            add(&mut data, key, value.into_bytes())?;
        }
    }
    Ok(data)
}

fn add(data: &mut Vec<(String, Vec<u8>)>, key: String, value: Vec<u8>) -> Result<(), Fail> {
    if let Some(fault) = config_key_faults(&key).first() {
        return Err(Fail::plain(format!("\"{key}\" is not a valid key name: {fault}")));
    }
    if data.iter().any(|(known, _)| *known == key) {
        return Err(Fail::plain(format!("cannot add key \"{key}\", another key by that name already exists in Data")));
    }
    data.push((key, value));
    Ok(())
}

fn files(k: &Kubectl, source: &str) -> Result<Vec<(String, String)>, Fail> {
    let (key, path) = match source.split_once('=') {
        Some((key, path)) => (Some(key), path),
        None => (None, source),
    };
    let (files, cwd) = (k.process.machine().files(), k.process.cwd());
    let inode = files.find(&cwd, path).and_then(|node| node.get());
    let inode = inode.map_err(|errno| Fail::plain(format!("error reading {path}: {}", errno.text().to_lowercase())))?;
    if !inode.is_dir() {
        let own = path.rsplit('/').next().unwrap_or(path);
        return Ok(vec![(key.unwrap_or(own).to_owned(), path.to_owned())]);
    }
    if key.is_some() {
        return Err(Fail::plain("cannot give a key name for a directory path"));
    }
    let mut names = files.list(&cwd, path).unwrap_or_default();
    names.arrange();
    let join = |name: String| {
        let full = format!("{}/{name}", path.trim_end_matches('/'));
        let file = files.find(&cwd, &full).and_then(|node| node.get()).is_ok_and(|inode| inode.is_file());
        (file && config_key_faults(&name).is_empty()).then_some((name, full))
    };
    Ok(names.into_iter().filter_map(join).collect())
}
