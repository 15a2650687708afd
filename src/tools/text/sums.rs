//! `sha256sum` and `md5sum`.

use crate::api::{md5, sha256};
use crate::machine::Process;
use crate::tools::args::{self, No, arguments, short_name};
use crate::tools::input::{complain, or_stdin};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// sha256sum, md5sum -c --quiet --status
pub async fn sums(process: Process) -> i32 {
    let parsed = arguments!(
        process,
        args::GNU,
        ('c', "check", No),
        ('b', "binary", No),
        ('t', "text", No),
        ('«', "quiet", No),
        ('»', "status", No)
    );
    let name = short_name(&process.args());
    let sum = |bytes: &[u8]| if name == "md5sum" { hex(&md5::md5(bytes)) } else { hex(&sha256::sha256(bytes)) };
    let (mut status, mut differ) = (0, 0);
    for path in or_stdin(&parsed.operands) {
        let read = if path == "-" { process.read_to_end(0).await } else { process.read_file(&path).await };
        let bytes = match read {
            Ok(bytes) => bytes,
            Err(errno) => {
                complain(&process, &path, errno).await;
                status = 1;
                continue;
            }
        };
        if !parsed.has('c') {
            process.out(&format!("{}  {path}\n", sum(&bytes))).await;
            continue;
        }
        for line in String::from_utf8_lossy(&bytes).lines() {
            let Some((wanted, file)) = line.split_once("  ").or_else(|| line.split_once(" *")) else { continue };
            let verdict = match process.read_file(file).await {
                Ok(bytes) if sum(&bytes) == wanted => "OK",
                Ok(_) => "FAILED",
                Err(errno) => {
                    complain(&process, file, errno).await;
                    "FAILED open or read"
                }
            };
            let failed = verdict != "OK";
            differ += i32::from(verdict == "FAILED");
            status |= i32::from(failed);
            if !parsed.has('»') && (failed || !parsed.has('«')) {
                process.out(&format!("{file}: {verdict}\n")).await;
            }
        }
    }
    if differ > 0 && !parsed.has('»') {
        let words = if differ == 1 { "checksum did NOT match" } else { "checksums did NOT match" };
        process.err(&format!("{name}: WARNING: {differ} computed {words}\n")).await;
    }
    status
}
