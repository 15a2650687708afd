//! Divides a wasm program in two: what a first visit runs, and what can come later.
//!
//!     drydock-split mark PROGRAM MARKED
//!     drydock-split divide PROGRAM LIST FIRST LATER
//!
//! `mark` makes a program that notes which of its functions were called: the exported global `~N` is 1
//! when function N was. `divide` takes the numbers of those, one a line, and writes the two halves. They share
//! memory, tables and globals; the first calls its export `load_rest` before it first calls into the second.
//!
//! Does what Binaryen's wasm-split does, which the npm package does not have.

mod divide;
mod mark;
mod module;

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::process::ExitCode;

use module::Module;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["mark", program, marked] => mark_file(program, marked),
        ["divide", program, list, first, later] => divide_file(program, list, first, later),
        _ => Err("usage: drydock-split mark PROGRAM MARKED | divide PROGRAM LIST FIRST LATER".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("drydock-split: {error}");
            ExitCode::FAILURE
        }
    }
}

fn mark_file(program: &str, marked: &str) -> Outcome {
    let bytes = fs::read(program)?;
    Ok(fs::write(marked, mark::mark(&Module::read(&bytes)?)?)?)
}

fn divide_file(program: &str, list: &str, first: &str, later: &str) -> Outcome {
    let bytes = fs::read(program)?;
    let called: BTreeSet<u32> = fs::read_to_string(list)?.lines().map(str::parse).collect::<Result<_, _>>()?;
    let halves = divide::divide(&Module::read(&bytes)?, &called)?;
    fs::write(first, halves.first)?;
    Ok(fs::write(later, halves.later)?)
}
