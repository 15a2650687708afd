//! A sorted map: a sorted list of short sorted lists.

use std::borrow::Borrow;
use std::fmt;
use std::ops::{Index, RangeFrom};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How long a list gets before it is cut in two. Long enough that there are few lists, short enough
/// that moving what stands behind a new entry costs little.
const MOST: usize = 64;

/// A map in the order of its keys, as `std::collections::BTreeMap`, whose methods it has.
#[derive(Clone)]
pub struct SortedMap<K, V> {
    /// Sorted, and none of them empty.
    lists: Vec<Vec<(K, V)>>,
    len: usize,
}

/// Where a key is, or would be.
#[derive(Clone, Copy)]
struct At {
    list: usize,
    item: usize,
}

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> SortedMap<K, V> {
        SortedMap::new()
    }
}

impl<K, V> SortedMap<K, V> {
    /// An empty map.
    pub const fn new() -> SortedMap<K, V> {
        SortedMap { lists: Vec::new(), len: 0 }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Takes everything out.
    pub fn clear(&mut self) {
        *self = SortedMap::new();
    }

    /// The entries, in the order of the keys.
    pub fn iter(&self) -> Iter<'_, K, V> {
        self.lists.iter().flatten().map(|(key, value)| (key, value))
    }

    /// The entries, their values to change.
    pub fn iter_mut(&mut self) -> IterMut<'_, K, V> {
        self.lists.iter_mut().flatten().map(|(key, value)| (key, value))
    }

    /// The keys, in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> + Clone {
        self.iter().map(|(key, _)| key)
    }

    /// The values, in the order of the keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + Clone {
        self.iter().map(|(_, value)| value)
    }

    /// The values, to change.
    pub fn values_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut V> {
        self.iter_mut().map(|(_, value)| value)
    }

    /// The keys, in order.
    pub fn into_keys(self) -> impl DoubleEndedIterator<Item = K> {
        self.into_iter().map(|(key, _)| key)
    }

    /// The values, in the order of the keys.
    pub fn into_values(self) -> impl DoubleEndedIterator<Item = V> {
        self.into_iter().map(|(_, value)| value)
    }

    /// The first entry.
    pub fn first_key_value(&self) -> Option<(&K, &V)> {
        self.iter().next()
    }

    /// The last entry.
    pub fn last_key_value(&self) -> Option<(&K, &V)> {
        self.iter().next_back()
    }

    /// Takes the first entry out.
    pub fn pop_first(&mut self) -> Option<(K, V)> {
        (self.len > 0).then(|| self.take(At { list: 0, item: 0 }))
    }

    /// Takes out what `keep` says no to.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        for list in &mut self.lists {
            list.retain_mut(|(key, value)| keep(key, value));
        }
        self.lists.retain(|list| !list.is_empty());
        self.len = self.lists.iter().map(Vec::len).sum();
    }

    fn take(&mut self, at: At) -> (K, V) {
        let list = &mut self.lists[at.list];
        let entry = list.remove(at.item);
        if list.is_empty() {
            self.lists.remove(at.list);
        }
        self.len -= 1;
        entry
    }

    fn put(&mut self, at: At, key: K, value: V) -> &mut V {
        self.len += 1;
        let At { mut list, mut item } = at;
        if self.lists.is_empty() {
            self.lists.push(Vec::new());
        } else if self.lists[list].len() == MOST {
            // What comes in ascending order shall not leave half-empty lists behind.
            let cut = if item == MOST { MOST } else { MOST / 2 };
            let rest = self.lists[list].split_off(cut);
            self.lists.insert(list + 1, rest);
            if item >= cut {
                (list, item) = (list + 1, item - cut);
            }
        }
        let list = &mut self.lists[list];
        list.insert(item, (key, value));
        &mut list[item].1
    }
}

impl<K: Ord, V> SortedMap<K, V> {
    /// Where `key` is, or where it would have to stand.
    fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Result<At, At>
    where
        K: Borrow<Q>,
    {
        let after = self.lists.partition_point(|list| list[0].0.borrow() <= key);
        let list = after.saturating_sub(1);
        let items = self.lists.get(list).map_or(&[][..], Vec::as_slice);
        match items.binary_search_by(|(other, _)| other.borrow().cmp(key)) {
            Ok(item) => Ok(At { list, item }),
            Err(item) => Err(At { list, item }),
        }
    }

    /// The value of `key`.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.get_key_value(key).map(|(_, value)| value)
    }

    /// The entry of `key`.
    pub fn get_key_value<Q: Ord + ?Sized>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
    {
        let at = self.find(key).ok()?;
        let (key, value) = &self.lists[at.list][at.item];
        Some((key, value))
    }

    /// The value of `key`, to change.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let at = self.find(key).ok()?;
        Some(&mut self.lists[at.list][at.item].1)
    }

    /// Whether `key` has a value.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.find(key).is_ok()
    }

    /// Gives `key` a value; returns the one that it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.find(&key) {
            Ok(at) => Some(std::mem::replace(&mut self.lists[at.list][at.item].1, value)),
            Err(at) => {
                self.put(at, key, value);
                None
            }
        }
    }

    /// Takes the value of `key` out.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.find(key).ok().map(|at| self.take(at).1)
    }

    /// The place of `key`, to fill where it is empty.
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V> {
        let found = self.find(&key);
        Entry { map: self, key, found }
    }

    /// The entries from a key on, in order.
    pub fn range<'a, Q: Ord + ?Sized>(
        &'a self,
        from: RangeFrom<&Q>,
    ) -> impl Iterator<Item = (&'a K, &'a V)> + Clone + use<'a, K, V, Q>
    where
        K: Borrow<Q>,
    {
        let (Ok(at) | Err(at)) = self.find(from.start);
        let first = self.lists.get(at.list).map_or(&[][..], |list| &list[at.item..]);
        let others = self.lists.get(at.list + 1..).unwrap_or_default().iter().flatten();
        first.iter().chain(others).map(|(key, value)| (key, value))
    }
}

/// The place of a key in a [`SortedMap`].
pub struct Entry<'a, K, V> {
    map: &'a mut SortedMap<K, V>,
    key: K,
    found: Result<At, At>,
}

impl<'a, K, V> Entry<'a, K, V> {
    /// The value, made by `make` if there was none.
    pub fn or_insert_with(self, make: impl FnOnce() -> V) -> &'a mut V {
        match self.found {
            Ok(at) => &mut self.map.lists[at.list][at.item].1,
            Err(at) => self.map.put(at, self.key, make()),
        }
    }

    /// The value, `value` if there was none.
    pub fn or_insert(self, value: V) -> &'a mut V {
        self.or_insert_with(|| value)
    }

    /// The value, the type's default if there was none.
    pub fn or_default(self) -> &'a mut V
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }
}

/// The entries of a map.
pub type Iter<'a, K, V> =
    std::iter::Map<std::iter::Flatten<std::slice::Iter<'a, Vec<(K, V)>>>, fn(&'a (K, V)) -> (&'a K, &'a V)>;
/// The entries of a map, their values to change.
pub type IterMut<'a, K, V> =
    std::iter::Map<std::iter::Flatten<std::slice::IterMut<'a, Vec<(K, V)>>>, fn(&'a mut (K, V)) -> (&'a K, &'a mut V)>;

impl<'a, K, V> IntoIterator for &'a SortedMap<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, K, V> IntoIterator for &'a mut SortedMap<K, V> {
    type Item = (&'a K, &'a mut V);
    type IntoIter = IterMut<'a, K, V>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl<K, V> IntoIterator for SortedMap<K, V> {
    type Item = (K, V);
    type IntoIter = std::iter::Flatten<std::vec::IntoIter<Vec<(K, V)>>>;
    fn into_iter(self) -> Self::IntoIter {
        self.lists.into_iter().flatten()
    }
}

impl<K: Ord, V> Extend<(K, V)> for SortedMap<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for SortedMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> SortedMap<K, V> {
        let mut map = SortedMap::new();
        map.extend(entries);
        map
    }
}

impl<K: Ord, V, const N: usize> From<[(K, V); N]> for SortedMap<K, V> {
    fn from(entries: [(K, V); N]) -> SortedMap<K, V> {
        entries.into_iter().collect()
    }
}

impl<K: Ord + Borrow<Q>, Q: Ord + ?Sized, V> Index<&Q> for SortedMap<K, V> {
    type Output = V;
    /// Panics if there is no such key.
    fn index(&self, key: &Q) -> &V {
        self.get(key).expect("the key is in the map")
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for SortedMap<K, V> {
    fn eq(&self, other: &SortedMap<K, V>) -> bool {
        self.len == other.len && self.iter().eq(other)
    }
}

impl<K: Eq, V: Eq> Eq for SortedMap<K, V> {}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for SortedMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

impl<K: Serialize, V: Serialize> Serialize for SortedMap<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}

impl<'de, K: Ord + Deserialize<'de>, V: Deserialize<'de>> Deserialize<'de> for SortedMap<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<SortedMap<K, V>, D::Error> {
        // Rare enough that the detour costs less than a visitor of its own.
        std::collections::BTreeMap::deserialize(deserializer).map(|map| map.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    #[test]
    fn does_what_a_btreemap_does() {
        let mut seed = 3u64;
        let mut below = |n: u64| {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (seed >> 33) % n
        };
        let (mut ours, mut theirs) = (SortedMap::new(), BTreeMap::new());
        for turn in 0..20_000u64 {
            let key = below(700);
            match below(if turn < 10_000 { 4 } else { 2 }) {
                0 => assert_eq!(ours.remove(&key), theirs.remove(&key)),
                1 if turn % 50 == 0 => assert_eq!(ours.pop_first(), theirs.pop_first()),
                1 => {
                    *ours.entry(key).or_insert(0) +=
                        *theirs.entry(key).and_modify(|value| *value += turn).or_insert(turn)
                            - ours.get(&key).copied().unwrap_or(0)
                }
                _ => assert_eq!(ours.insert(key, turn), theirs.insert(key, turn)),
            }
            assert_eq!(ours.len(), theirs.len());
            assert_eq!(ours.get(&key), theirs.get(&key));
            if turn % 100 == 0 {
                assert!(ours.iter().eq(&theirs));
                assert!(ours.iter().rev().eq(theirs.iter().rev()));
                assert!(ours.range(&key..).eq(theirs.range(key..)));
                assert!(ours.lists.iter().all(|list| (1..=MOST).contains(&list.len())));
            }
        }
        ours.retain(|key, _| key % 3 == 0);
        theirs.retain(|key, _| key % 3 == 0);
        assert!(ours.into_iter().eq(theirs));
    }
}
