//! Which vectors of the long row to compute, and where their lanes go.

use super::plan::Plan;
use super::tile::Store;

/// The vectors that cover all results of a stack of samples.
///
/// Vectors start at the first result not yet covered, so that a plane whose width is a multiple of the lanes wastes
/// nothing, and a narrow one only the lanes between its rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Lanes {
    /// Position of lane 0 in the long row.
    pub starts: Vec<u32>,
    /// Lanes that are results.
    pub masks: Vec<u32>,
    /// Stores of vector `v`: `first[v]..first[v + 1]`.
    pub first: Vec<u32>,
    /// Where lanes go: one per vector and sample.
    pub stores: Vec<Store>,
    /// Per vector, how many from it on go whole to one row of numbers of one sample.
    pub straight: Vec<u32>,
}

impl Lanes {
    /// The vectors of `width` lanes for a stack of `samples`.
    pub(super) fn new(plan: &Plan, samples: usize, width: usize) -> Lanes {
        let mut lanes = Lanes::default();
        let [depth, height, row] = plan.axes.each_ref().map(|axis| axis.results);
        for sample in (0..samples).step_by(plan.interleave) {
            let mut dense = 0;
            for d in 0..depth {
                for h in 0..height {
                    let start =
                        sample / plan.interleave * plan.pitch[0] + d * plan.pitch[1] + h * plan.pitch[2];
                    if plan.interleave == 1 {
                        lanes.cover(start, row, (sample, dense), width);
                    } else {
                        let samples = sample..samples.min(sample + plan.interleave);
                        for w in 0..row {
                            for (i, sample) in samples.clone().enumerate() {
                                let at = start + w * plan.interleave + i;
                                lanes.cover(at, 1, (sample, dense + w), width);
                            }
                        }
                    }
                    dense += row;
                }
            }
        }
        lanes.first.push(lanes.stores.len() as u32);
        lanes.straight = straight(&lanes.first, &lanes.stores, width as u32);
        lanes
    }

    /// Covers `len` positions from `start`, which are the results from `dense` of `sample`.
    fn cover(&mut self, start: usize, len: usize, (sample, dense): (usize, usize), width: usize) {
        let mut at = start;
        while at < start + len {
            let open = self.starts.last().map(|&first| first as usize);
            let first = match open {
                Some(first) if at < first + width => first,
                _ => {
                    self.starts.push(at as u32);
                    self.masks.push(0);
                    self.first.push(self.stores.len() as u32);
                    at
                }
            };
            let end = (start + len).min(first + width);
            let count = end - at;
            let mask = (((1u64 << count) - 1) << (at - first)) as u32;
            if let Some(all) = self.masks.last_mut() {
                *all |= mask;
            }
            let from = self.first.last().map_or(0, |&from| from as usize);
            let stores = &mut self.stores[from..];
            match stores.iter_mut().find(|s| s.sample as usize == sample) {
                Some(store) => {
                    store.mask |= mask;
                    store.count += count as u32;
                }
                None => self.stores.push(Store {
                    mask,
                    count: count as u32,
                    sample: sample as u32,
                    dense: (dense + at - start) as u32,
                }),
            }
            at = end;
        }
    }

    /// Number of vectors.
    pub(super) fn len(&self) -> usize {
        self.starts.len()
    }
}

/// For each vector of `width` lanes, how many from it on go whole to one row of numbers.
pub(super) fn straight(first: &[u32], stores: &[Store], width: u32) -> Vec<u32> {
    let vectors = first.len().saturating_sub(1);
    let whole = |v: usize| match &stores[first[v] as usize..first[v + 1] as usize] {
        [store] if store.count == width => Some(store),
        _ => None,
    };
    let mut straight = vec![0; vectors];
    for v in (0..vectors).rev() {
        let Some(store) = whole(v) else { continue };
        let after = (v + 1 < vectors).then(|| whole(v + 1)).flatten();
        let next = after.filter(|next| next.sample == store.sample && next.dense == store.dense + width);
        straight[v] = 1 + next.map_or(0, |_| straight[v + 1]);
    }
    straight
}
