//! Programs that a process finds and starts.

use super::Process;
use crate::machine::child::{Child, SpawnSpec};
use crate::machine::errno::Errno;
use crate::machine::{ProgramFn, files, program};
use crate::sim::Duration;

impl Process {
    /// The file that running `name` would run: a path, or a name to look for along `PATH`.
    pub fn find_program(&self, name: &str) -> Result<String, Errno> {
        self.find_program_in(name, &self.env("PATH").unwrap_or_default())
    }

    /// As [`Process::find_program`], along a search path of the caller's.
    pub fn find_program_in(&self, name: &str, search: &str) -> Result<String, Errno> {
        if name.contains('/') {
            self.check_executable(name)?;
            return Ok(name.to_owned());
        }
        let mut found = Errno::NotFound;
        for dir in search.split(':') {
            let path = files::join(if dir.is_empty() { "." } else { dir }, name);
            match self.check_executable(&path) {
                Ok(()) => return Ok(path),
                Err(Errno::Access) => found = Errno::Access,
                Err(_) => {}
            }
        }
        Err(found)
    }

    fn check_executable(&self, path: &str) -> Result<(), Errno> {
        let inode = self.0.machine.files().find(&self.cwd(), path)?.get()?;
        if !inode.is_file() || inode.mode & 0o111 == 0 {
            return Err(Errno::Access);
        }
        Ok(())
    }

    /// The program in a file and the arguments it is to be run with: those given, or an
    /// interpreter's before them.
    pub fn load(&self, path: &str, argv: &[String]) -> Result<(ProgramFn, Vec<String>), Errno> {
        let (mut path, mut argv) = (path.to_owned(), argv.to_vec());
        // A script's interpreter may be a script; Linux stops after four.
        for _ in 0..5 {
            self.check_executable(&path)?;
            let contents = self.0.machine.files().read(&self.cwd(), &path)?;
            if let Some(name) = program::named_by(&contents)? {
                let program = self.0.machine.programs().get(name).ok_or(Errno::ExecFormat)?;
                return Ok((program.run, argv));
            }
            let Some(line) = contents.strip_prefix(b"#!") else { return Err(Errno::ExecFormat) };
            let line =
                String::from_utf8_lossy(line.split(|&byte| byte == b'\n').next().unwrap_or_default()).into_owned();
            let (interpreter, option) = match line.trim().split_once([' ', '\t']) {
                Some((interpreter, option)) => (interpreter.to_owned(), Some(option.trim().to_owned())),
                None => (line.trim().to_owned(), None),
            };
            let rest = argv.split_off(argv.len().min(1));
            argv = [interpreter.clone()].into_iter().chain(option).chain([path]).chain(rest).collect();
            path = interpreter;
        }
        Err(Errno::Loop)
    }

    /// Starts a program in a child process.
    pub fn spawn(&self, spec: SpawnSpec) -> Result<Child, Errno> {
        let name = spec.path.clone().or_else(|| spec.argv.first().cloned()).ok_or(Errno::Invalid)?;
        let path = self.find_program(&name)?;
        let (run, argv) = self.load(&path, &spec.argv)?;
        self.spawn_with(SpawnSpec { argv, ..spec }, move |process| async move {
            process.spend(Duration::from_micros(900)).await;
            run(process).await
        })
    }

    /// Starts a child process that runs `program`, which need not be in the registry: a
    /// subshell, a background list.
    pub fn spawn_with<F: Future<Output = i32> + 'static>(
        &self,
        spec: SpawnSpec,
        program: impl FnOnce(Process) -> F,
    ) -> Result<Child, Errno> {
        if self.0.machine.is_crowded() {
            return Err(Errno::Again);
        }
        let child = self.child(&spec);
        child.start(Box::pin(program(child.clone())));
        Ok(Child(child))
    }

    /// Starts a child process with the same arguments and files.
    pub fn fork_with<F: Future<Output = i32> + 'static>(
        &self,
        program: impl FnOnce(Process) -> F,
    ) -> Result<Child, Errno> {
        self.spawn_with(SpawnSpec { argv: self.args(), ..SpawnSpec::default() }, program)
    }
}
