//! `tee`.

use std::rc::Rc;

use crate::machine::{File, OpenOptions, Process};
use crate::tools::args::{self, No, arguments};
use crate::tools::input::complain;

/// tee -a
pub async fn tee(process: Process) -> i32 {
    let parsed = arguments!(process, args::GNU, ('a', "append", No), ('i', "ignore-interrupts", No));
    let options = if parsed.has('a') { OpenOptions::APPEND } else { OpenOptions::WRITE };
    let mut files: Vec<Rc<dyn File>> = Vec::new();
    let mut status = 0;
    for path in &parsed.operands {
        match process.open(path, options) {
            Ok(file) => files.push(file),
            Err(errno) => {
                complain(&process, path, errno).await;
                status = 1;
            }
        }
    }
    loop {
        let bytes = process.read(0, 1 << 16).await.unwrap_or_default();
        if bytes.is_empty() {
            return status;
        }
        let _ = process.write(1, &bytes).await;
        for file in &files {
            if process.write_file_object(file, &bytes).await.is_err() {
                status = 1;
            }
        }
    }
}
