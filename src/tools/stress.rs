//! `stress`: works and holds memory on purpose. As stress 1.0.4.
//!
//! Diverges: `--io` and `--hdd` are not simulated; what `--verbose` adds is left out.

use super::args::{self, No, Value};
use crate::machine::{Child, Process};
use crate::shell::seconds;
use crate::sim::{Duration, Either, race};

/// How much is filled at once, and how long that takes.
const CHUNK: u64 = 16 << 20;
const FILLING: Duration = Duration::from_millis(8);
/// How long a worker works before it looks up.
const WORK: Duration = Duration::from_millis(500);

/// stress -c -m --vm-bytes --vm-hang --vm-keep -t
pub async fn run(process: Process) -> i32 {
    let parsed = args::arguments!(
        process,
        args::GNU,
        ('c', "cpu", Value),
        ('m', "vm", Value),
        ('b', "vm-bytes", Value),
        ('h', "vm-hang", Value),
        ('k', "vm-keep", No),
        ('t', "timeout", Value),
        ('v', "verbose", No),
        ('q', "quiet", No),
    );
    let fail = async |what: &str| {
        process.err(&format!("stress: FAIL: [{}] {what}\n", process.pid())).await;
        1
    };
    let count =
        |letter| parsed.value(letter).map_or(Some(0), |text| text.parse::<u32>().ok()).filter(|&count| count <= 64);
    let (Some(cpus), Some(holders)) = (count('c'), count('m')) else {
        return fail("argument must be a number of at most 64").await;
    };
    let Some(bytes) = size(parsed.value('b').unwrap_or("256M")) else { return fail("vm-bytes must be a size").await };
    let hang = parsed.value('h').map(|text| seconds(text).unwrap_or_default());
    let limit = parsed.value('t').map(|text| seconds(text).unwrap_or_default());
    if cpus + holders == 0 {
        process.out("`stress' imposes certain types of compute stress on your system\n\nUsage: stress [OPTION [ARG]] ...\nHere: -c, --cpu N; -m, --vm N; --vm-bytes B; --vm-hang N; --vm-keep; -t, --timeout N\n").await;
        return 0;
    }
    if !parsed.has('q') {
        let text =
            format!("stress: info: [{}] dispatching hogs: {cpus} cpu, 0 io, {holders} vm, 0 hdd\n", process.pid());
        process.out(&text).await;
    }
    let keep = parsed.has('k');
    let mut workers: Vec<Child> = Vec::new();
    for _ in 0..cpus {
        workers.extend(process.fork_with(|worker| async move {
            loop {
                worker.spend(WORK).await;
            }
        }));
    }
    for _ in 0..holders {
        workers.extend(process.fork_with(|worker| hold(worker, bytes, hang, keep)));
    }
    let all = async {
        for worker in &workers {
            worker.wait().await;
        }
    };
    let Some(limit) = limit else {
        all.await;
        return 1;
    };
    if let Either::First(()) = race(all, process.sleep(limit)).await {
        return 1;
    }
    for worker in &workers {
        worker.process().signal(crate::machine::Signal::TERM);
    }
    if !parsed.has('q') {
        let text = format!("stress: info: [{}] successful run completed in {}s\n", process.pid(), limit.as_secs());
        process.out(&text).await;
    }
    0
}

/// Fills memory, and lets go of it again.
async fn hold(worker: Process, bytes: u64, hang: Option<Duration>, keep: bool) -> i32 {
    loop {
        let mut held = 0;
        while held < bytes {
            let chunk = CHUNK.min(bytes - held);
            worker.spend(FILLING).await;
            if !worker.machine().hold(chunk) {
                // The kernel's killer is on its way.
                return 137;
            }
            held += chunk;
        }
        match hang {
            // No end of hanging.
            Some(span) if span.is_zero() => loop {
                worker.sleep(Duration::from_secs(3600)).await;
            },
            Some(span) => worker.sleep(span).await,
            None if keep => loop {
                worker.spend(WORK).await;
            },
            None => worker.spend(WORK).await,
        }
        worker.machine().release(bytes);
    }
}

/// `250M`, `1G`, `4096`.
fn size(text: &str) -> Option<u64> {
    let (number, unit) = match text.strip_suffix(['B', 'b', 'K', 'k', 'M', 'm', 'G', 'g']) {
        Some(number) => (number, text.chars().last()?.to_ascii_uppercase()),
        None => (text, 'B'),
    };
    let shift = match unit {
        'K' => 10,
        'M' => 20,
        'G' => 30,
        _ => 0,
    };
    number.parse::<u64>().ok()?.checked_mul(1 << shift)
}
