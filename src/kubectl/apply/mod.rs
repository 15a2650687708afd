//! Applying: what changes between a file, what was applied before and what is there.
