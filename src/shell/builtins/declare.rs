//! Builtins about variables: `declare`, `local`, `export`, `readonly`, `unset`, `let`.

use crate::collections::SortedMap;
use crate::shell::vars::{Value, Var};
use crate::shell::word::is_identifier;
use crate::shell::{Run, Shell, arith, escape};

/// A variable as `declare -p` prints it.
fn describe(name: &str, var: &Var) -> String {
    let flags = var.flags();
    let flags = if flags.is_empty() { "-".to_owned() } else { flags };
    let double = |text: &str| {
        if text.chars().any(char::is_control) {
            return escape::quote(text);
        }
        let mut out = String::from("\"");
        for c in text.chars() {
            if matches!(c, '"' | '\\' | '$' | '`') {
                out.push('\\');
            }
            out.push(c);
        }
        out + "\""
    };
    let value = match &var.value {
        Value::Unset => String::new(),
        Value::Text(text) => format!("={}", double(text)),
        Value::Indexed(items) => {
            let items: Vec<String> = items.iter().map(|(index, text)| format!("[{index}]={}", double(text))).collect();
            format!("=({})", items.join(" "))
        }
        Value::Keyed(items) => {
            let items: Vec<String> =
                items.iter().map(|(key, text)| format!("[{}]={} ", escape::quote(key), double(text))).collect();
            format!("=({})", items.concat())
        }
    };
    format!("declare -{flags} {name}{value}\n")
}

/// Letters of options, and the rest. `Err`: an option that is not known.
fn options<'a>(args: &'a [String], known: &str) -> Result<(String, String, &'a [String]), String> {
    let (mut on, mut off) = (String::new(), String::new());
    let mut rest = &args[1..];
    while let Some(option) = rest.first() {
        if option == "--" {
            rest = &rest[1..];
            break;
        }
        let (set, letters) = match (option.strip_prefix('-'), option.strip_prefix('+')) {
            (Some(letters), _) if !letters.is_empty() => (&mut on, letters),
            (_, Some(letters)) if !letters.is_empty() => (&mut off, letters),
            _ => break,
        };
        if let Some(bad) = letters.chars().find(|&letter| !known.contains(letter)) {
            return Err(format!("-{bad}"));
        }
        set.push_str(letters);
        rest = &rest[1..];
    }
    Ok((on, off, rest))
}

/// `declare`, `typeset`, `local`
pub async fn declare(shell: &mut Shell, args: &[String]) -> Run {
    let (on, off, rest) = match options(args, "aAfFgilnprtuxI") {
        Ok(options) => options,
        Err(option) => {
            shell.wrong(args, &format!("{option}: invalid option")).await;
            return Ok(2);
        }
    };
    let is_local = args[0] == "local";
    if is_local && !shell.vars.in_function() {
        shell.wrong(args, "can only be used in a function").await;
        return Ok(1);
    }
    if on.contains(['f', 'F']) {
        return functions(shell, args, &on, rest).await;
    }
    if rest.is_empty() || on.contains('p') {
        return show(shell, args, &on, rest).await;
    }
    let mut status = 0;
    for word in rest {
        let (target, value) = match word.split_once('=') {
            Some((target, value)) => (target, Some(value)),
            None => (word.as_str(), None),
        };
        let (target, append) = match target.strip_suffix('+') {
            Some(target) => (target, true),
            None => (target, false),
        };
        let (name, index) = match target.strip_suffix(']').and_then(|target| target.split_once('[')) {
            Some((name, index)) => (name, Some(index)),
            None => (target, None),
        };
        if !is_identifier(name) {
            shell.wrong(args, &format!("`{word}': not a valid identifier")).await;
            status = 1;
            continue;
        }
        if shell.vars.in_function() && !on.contains('g') {
            shell.vars.make_local(name);
        }
        let nameref = on.contains('n');
        let readonly = shell.vars.get(name).is_some_and(|var| var.readonly);
        if readonly && value.is_some() {
            shell.wrong(args, &format!("{name}: readonly variable")).await;
            status = 1;
            continue;
        }
        let var = shell.vars.get_mut(name);
        if on.contains('A') && !matches!(var.value, Value::Keyed(_)) {
            var.value = Value::Keyed(SortedMap::new());
        } else if on.contains('a') && !matches!(var.value, Value::Indexed(_) | Value::Keyed(_)) {
            let mut items = SortedMap::new();
            if let Value::Text(text) = &var.value {
                items.insert(0, text.clone());
            }
            var.value = Value::Indexed(items);
        }
        for (letters, on) in [(&on, true), (&off, false)] {
            for letter in letters.chars() {
                match letter {
                    'x' => var.exported = on,
                    'i' => var.integer = on,
                    'l' => (var.lower, var.upper) = (on, false),
                    'u' => (var.upper, var.lower) = (on, false),
                    _ => {}
                }
            }
        }
        if let Some(value) = value {
            let result = match index {
                Some(index) => match shell.index_key_at(name, index, 0) {
                    Ok(key) => shell.set_element(name, &key, value.to_owned(), append),
                    Err(message) => Err(message),
                },
                None if nameref => {
                    shell.vars.get_mut(name).value = Value::Text(value.to_owned());
                    Ok(())
                }
                None if append => {
                    let old = shell.get(name).unwrap_or_default();
                    let joint = if shell.vars.get(name).is_some_and(|var| var.integer) { "+" } else { "" };
                    shell.set(name, format!("{old}{joint}{value}"))
                }
                None => shell.set(name, value.to_owned()),
            };
            if let Err(message) = result {
                shell.wrong(args, &message).await;
                status = 1;
            }
        }
        let var = shell.vars.get_mut(name);
        var.readonly |= on.contains('r');
        var.nameref = (var.nameref || nameref) && !off.contains('n');
    }
    Ok(status)
}

async fn functions(shell: &mut Shell, args: &[String], on: &str, rest: &[String]) -> Run {
    let names: Vec<String> = if rest.is_empty() { shell.functions.keys().cloned().collect() } else { rest.to_vec() };
    let mut text = String::new();
    let mut status = 0;
    for name in names {
        match shell.functions.get(&name) {
            Some(_) if on.contains('F') && !rest.is_empty() => text.push_str(&format!("{name}\n")),
            Some(_) if on.contains('F') => text.push_str(&format!("declare -f {name}\n")),
            Some(function) => text.push_str(&format!("{name} () \n{}\n", function.text)),
            None => status = 1,
        }
    }
    super::io::print(shell, args, text.as_bytes()).await?;
    Ok(status)
}

async fn show(shell: &mut Shell, args: &[String], on: &str, rest: &[String]) -> Run {
    let mut text = String::new();
    let mut status = 0;
    if rest.is_empty() {
        for (name, var) in shell.vars.iter().filter(|(name, _)| is_identifier(name)) {
            let flags = var.flags();
            if on.contains('p') || on.chars().any(|letter| letter != 'p' && flags.contains(letter)) {
                let wanted = on.chars().filter(|&letter| letter != 'p').all(|letter| flags.contains(letter));
                if wanted {
                    text.push_str(&describe(name, var));
                }
            } else if on.is_empty()
                && let Some(value) = var.text()
            {
                text.push_str(&format!("{name}={}\n", escape::quote(value)));
            }
        }
    }
    for name in rest {
        match shell.vars.get(name) {
            Some(var) => text.push_str(&describe(name, var)),
            None => {
                shell.wrong(args, &format!("{name}: not found")).await;
                status = 1;
            }
        }
    }
    super::io::print(shell, args, text.as_bytes()).await?;
    Ok(status)
}

/// `export`
pub async fn export(shell: &mut Shell, args: &[String]) -> Run {
    attribute(shell, args, |var, on| var.exported = on, 'x').await
}

/// `readonly`
pub async fn readonly(shell: &mut Shell, args: &[String]) -> Run {
    attribute(shell, args, |var, on| var.readonly |= on, 'r').await
}

async fn attribute(shell: &mut Shell, args: &[String], mark: fn(&mut Var, bool), letter: char) -> Run {
    let (on, _, rest) = match options(args, "aAfnp") {
        Ok(options) => options,
        Err(option) => {
            shell.wrong(args, &format!("{option}: invalid option")).await;
            return Ok(2);
        }
    };
    if rest.is_empty() {
        return show(shell, args, &format!("p{letter}"), rest).await;
    }
    let mut status = 0;
    for word in rest {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word.as_str(), None),
        };
        let (name, append) = match name.strip_suffix('+') {
            Some(name) => (name, true),
            None => (name, false),
        };
        if on.contains('f') {
            continue;
        }
        if !is_identifier(name) {
            shell.wrong(args, &format!("`{word}': not a valid identifier")).await;
            status = 1;
            continue;
        }
        if let Some(value) = value {
            let value = if append { shell.get(name).unwrap_or_default() + value } else { value.to_owned() };
            if let Err(message) = shell.set(name, value) {
                shell.fail(&message).await;
                status = 1;
                continue;
            }
        }
        mark(shell.vars.get_mut(name), !on.contains('n'));
    }
    Ok(status)
}

/// `unset`
pub async fn unset(shell: &mut Shell, args: &[String]) -> Run {
    let (on, _, rest) = match options(args, "fvn") {
        Ok(options) => options,
        Err(option) => {
            shell.wrong(args, &format!("{option}: invalid option")).await;
            return Ok(2);
        }
    };
    let mut status = 0;
    for word in rest {
        if let Some((name, index)) = word.strip_suffix(']').and_then(|word| word.split_once('[')) {
            let key = match shell.index_key_at(name, index, 0) {
                Ok(key) => key,
                Err(message) => {
                    shell.wrong(args, &message).await;
                    status = 1;
                    continue;
                }
            };
            match &mut shell.vars.get_mut(name).value {
                Value::Indexed(items) => drop(key.parse().map(|key: i64| items.remove(&key))),
                Value::Keyed(items) => drop(items.remove(&key)),
                _ => {}
            }
            continue;
        }
        if on.contains('f') {
            shell.functions.remove(word);
            continue;
        }
        let name = if on.contains('n') { word.clone() } else { shell.real_name(word) };
        if shell.vars.get(&name).is_some_and(|var| var.readonly) {
            shell.wrong(args, &format!("{name}: cannot unset: readonly variable")).await;
            status = 1;
        } else if shell.vars.remove(&name).is_none() && !on.contains('v') {
            shell.functions.remove(word);
        }
    }
    Ok(status)
}

/// `let`
pub async fn r#let(shell: &mut Shell, args: &[String]) -> Run {
    if args.len() < 2 {
        shell.wrong(args, "expression expected").await;
        return Ok(1);
    }
    let mut value = 0;
    for text in &args[1..] {
        match arith::evaluate(shell, text) {
            Ok(number) => value = number,
            Err(message) => {
                shell.wrong(args, &message).await;
                return Ok(1);
            }
        }
    }
    Ok(i32::from(value == 0))
}
