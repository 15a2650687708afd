//! Verbs that a real kubectl has and this one does not do yet. Each says so in one line.

use crate::kubectl::Kubectl;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::spec::{Spec, run};

macro_rules! refused {
    ($($constant:ident $name:literal $short:literal;)*) => {
        $(
            #[doc = concat!("`", $name, "`")]
            pub const $constant: Spec = Spec {
                name: $name,
                usage: "[flags] [options]",
                short: $short,
                long: $short,
                run: run!(refuse),
                ..Spec::EMPTY
            };
        )*
    };
}

refused! {
    KUBERC "kuberc" "Manage kuberc configuration files";
}

async fn refuse(k: &Kubectl) -> Outcome {
    Err(Fail::plain(format!("{} is not simulated yet", k.path)))
}
