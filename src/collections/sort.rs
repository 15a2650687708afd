//! A stable sort whose work is done by one function for all types.

use std::cmp::Ordering;

/// Sorting for slices, stable.
pub trait Sort<T> {
    /// As [`slice::sort`].
    fn arrange(&mut self)
    where
        T: Ord;
    /// As [`slice::sort_by`].
    fn arrange_by(&mut self, order: impl FnMut(&T, &T) -> Ordering);
    /// As [`slice::sort_by_key`].
    fn arrange_by_key<K: Ord>(&mut self, key: impl Fn(&T) -> K);
}

impl<T> Sort<T> for [T] {
    fn arrange(&mut self)
    where
        T: Ord,
    {
        self.arrange_by(T::cmp);
    }

    fn arrange_by(&mut self, mut order: impl FnMut(&T, &T) -> Ordering) {
        let items = &*self;
        let places = sorted(items.len(), &mut |a, b| order(&items[a], &items[b]));
        put_in_place(self, places);
    }

    fn arrange_by_key<K: Ord>(&mut self, key: impl Fn(&T) -> K) {
        self.arrange_by(|a, b| key(a).cmp(&key(b)));
    }
}

/// The numbers below `len` in the order that `order` gives them. It merges by itself, since the
/// standard library's sort panics at an order that contradicts itself, and Kubernetes' order of the
/// Pods to delete does (an equal age decides nothing, and about equal ages decide by the uid).
fn sorted(len: usize, order: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..len).collect();
    let mut width = 1;
    while width < len {
        let mut merged = Vec::with_capacity(len);
        for pair in places.chunks(2 * width) {
            let (mut left, mut right) = pair.split_at(width.min(pair.len()));
            while let ([a, rest @ ..], [b, others @ ..]) = (left, right) {
                if order(*a, *b).is_le() {
                    merged.push(*a);
                    left = rest;
                } else {
                    merged.push(*b);
                    right = others;
                }
            }
            merged.extend(left);
            merged.extend(right);
        }
        places = merged;
        width *= 2;
    }
    places
}

/// Moves each item to the place whose number in `places` is the item's present place.
fn put_in_place<T>(items: &mut [T], mut places: Vec<usize>) {
    for start in 0..places.len() {
        let mut at = start;
        loop {
            let from = std::mem::replace(&mut places[at], at);
            if from == start {
                break;
            }
            items.swap(at, from);
            at = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_that_contradicts_itself_ends() {
        let mut items: Vec<u32> = (0..500).map(|at| at * 7 % 500).collect();
        items.arrange_by(|a, b| (a % 3).cmp(&((b + 1) % 3)).then(b.cmp(a)));
        items.arrange();
        assert_eq!(items, (0..500).collect::<Vec<u32>>());
    }

    #[test]
    fn sorts_as_the_standard_library_does() {
        for len in 0..60u32 {
            let items: Vec<(u32, u32)> = (0..len).map(|at| (at * 7919 % 20, at)).collect();
            let (mut ours, mut theirs) = (items.clone(), items);
            ours.arrange_by_key(|item| item.0);
            theirs.sort_by_key(|item| item.0);
            assert_eq!(ours, theirs);
        }
    }
}
