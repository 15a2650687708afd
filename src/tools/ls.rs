//! `ls`

use super::args::{self, Maybe, No};
use super::files::{inode, join, mode_text, owner};
use crate::collections::Sort;
use crate::machine::Process;
use crate::machine::date;
use crate::machine::fs::{Inode, Kind};

fn human(size: usize) -> String {
    let mut value = size as f64;
    let units = ["", "K", "M", "G"];
    let mut at = 0;
    while value >= 1024.0 && at < 3 {
        value /= 1024.0;
        at += 1;
    }
    if at == 0 {
        size.to_string()
    } else if value < 10.0 {
        format!("{:.1}{}", (value * 10.0).ceil() / 10.0, units[at])
    } else {
        format!("{:.0}{}", value.ceil(), units[at])
    }
}

/// ls -l -a -A -1 -R -d -t -S -r -h -F -p -i --color
pub async fn ls(process: Process) -> i32 {
    let flags = [
        ('l', "", No),
        ('a', "all", No),
        ('A', "almost-all", No),
        ('1', "", No),
        ('C', "", No),
        ('R', "recursive", No),
        ('d', "directory", No),
        ('t', "", No),
        ('S', "", No),
        ('r', "reverse", No),
        ('h', "human-readable", No),
        ('F', "classify", No),
        ('p', "", No),
        ('i', "inode", No),
        ('n', "numeric-uid-gid", No),
        ('«', "color", Maybe),
    ];
    let parsed = match args::parse(&process, &flags, args::GNU_2).await {
        Ok(parsed) => parsed,
        Err(status) => return status,
    };
    let operands = if parsed.operands.is_empty() { vec![".".to_owned()] } else { parsed.operands.clone() };
    let (mut plain, mut dirs, mut status) = (Vec::new(), Vec::new(), 0);
    for path in operands {
        match inode(&process, &path, !parsed.has('l')).or_else(|_| inode(&process, &path, false)) {
            Ok(found) if found.is_dir() && !parsed.has('d') => dirs.push(path),
            Ok(found) => plain.push((path, found)),
            Err(errno) => {
                process.err(&format!("ls: cannot access '{path}': {errno}\n")).await;
                status = 2;
            }
        }
    }
    let many =
        dirs.len() + plain.len() > 1 || parsed.has('R') || status != 0 && !dirs.is_empty() && parsed.operands.len() > 1;
    let mut first = plain.is_empty();
    show(&process, &parsed, plain, "", false).await;
    dirs.reverse();
    let mut seen = 0;
    while let Some(dir) = dirs.pop() {
        seen += 1;
        if seen > 5000 {
            break;
        }
        if many {
            process.out(&format!("{}{dir}:\n", if first { "" } else { "\n" })).await;
        }
        first = false;
        let mut names = match process.machine().files().list(&process.cwd(), &dir) {
            Ok(names) => names,
            Err(errno) => {
                process.err(&format!("ls: cannot open directory '{dir}': {errno}\n")).await;
                status = 2;
                continue;
            }
        };
        names.retain(|name| parsed.has('a') || parsed.has('A') || !name.starts_with('.'));
        if parsed.has('a') {
            names.splice(0..0, [".".to_owned(), "..".to_owned()]);
        }
        let entries: Vec<(String, Inode)> = names
            .into_iter()
            .filter_map(|name| inode(&process, &join(&dir, &name), false).ok().map(|found| (name, found)))
            .collect();
        if parsed.has('R') {
            let below = entries.iter().filter(|(name, found)| found.is_dir() && name != "." && name != "..");
            dirs.extend(below.map(|(name, _)| join(&dir, name)).collect::<Vec<_>>().into_iter().rev());
        }
        show(&process, &parsed, entries, &dir, true).await;
    }
    status
}

async fn show(process: &Process, parsed: &args::Parsed, mut entries: Vec<(String, Inode)>, dir: &str, total: bool) {
    if parsed.has('t') {
        entries.arrange_by(|a, b| b.1.mtime.cmp(&a.1.mtime).then_with(|| a.0.cmp(&b.0)));
    } else if parsed.has('S') {
        entries.arrange_by_key(|(_, found)| std::cmp::Reverse(found.size()));
    }
    if parsed.has('r') {
        entries.reverse();
    }
    let color = match parsed.options.iter().rev().find(|(letter, _)| *letter == '«') {
        Some((_, Some(when))) => when == "always" || when == "auto" && process.is_tty(1),
        Some((_, None)) => true,
        None => false,
    };
    let painted = |name: &str, found: &Inode| {
        let code = match &found.kind {
            Kind::Dir(_) => "01;34",
            Kind::Symlink(_) => "01;36",
            Kind::Device(_) => "40;33;01",
            Kind::File(_) if found.mode & 0o111 != 0 => "01;32",
            Kind::File(_) => "",
        };
        if color && !code.is_empty() { format!("\x1b[0m\x1b[{code}m{name}\x1b[0m") } else { name.to_owned() }
    };
    let mark = |found: &Inode| match &found.kind {
        Kind::Dir(_) if parsed.has('F') || parsed.has('p') => "/",
        Kind::Symlink(_) if parsed.has('F') && !parsed.has('l') => "@",
        Kind::File(_) if parsed.has('F') && found.mode & 0o111 != 0 => "*",
        _ => "",
    };
    if !parsed.has('l') {
        let columns = process.is_tty(1) && !parsed.has('1') || parsed.has('C');
        let names: Vec<(String, usize)> = entries
            .iter()
            .map(|(name, found)| {
                let width = unicode_width::UnicodeWidthStr::width(name.as_str()) + mark(found).len();
                (painted(name, found) + mark(found), width)
            })
            .collect();
        let text = if columns {
            in_columns(&names, process.tty_size().map_or(80, |size| usize::from(size.cols)))
        } else {
            names.iter().map(|(name, _)| format!("{name}\n")).collect()
        };
        process.out(&text).await;
        return;
    }
    if total {
        let blocks: usize = entries
            .iter()
            .map(|(_, found)| if found.is_file() || found.is_dir() { found.size().div_ceil(4096) * 4 } else { 0 })
            .sum();
        process.out(&format!("total {blocks}\n")).await;
    }
    let now = process.sim().now();
    let rows: Vec<[String; 7]> = entries
        .iter()
        .map(|(name, found)| {
            let age = now.since(found.mtime).as_secs();
            let layout = if age < 15_778_476 && found.mtime <= now { "%b %e %H:%M" } else { "%b %e  %Y" };
            let target = match &found.kind {
                Kind::Symlink(target) => format!(" -> {target}"),
                _ => String::new(),
            };
            let links = if found.is_dir() { 2 } else { found.links };
            let ids = parsed.has('n');
            [
                mode_text(found),
                links.to_string(),
                if ids { found.uid.to_string() } else { owner(process, "/etc/passwd", found.uid) },
                if ids { found.gid.to_string() } else { owner(process, "/etc/group", found.gid) },
                if parsed.has('h') { human(found.size()) } else { found.size().to_string() },
                date::format(layout, found.mtime.0),
                painted(name, found) + mark(found) + &target,
            ]
        })
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths = [width(1), width(2), width(3), width(4)];
    let mut text = String::new();
    for [mode, links, user, group, size, time, name] in &rows {
        let [w1, w2, w3, w4] = widths;
        text.push_str(&format!("{mode} {links:>w1$} {user:<w2$} {group:<w3$} {size:>w4$} {time} {name}\n"));
    }
    let _ = dir;
    process.out(&text).await;
}

/// Names in as few rows as fit, filled column by column.
fn in_columns(names: &[(String, usize)], width: usize) -> String {
    let mut rows = 1;
    loop {
        let columns: Vec<&[(String, usize)]> = names.chunks(rows).collect();
        let widths: Vec<usize> =
            columns.iter().map(|column| column.iter().map(|(_, width)| *width).max().unwrap_or(0) + 2).collect();
        if widths.iter().sum::<usize>().saturating_sub(2) <= width || rows >= names.len() {
            let mut out = String::new();
            for row in 0..rows.min(names.len()) {
                for (at, column) in columns.iter().enumerate() {
                    let Some((name, wide)) = column.get(row) else { continue };
                    out.push_str(name);
                    if columns.get(at + 1).is_some_and(|next| next.len() > row) {
                        out.push_str(&" ".repeat(widths[at] - wide));
                    }
                }
                out.push('\n');
            }
            return out;
        }
        rows += 1;
    }
}
