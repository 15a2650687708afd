//! `test` and `[`.

use crate::shell::{Run, Shell};

/// How two numbers compare.
pub fn compare(operator: &str, left: i64, right: i64) -> bool {
    match operator {
        "-eq" => left == right,
        "-ne" => left != right,
        "-lt" => left < right,
        "-le" => left <= right,
        "-gt" => left > right,
        _ => left >= right,
    }
}

const BINARY: &[&str] = &["=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"];

fn is_unary(word: &str) -> bool {
    word.len() == 2 && word.starts_with('-') && "abcdefghknoprstuvwxzGLNORS".contains(&word[1..])
}

/// `test`, `[`
pub async fn test(shell: &mut Shell, args: &[String]) -> Run {
    let mut words = &args[1..];
    if args[0] == "[" {
        match words.split_last() {
            Some((last, rest)) if last == "]" => words = rest,
            _ => {
                shell.wrong(args, "missing `]'").await;
                return Ok(2);
            }
        }
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match whole(shell, &words) {
        Ok(truth) => Ok(i32::from(!truth)),
        Err(message) => {
            shell.wrong(args, &message).await;
            Ok(2)
        }
    }
}

type Truth = Result<bool, String>;

/// POSIX's rules by the number of words, then the grammar with -a and -o.
fn whole(shell: &Shell, words: &[&str]) -> Truth {
    match words {
        [] => Ok(false),
        [word] => Ok(!word.is_empty()),
        ["!", rest @ ..] if rest.len() <= 3 => whole(shell, rest).map(|truth| !truth),
        [operator, operand] => {
            if is_unary(operator) {
                Ok(shell.unary_test(operator, operand))
            } else {
                Err(format!("{operator}: unary operator expected"))
            }
        }
        [left, operator, right] if BINARY.contains(operator) => shell.binary_test(left, operator, right),
        [left, "-a", right] => Ok(!left.is_empty() && !right.is_empty()),
        [left, "-o", right] => Ok(!left.is_empty() || !right.is_empty()),
        ["(", word, ")"] => Ok(!word.is_empty()),
        [_, operator, _] if !is_unary(words[0]) => Err(format!("{operator}: binary operator expected")),
        words => {
            let mut at = 0;
            let truth = or(shell, words, &mut at, 0)?;
            if at < words.len() { Err("too many arguments".to_owned()) } else { Ok(truth) }
        }
    }
}

fn or(shell: &Shell, words: &[&str], at: &mut usize, depth: u32) -> Truth {
    let mut truth = and(shell, words, at, depth)?;
    while words.get(*at) == Some(&"-o") {
        *at += 1;
        truth |= and(shell, words, at, depth)?;
    }
    Ok(truth)
}

fn and(shell: &Shell, words: &[&str], at: &mut usize, depth: u32) -> Truth {
    let mut truth = term(shell, words, at, depth)?;
    while words.get(*at) == Some(&"-a") {
        *at += 1;
        truth &= term(shell, words, at, depth)?;
    }
    Ok(truth)
}

fn term(shell: &Shell, words: &[&str], at: &mut usize, depth: u32) -> Truth {
    if depth > 50 {
        return Err("too many arguments".to_owned());
    }
    let rest = &words[*at..];
    match rest {
        [] => Err("argument expected".to_owned()),
        ["!", ..] => {
            *at += 1;
            term(shell, words, at, depth + 1).map(|truth| !truth)
        }
        ["(", ..] => {
            *at += 1;
            let truth = or(shell, words, at, depth + 1)?;
            if words.get(*at) != Some(&")") {
                return Err("`)' expected".to_owned());
            }
            *at += 1;
            Ok(truth)
        }
        [left, operator, right, ..] if BINARY.contains(operator) => {
            *at += 3;
            shell.binary_test(left, operator, right)
        }
        [operator, operand, ..] if is_unary(operator) => {
            *at += 2;
            Ok(shell.unary_test(operator, operand))
        }
        [word, ..] => {
            *at += 1;
            Ok(!word.is_empty())
        }
    }
}

impl Shell {
    /// `-f file`, `-z text` and their kin.
    pub(in crate::shell) fn unary_test(&self, operator: &str, operand: &str) -> bool {
        let files = self.process.machine().files();
        let cwd = self.process.cwd();
        let inode = || files.find(&cwd, operand).and_then(|node| node.get());
        match operator {
            "-z" => operand.is_empty(),
            "-n" => !operand.is_empty(),
            "-a" | "-e" => inode().is_ok(),
            "-f" => inode().is_ok_and(|inode| inode.is_file()),
            "-d" => inode().is_ok_and(|inode| inode.is_dir()),
            "-s" => inode().is_ok_and(|inode| inode.size() > 0),
            // Everyone is root here: reading and writing is always allowed.
            "-r" | "-w" | "-O" | "-G" | "-N" => inode().is_ok(),
            "-x" => inode().is_ok_and(|inode| inode.is_dir() || inode.mode & 0o111 != 0),
            "-h" | "-L" => {
                files.find_link(&cwd, operand).and_then(|node| node.get()).is_ok_and(|inode| inode.is_symlink())
            }
            "-c" => inode().is_ok_and(|inode| matches!(inode.kind, crate::machine::fs::Kind::Device(_))),
            "-t" => operand.parse().is_ok_and(|fd| self.process.is_tty(fd)),
            "-v" => match operand.strip_suffix(']').and_then(|operand| operand.split_once('[')) {
                Some((name, index)) => self.element(name, index).is_some(),
                None => self.get(operand).is_some(),
            },
            "-R" => self.vars.get(operand).is_some_and(|var| var.nameref),
            "-o" => self.options.others.get(operand).copied().unwrap_or(match operand {
                "errexit" => self.options.errexit,
                "nounset" => self.options.nounset,
                "pipefail" => self.options.pipefail,
                "xtrace" => self.options.xtrace,
                _ => false,
            }),
            _ => false,
        }
    }

    /// `a = b`, `1 -lt 2`, `f -nt g`
    pub(in crate::shell) fn binary_test(&self, left: &str, operator: &str, right: &str) -> Truth {
        Ok(match operator {
            "=" | "==" => left == right,
            "!=" => left != right,
            "<" => left < right,
            ">" => left > right,
            "-nt" | "-ot" | "-ef" => {
                let files = self.process.machine().files();
                let cwd = self.process.cwd();
                let nodes = (files.find(&cwd, left), files.find(&cwd, right));
                if operator == "-ef" {
                    return Ok(matches!(nodes, (Ok(left), Ok(right)) if left.same(&right)));
                }
                let times = (
                    nodes.0.and_then(|node| node.get()).map(|inode| inode.mtime).ok(),
                    nodes.1.and_then(|node| node.get()).map(|inode| inode.mtime).ok(),
                );
                if operator == "-nt" { times.0 > times.1 } else { times.0 < times.1 }
            }
            _ => {
                let number =
                    |text: &str| text.trim().parse::<i64>().map_err(|_| format!("{text}: integer expression expected"));
                compare(operator, number(left)?, number(right)?)
            }
        })
    }
}
