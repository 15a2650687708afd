//! `alias` and `unalias`.

use std::rc::Rc;

use super::io::print;

use crate::shell::{Run, Shell, escape};

/// `alias`
pub async fn alias(shell: &mut Shell, args: &[String]) -> Run {
    let mut text = String::new();
    let mut status = 0;
    let rest: Vec<&String> = args[1..].iter().filter(|word| *word != "-p").collect();
    if rest.is_empty() {
        for (name, value) in shell.aliases.iter() {
            text.push_str(&format!("alias {name}={}\n", escape::single(value)));
        }
    }
    for word in rest {
        match word.split_once('=') {
            Some((name, value)) => drop(Rc::make_mut(&mut shell.aliases).insert(name.to_owned(), value.to_owned())),
            None => match shell.aliases.get(word) {
                Some(value) => text.push_str(&format!("alias {word}={}\n", escape::single(value))),
                None => {
                    shell.wrong(args, &format!("{word}: not found")).await;
                    status = 1;
                }
            },
        }
    }
    print(shell, args, text.as_bytes()).await?;
    Ok(status)
}

/// `unalias`
pub async fn unalias(shell: &mut Shell, args: &[String]) -> Run {
    let mut status = 0;
    for name in &args[1..] {
        if name == "-a" {
            shell.aliases = Rc::default();
        } else if Rc::make_mut(&mut shell.aliases).remove(name).is_none() {
            shell.wrong(args, &format!("{name}: not found")).await;
            status = 1;
        }
    }
    Ok(status)
}
