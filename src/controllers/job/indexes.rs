//! Completion indexes as intervals: `1,3-5,7`. Models pkg/controller/job/indexed_job_utils.go.

use std::fmt;

/// Intervals in order, neither overlapping nor adjacent: first and last index of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Indexes(Vec<(i32, i32)>);

impl Indexes {
    /// Reads what a status or a rule says. What is no index is passed over, what is not below
    /// `completions` is left out.
    pub(super) fn parse(text: &str, completions: i32) -> Indexes {
        let mut indexes = Indexes::default();
        for part in text.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (Ok(first), Ok(last)) = (first.parse::<i32>(), last.parse::<i32>()) else { continue };
            if first < completions {
                indexes.add(first, last.min(completions - 1));
            }
        }
        indexes
    }

    /// Adds the indexes from `first` to `last`.
    pub(super) fn add(&mut self, first: i32, last: i32) {
        if last < first {
            return;
        }
        let touches = |&(from, to): &(i32, i32)| from <= last.saturating_add(1) && first <= to.saturating_add(1);
        let start = self.0.partition_point(|interval| interval.1.saturating_add(1) < first);
        let end = start + self.0[start..].iter().take_while(|interval| touches(interval)).count();
        let merged = self.0[start..end].iter().fold((first, last), |all, one| (all.0.min(one.0), all.1.max(one.1)));
        self.0.splice(start..end, [merged]);
    }

    pub(super) fn add_all(&mut self, other: &Indexes) {
        other.0.iter().for_each(|&(first, last)| self.add(first, last));
    }

    pub(super) fn has(&self, index: i32) -> bool {
        self.0.iter().any(|&(first, last)| first <= index && index <= last)
    }

    pub(super) fn total(&self) -> i32 {
        self.0.iter().fold(0, |sum: i32, (first, last)| sum.saturating_add(last - first + 1))
    }

    /// How many indexes are in both.
    pub(super) fn common(&self, other: &Indexes) -> i32 {
        let overlap = |a: &(i32, i32), b: &(i32, i32)| (a.1.min(b.1) - a.0.max(b.0) + 1).max(0);
        self.0.iter().flat_map(|a| other.0.iter().map(move |b| overlap(a, b))).sum()
    }

    /// The first `count` indexes below `completions` that are not among these.
    pub(super) fn missing(&self, count: usize, completions: i32) -> Vec<i32> {
        let mut missing = Vec::new();
        let mut candidate = 0;
        for &(first, last) in self.0.iter().chain([&(completions, completions)]) {
            missing.extend((candidate..first.min(completions)).take(count - missing.len()));
            candidate = last.saturating_add(1);
        }
        missing
    }
}

impl fmt::Display for Indexes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (first, last)) in self.0.iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            match last - first {
                0 => write!(f, "{comma}{first}")?,
                1 => write!(f, "{comma}{first},{last}")?,
                _ => write!(f, "{comma}{first}-{last}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_join() {
        for (text, more, joined) in [
            ("", (3, 3), "3"),
            ("1,3", (2, 2), "1-3"),
            ("1", (2, 2), "1,2"),
            ("0-2,8", (4, 6), "0-2,4-6,8"),
            ("0,2,4", (1, 3), "0-4"),
            ("1,x,5-9", (20, 10), "1,5-7"),
        ] {
            let mut indexes = Indexes::parse(text, 8.max(if text.contains("8") { 9 } else { 8 }));
            indexes.add(more.0, more.1);
            assert_eq!(indexes.to_string(), joined, "{text} and {more:?}");
        }
    }

    #[test]
    fn what_is_missing() {
        let indexes = Indexes::parse("1,3-4", 8);
        assert_eq!(indexes.missing(3, 8), [0, 2, 5]);
        assert_eq!(indexes.missing(9, 6), [0, 2, 5]);
        assert_eq!(indexes.missing(0, 6), [] as [i32; 0]);
        assert_eq!((indexes.total(), indexes.has(2), indexes.has(4)), (3, false, true));
        assert_eq!(indexes.common(&Indexes::parse("0-3", 8)), 2);
    }
}
