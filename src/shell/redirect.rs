//! Redirections: what `>`, `<`, `2>&1`, `<<EOF` make of a set of open files.

use std::rc::Rc;

use super::ast::{Redirect, RedirectKind, Word};
use super::{Flow, Shell};
use crate::machine::file::Text;
use crate::machine::{Errno, Fds, File, OpenOptions};

impl Shell {
    /// Applies redirections to `fds`, in order. What went wrong has been printed.
    pub(super) async fn redirect(&mut self, redirects: &[Redirect], fds: &mut Fds) -> Result<(), Flow> {
        for redirect in redirects {
            self.redirect_one(redirect, fds).await?;
        }
        Ok(())
    }

    async fn target(&mut self, word: &Word) -> Result<String, Flow> {
        let mut words = self.expand_words(std::slice::from_ref(word)).await?;
        match words.len() {
            1 => Ok(words.remove(0)),
            _ => {
                let text = match word.0.as_slice() {
                    [super::ast::Part::Param(param)] => param.text.clone(),
                    _ => words.join(" "),
                };
                self.fail(&format!("{text}: ambiguous redirect")).await;
                Err(Flow::Fail(1))
            }
        }
    }

    async fn open_target(&mut self, path: &str, options: OpenOptions, fds: &Fds) -> Result<Rc<dyn File>, Flow> {
        // What earlier redirections opened counts for /dev/stdout and its kin.
        let own = match path {
            "/dev/stdin" => fds.get(&0),
            "/dev/stdout" => fds.get(&1),
            "/dev/stderr" => fds.get(&2),
            _ => None,
        };
        if let Some(file) = own {
            return Ok(Rc::clone(file));
        }
        match self.process.open(path, options) {
            Ok(file) => Ok(file),
            Err(errno) => {
                self.fail(&format!("{path}: {errno}")).await;
                Err(Flow::Fail(1))
            }
        }
    }

    async fn redirect_one(&mut self, redirect: &Redirect, fds: &mut Fds) -> Result<(), Flow> {
        let (default, file): (i32, Rc<dyn File>) = match &redirect.kind {
            RedirectKind::Read(word) => {
                let path = self.target(word).await?;
                (0, self.open_target(&path, OpenOptions::READ, fds).await?)
            }
            RedirectKind::Write { target, clobber } => {
                let path = self.target(target).await?;
                if self.options.noclobber && !clobber {
                    let exists = self.process.machine().files().find(&self.process.cwd(), &path);
                    if exists.and_then(|node| node.get()).is_ok_and(|inode| inode.is_file()) {
                        self.fail(&format!("{path}: cannot overwrite existing file")).await;
                        return Err(Flow::Fail(1));
                    }
                }
                (1, self.open_target(&path, OpenOptions::WRITE, fds).await?)
            }
            RedirectKind::Append(word) => {
                let path = self.target(word).await?;
                (1, self.open_target(&path, OpenOptions::APPEND, fds).await?)
            }
            RedirectKind::ReadWrite(word) => {
                let path = self.target(word).await?;
                (0, self.open_target(&path, OpenOptions::READ_WRITE, fds).await?)
            }
            RedirectKind::Both { target, append } => {
                let path = self.target(target).await?;
                let options = if *append { OpenOptions::APPEND } else { OpenOptions::WRITE };
                let file = self.open_target(&path, options, fds).await?;
                fds.insert(2, Rc::clone(&file));
                (1, file)
            }
            RedirectKind::HereString(word) => {
                let text = self.expand_text(word).await? + "\n";
                (0, Rc::new(Text::new(text)))
            }
            RedirectKind::HereDoc(body) => {
                let text = match body.get() {
                    Some(body) => self.expand_quoted(&body.clone()).await?,
                    None => String::new(),
                };
                (0, Rc::new(Text::new(text)))
            }
            RedirectKind::Duplicate { from, output } => {
                let default = i32::from(*output);
                let text = self.target(from).await?;
                let fd = self.number(redirect, default, fds).await?;
                if text == "-" {
                    fds.remove(&fd);
                    return Ok(());
                }
                let moves = text.len() > 1 && text.ends_with('-');
                let Ok(source) = text.trim_end_matches('-').parse::<i32>() else {
                    if *output && redirect.fd.is_none() {
                        // `>&$file`: both outputs.
                        let file = self.open_target(&text, OpenOptions::WRITE, fds).await?;
                        fds.insert(1, Rc::clone(&file));
                        fds.insert(2, file);
                        return Ok(());
                    }
                    self.fail(&format!("{text}: ambiguous redirect")).await;
                    return Err(Flow::Fail(1));
                };
                let Some(file) = fds.get(&source).cloned() else {
                    self.fail(&format!("{source}: {}", Errno::BadFd)).await;
                    return Err(Flow::Fail(1));
                };
                fds.insert(fd, file);
                if moves {
                    fds.remove(&source);
                }
                return Ok(());
            }
        };
        let fd = self.number(redirect, default, fds).await?;
        fds.insert(fd, file);
        Ok(())
    }

    /// The descriptor that a redirection is about; `{name}>` picks one.
    async fn number(&mut self, redirect: &Redirect, default: i32, fds: &Fds) -> Result<i32, Flow> {
        let Some(name) = &redirect.variable else { return Ok(redirect.fd.unwrap_or(default)) };
        let closing = matches!(&redirect.kind, RedirectKind::Duplicate { from, .. } if from.plain() == Some("-"));
        if closing {
            return Ok(self.get(name).and_then(|fd| fd.parse().ok()).unwrap_or(-1));
        }
        let fd = (10..).find(|fd| !fds.contains_key(fd)).unwrap_or(10);
        if let Err(message) = self.set(name, fd.to_string()) {
            self.fail(&message).await;
            return Err(Flow::Fail(1));
        }
        Ok(fd)
    }
}
