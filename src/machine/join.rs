//! Joining a terminal, or pipes, to a process elsewhere.

use std::future::poll_fn;
use std::task::Poll;

use super::{Body, Modes, Process, Session};

/// Copies input to the process at the other end and its output to ours until it ends; its exit
/// status.
pub async fn join(process: &Process, body: Body, stdin: bool, tty: bool) -> i32 {
    let mut session = match body {
        Body::Session(session) => session,
        other => {
            let bytes = other.to_bytes().await;
            // A pipe that closes early ends the process by itself.
            let _ = process.write(1, &bytes).await;
            return 0;
        }
    };
    if !stdin {
        session.stdin = None;
    }
    let terminal = process.tty().filter(|_| tty);
    let modes = terminal.as_ref().map(|terminal| terminal.modes());
    if let Some(terminal) = &terminal {
        terminal.set_modes(Modes::RAW);
        terminal.join(session.tty.clone().filter(|_| stdin));
        let size = terminal.size();
        // Nobody at the other end need care.
        let _ = session.resize.send((size.cols, size.rows));
    }
    let status = pump(process, *session).await;
    if let (Some(terminal), Some(modes)) = (terminal, modes) {
        terminal.join(None);
        terminal.set_modes(modes);
    }
    status
}

/// What a command elsewhere gave.
pub struct Collected {
    /// What it printed.
    pub stdout: Vec<u8>,
    /// What it complained.
    pub stderr: Vec<u8>,
    /// Its exit status.
    pub status: i32,
}

/// Gives a process elsewhere its input and waits for all that it prints.
pub async fn collect(body: Body, input: Option<Vec<u8>>) -> Collected {
    let Body::Session(mut session) = body else {
        return Collected { stdout: body.to_bytes().await, stderr: Vec::new(), status: 0 };
    };
    if let (Some(stdin), Some(input)) = (session.stdin.take(), input) {
        // One that ends before it has read everything is told by its status.
        let _ = stdin.send(input);
    }
    let mut output = Collected { stdout: Vec::new(), stderr: Vec::new(), status: 0 };
    while let Some(bytes) = session.stdout.recv().await {
        output.stdout.extend(bytes);
    }
    while let Some(bytes) = session.stderr.recv().await {
        output.stderr.extend(bytes);
    }
    output.status = session.exit.recv().await.unwrap_or(0);
    output
}

enum Step {
    Input(Vec<u8>),
    Out(Option<Vec<u8>>),
    Err(Option<Vec<u8>>),
    Exit(Option<i32>),
}

async fn pump(process: &Process, mut session: Session) -> i32 {
    let (mut out_open, mut err_open, mut status) = (true, true, None);
    loop {
        if !out_open && !err_open && status.is_some() {
            return status.unwrap_or(0);
        }
        let step = {
            let mut out = Box::pin(session.stdout.recv());
            let mut err = Box::pin(session.stderr.recv());
            let mut exit = Box::pin(session.exit.recv());
            let mut input = Box::pin(process.read(0, 4096));
            let reads = session.stdin.is_some();
            let waits = status.is_none();
            poll_fn(|cx| {
                if out_open && let Poll::Ready(piece) = out.as_mut().poll(cx) {
                    return Poll::Ready(Step::Out(piece));
                }
                if err_open && let Poll::Ready(piece) = err.as_mut().poll(cx) {
                    return Poll::Ready(Step::Err(piece));
                }
                if waits && let Poll::Ready(code) = exit.as_mut().poll(cx) {
                    return Poll::Ready(Step::Exit(code));
                }
                if reads
                    && waits
                    && let Poll::Ready(bytes) = input.as_mut().poll(cx)
                {
                    return Poll::Ready(Step::Input(bytes.unwrap_or_default()));
                }
                Poll::Pending
            })
            .await
        };
        match step {
            Step::Out(Some(bytes)) => drop(process.write(1, &bytes).await),
            Step::Err(Some(bytes)) => drop(process.write(2, &bytes).await),
            Step::Out(None) => out_open = false,
            Step::Err(None) => err_open = false,
            Step::Exit(code) => status = Some(code.unwrap_or(0)),
            Step::Input(bytes) if bytes.is_empty() => session.stdin = None,
            Step::Input(bytes) => {
                let sent = session.stdin.as_ref().map(|stdin| stdin.send(bytes));
                if matches!(sent, Some(Err(_))) {
                    session.stdin = None;
                }
            }
        }
    }
}
