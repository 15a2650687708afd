//! Processes, pipes, signals and files, through the machine's own interface.

use std::rc::Rc;

use super::*;
use crate::sim::Time;

async fn cat(process: Process) -> i32 {
    while let Ok(bytes) = process.read(0, 4096).await {
        if bytes.is_empty() {
            return 0;
        }
        let _ = process.write(1, &bytes).await;
    }
    1
}

async fn yes(process: Process) -> i32 {
    loop {
        if process.write(1, b"y\n").await.is_err() {
            return 1;
        }
    }
}

async fn patient(process: Process) -> i32 {
    process.trap(Signal::TERM, Disposition::Catch);
    assert_eq!(process.next_signal().await, Signal::TERM);
    process.sleep(Duration::from_secs(5)).await;
    42
}

fn machine() -> Machine {
    let mut programs = Programs::new();
    programs.add_all(&[("cat", program!(cat)), ("yes", program!(yes)), ("patient", program!(patient))]);
    Machine::new(MachineSpec::new("host", &Sim::new(Time(0)), Rng::new(1), Rc::new(programs)))
}

fn files(read: Rc<dyn File>, write: Rc<dyn File>) -> Option<Fds> {
    Some(Fds::from([(0, read), (1, Rc::clone(&write)), (2, write)]))
}

fn until_end(machine: &Machine, child: &Child) -> ExitStatus {
    machine.sim().advance_to(machine.sim().now() + Duration::from_secs(60));
    child.process().ended().unwrap()
}

#[test]
fn a_pipe_ends_and_breaks_as_posix_says() {
    let machine = machine();
    let (read, write) = pipe();
    let seen = Capture::default();
    let cat = SpawnSpec { fds: files(read, Rc::new(seen.clone())), ..SpawnSpec::new(["cat"]) };
    let child = machine.run(cat, None).unwrap();
    let (head, tail) = pipe();
    let yes = SpawnSpec { fds: files(Rc::new(file::Null), tail), ..SpawnSpec::new(["/bin/yes"]) };
    let yes = machine.run(yes, None).unwrap();
    drop(write);
    drop(head);
    assert_eq!(until_end(&machine, &child), ExitStatus::Exited(0));
    assert_eq!(until_end(&machine, &yes), ExitStatus::Signaled(Signal::PIPE));
    assert!(machine.processes().is_empty());
    assert_eq!((machine.sim().tasks(), seen.text().as_str()), (0, ""));
}

#[test]
fn a_signal_may_be_trapped_and_a_process_stopped() {
    let machine = machine();
    let child = machine.run(SpawnSpec::new(["patient"]), None).unwrap();
    let sim = machine.sim().clone();
    sim.advance_to(Time::from_secs(1));
    child.process().signal(Signal::TERM);
    sim.advance_to(Time::from_secs(2));
    child.process().signal(Signal::STOP);
    sim.advance_to(Time::from_secs(50));
    assert_eq!(child.try_change(), Some(Change::Stopped(Signal::STOP)));
    child.process().signal(Signal::CONT);
    sim.run_ready();
    assert_eq!(child.process().ended(), Some(ExitStatus::Exited(42)));
}

#[test]
fn ctrl_c_reaches_the_foreground_and_d_ends_input() {
    let machine = machine();
    let tty = Tty::new(Size { cols: 80, rows: 24 });
    let child = machine.run(SpawnSpec::new(["cat"]), Some(tty.clone())).unwrap();
    tty.input("가\x7fab\x7f\r".as_bytes());
    machine.sim().advance_to(Time::from_secs(1));
    assert_eq!(String::from_utf8(tty.take_output()).unwrap(), "가\x08 \x08\x08 \x08ab\x08 \x08\r\na\r\n");
    tty.input(b"\x04");
    machine.sim().advance_to(Time::from_secs(2));
    assert_eq!(child.process().ended(), Some(ExitStatus::Exited(0)));
    let child = machine.run(SpawnSpec::new(["cat"]), Some(tty.clone())).unwrap();
    tty.input(b"\x03");
    assert_eq!(child.process().ended(), Some(ExitStatus::Signaled(Signal::INT)));
}

#[test]
fn files_links_and_mounts() {
    let machine = machine();
    let files = machine.files();
    files.mkdir_all("/a/b").unwrap();
    files.write("/a/b", "../f", b"text").unwrap();
    files.create("/", "/a/l", fs::Kind::Symlink(Rc::from("b/../f")), 0o777).unwrap();
    assert_eq!(files.read("/", "/a/l").unwrap().as_slice(), b"text");
    assert_eq!(files.rmdir("/", "/a"), Err(Errno::NotEmpty));
    assert_eq!(files.rename("/", "/a", "/a/b/c"), Err(Errno::Invalid));
    files.rename("/", "/a/f", "/a/b/g").unwrap();
    assert_eq!(files.read("/a", "l").err(), Some(Errno::NotFound));
    let volume = Fs::new(Time(0));
    files.mount("/a/b", volume.clone(), true).unwrap();
    assert_eq!(files.write("/", "/a/b/x", b""), Err(Errno::ReadOnly));
    assert_eq!(files.list("/", "/a/b").unwrap(), Vec::<String>::new());
    files.unmount("/a/b").unwrap();
    assert_eq!(files.list("/", "/a/b").unwrap(), ["g"]);
    files.create("/", "/loop", fs::Kind::Symlink(Rc::from("loop")), 0o777).unwrap();
    assert_eq!(files.read("/", "/loop").err(), Some(Errno::Loop));
}

#[test]
fn a_copied_binary_runs() {
    let machine = machine();
    let bytes = machine.files().read("/", "/usr/bin/cat").unwrap();
    machine.files().write("/", "/tmp/k", &bytes).unwrap();
    assert_eq!(machine.run(SpawnSpec::new(["/tmp/k"]), None).err(), Some(Errno::Access));
    machine.files().change("/", "/tmp/k", |inode| inode.mode = 0o755).unwrap();
    let child = machine.run(SpawnSpec::new(["/tmp/k"]), None).unwrap();
    assert_eq!(until_end(&machine, &child), ExitStatus::Exited(0));
}
