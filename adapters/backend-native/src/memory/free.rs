//! Which ranges of a span of memory are free.

use std::collections::BTreeMap;

/// Disjoint free ranges, length by start; no two of them touch.
#[derive(Debug, Default)]
pub(super) struct Free {
    ranges: BTreeMap<usize, usize>,
}

impl Free {
    /// All of `0..len`.
    pub(super) fn all(len: usize) -> Self {
        Self { ranges: BTreeMap::from([(0, len)]) }
    }

    /// Start of the smallest free range that holds `len`, and how much it holds beyond.
    pub(super) fn find(&self, len: usize) -> Option<(usize, usize)> {
        let fitting = self.ranges.iter().filter(|(_, free)| **free >= len);
        fitting.min_by_key(|(_, free)| **free).map(|(&start, &free)| (start, free - len))
    }

    /// Takes the low end of the free range that starts there.
    pub(super) fn take(&mut self, start: usize, len: usize) {
        if let Some(free) = self.ranges.remove(&start).filter(|&free| free > len) {
            self.ranges.insert(start + len, free - len);
        }
    }

    /// Gives a range back, which grows together with its neighbours.
    pub(super) fn give(&mut self, mut start: usize, mut len: usize) {
        if let Some(after) = self.ranges.remove(&(start + len)) {
            len += after;
        }
        let before = self.ranges.range(..start).next_back().map(|(&before, &free)| (before, free));
        if let Some((before, free)) = before.filter(|(before, free)| before + free == start) {
            (start, len) = (before, free + len);
        }
        self.ranges.insert(start, len);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_grow_together() {
        let mut free = Free::all(100);
        for start in [0, 30, 60] {
            assert_eq!(free.find(30), Some((start, 70 - start)));
            free.take(start, 30);
        }
        assert_eq!(free.find(11), None);
        free.give(0, 30);
        free.give(60, 30);
        assert_eq!(free.find(40), Some((60, 0)), "60..90 has grown together with 90..100");
        assert_eq!(free.find(25), Some((0, 5)), "the smallest that fits");
        free.give(30, 30);
        assert_eq!(free.find(100), Some((0, 0)));
    }

    #[test]
    fn ranges_never_overlap() {
        let (mut free, mut used, mut state) = (Free::all(1000), Vec::<(usize, usize)>::new(), 1u64);
        for _ in 0..if cfg!(miri) { 200 } else { 5000 } {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let draw = (state >> 33) as usize;
            if draw.is_multiple_of(2) && !used.is_empty() {
                let (start, len) = used.swap_remove(draw / 2 % used.len());
                free.give(start, len);
            } else if let Some((start, _)) = free.find(draw % 60 + 1) {
                let len = draw % 60 + 1;
                free.take(start, len);
                assert!(used.iter().all(|&(s, l)| start + len <= s || s + l <= start) && start + len <= 1000);
                used.push((start, len));
            }
            let total: usize =
                free.ranges.values().sum::<usize>() + used.iter().map(|(_, l)| l).sum::<usize>();
            assert_eq!(total, 1000);
        }
    }
}
