//! In which lines two texts differ.
//!
//! Models GNU diffutils: Myers' algorithm, with each change moved as far down as it goes.

use std::ops::Range;

/// More differences than this are not looked for one by one: the rest counts as one change.
const MOST: usize = 1_500;

/// Lines of the old text in whose place lines of the new one stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Lines of the old text.
    pub old: Range<usize>,
    /// Lines of the new text.
    pub new: Range<usize>,
}

/// The changes that make `new` of `old`, in order.
pub fn changes<T: PartialEq>(old: &[T], new: &[T]) -> Vec<Change> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    let mut changes: Vec<Change> = Vec::new();
    let (mut x, mut y) = (0, 0);
    // The ends count as one more pair of equal lines.
    for (to_x, to_y) in common(a, b).into_iter().chain([(a.len(), b.len())]) {
        if to_x > x || to_y > y {
            changes.push(Change { old: head + x..head + to_x, new: head + y..head + to_y });
        }
        (x, y) = (to_x + 1, to_y + 1);
    }
    move_down(&mut changes, old, new);
    changes
}

/// The pairs of equal lines on a shortest way from one text to the other.
fn common<T: PartialEq>(a: &[T], b: &[T]) -> Vec<(usize, usize)> {
    let (n, m) = (a.len() as isize, b.len() as isize);
    let most = (a.len() + b.len()).min(MOST) as isize;
    // How far each diagonal reaches, for every number of differences so far.
    let mut reached: Vec<Vec<isize>> = Vec::new();
    let at = |row: &[isize], d: isize, k: isize| {
        usize::try_from(k + d).ok().and_then(|index| row.get(index)).copied().unwrap_or(-1)
    };
    let start = |rows: &[Vec<isize>], d: isize, k: isize| -> (isize, isize) {
        let Some(row) = rows.last().filter(|_| d > 0) else { return (0, k) };
        let (right, down) = (at(row, d - 1, k - 1), at(row, d - 1, k + 1));
        if k == -d || (k != d && right < down) { (down, k + 1) } else { (right + 1, k - 1) }
    };
    for d in 0..=most {
        let mut row = vec![-1; (2 * d + 1) as usize];
        for k in (-d..=d).step_by(2) {
            let (mut x, _) = start(&reached, d, k);
            while x < n && x - k < m && a[x as usize] == b[(x - k) as usize] {
                x += 1;
            }
            row[(k + d) as usize] = x;
            if x >= n && x - k >= m {
                reached.push(row);
                return back(&reached, n, m, start);
            }
        }
        reached.push(row);
    }
    Vec::new()
}

fn back(
    reached: &[Vec<isize>],
    n: isize,
    m: isize,
    start: impl Fn(&[Vec<isize>], isize, isize) -> (isize, isize),
) -> Vec<(usize, usize)> {
    let (mut x, mut y) = (n, m);
    let mut pairs = Vec::new();
    for d in (0..reached.len()).rev() {
        let k = x - y;
        let (from, before) = start(&reached[..d], d as isize, k);
        while x > from && y > from - k {
            (x, y) = (x - 1, y - 1);
            pairs.push((x as usize, y as usize));
        }
        if d > 0 {
            (x, y) = if before > k { (from, from - before) } else { (from - 1, from - 1 - before) };
        }
    }
    pairs.reverse();
    pairs
}

/// A block that was only added or only taken away moves down while the line behind it is its first.
fn move_down<T: PartialEq>(changes: &mut Vec<Change>, old: &[T], new: &[T]) {
    for at in 0..changes.len() {
        let next = changes.get(at + 1).cloned();
        let limit = next.map_or((old.len(), new.len()), |next| (next.old.start, next.new.start));
        let Change { old: gone, new: come } = &mut changes[at];
        while gone.end < limit.0 && come.end < limit.1 {
            let moves = match (gone.start == gone.end, come.start == come.end) {
                (true, false) => new[come.start] == new[come.end],
                (false, true) => old[gone.start] == old[gone.end],
                _ => false,
            };
            if !moves {
                break;
            }
            (*gone, *come) = (gone.start + 1..gone.end + 1, come.start + 1..come.end + 1);
        }
    }
    // Those that have come together are one.
    let all = std::mem::take(changes);
    for change in all {
        match changes.last_mut() {
            Some(last) if last.old.end == change.old.start && last.new.end == change.new.start => {
                (last.old.end, last.new.end) = (change.old.end, change.new.end);
            }
            _ => changes.push(change),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_changes() {
        for (old, new, expected) in [
            ("abc", "abc", ""),
            ("", "a", "0-0/0-1"),
            ("abc", "axc", "1-2/1-2"),
            ("abcde", "bcxe", "0-1/0-0 3-4/2-3"),
            ("abcabba", "cbabac", "0-2/0-0 3-3/1-2 5-6/4-4 7-7/5-6"),
            ("aab", "aaab", "2-2/2-3"),
            ("xabc", "yabc", "0-1/0-1"),
        ] {
            let found = changes(old.as_bytes(), new.as_bytes());
            let mut made = String::new();
            let mut from = 0;
            for change in &found {
                made.push_str(&old[from..change.old.start]);
                made.push_str(&new[change.new.clone()]);
                from = change.old.end;
            }
            made.push_str(&old[from..]);
            assert_eq!(made, new);
            let told: Vec<String> = found
                .iter()
                .map(|Change { old, new }| format!("{}-{}/{}-{}", old.start, old.end, new.start, new.end))
                .collect();
            assert_eq!(told.join(" "), expected, "{old} {new}");
        }
    }
}
