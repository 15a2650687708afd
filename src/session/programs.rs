//! Every program that there is.

use crate::machine::Programs;

/// The programs of the learner's machine; images have some of them.
pub fn all() -> Programs {
    let mut all = Programs::new();
    all.add_all(crate::shell::BASH);
    all.add_all(crate::tools::ALL);
    all.add("kubectl", crate::kubectl::KUBECTL);
    all.set_completer("kubectl", crate::kubectl::complete);
    all
}
