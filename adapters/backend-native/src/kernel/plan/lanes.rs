//! Which vectors of the long row to compute, and where their lanes go.

use super::super::micro::Store;
use super::geometry::Geometry;

/// The vectors that cover all results of a stack of samples.
///
/// A vector starts at the first result that none before it covers. So a plane whose width is a multiple of
/// the lanes wastes none of them, and a narrow plane only those between its rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lanes {
    /// Position of lane 0 in the long row.
    pub starts: Vec<u32>,
    /// Lanes that are results.
    pub masks: Vec<u32>,
    /// Stores of vector `v`: `first[v]..first[v + 1]`.
    pub first: Vec<u32>,
    /// Where lanes go: one per vector, sample and row of numbers.
    pub stores: Vec<Store>,
    /// Per vector, how many from it on go whole to one sample, each to one place.
    pub whole: Vec<u32>,
}

/// Results that lie in a row, both in the long row and in their plane.
struct Stretch {
    /// First position in the long row.
    start: usize,
    /// How many.
    len: usize,
    /// Their sample.
    sample: usize,
    /// Where the first lies in its plane.
    dense: usize,
    /// In how many rows of results there are such ones: those of a Winograd tile.
    rows: usize,
}

impl Lanes {
    /// The vectors of `width` lanes for all results of a stack of `samples`.
    pub(crate) fn new(geometry: &Geometry, samples: usize, width: usize) -> Lanes {
        let mut lanes = Lanes::default();
        let Geometry { interleave, pitch, ref rows, .. } = *geometry;
        let [depth, height, row] = geometry.axes.each_ref().map(|axis| axis.results);
        for sample in (0..samples).step_by(interleave) {
            for d in 0..depth {
                for (index, of_row) in rows.iter().enumerate() {
                    let (dense, rows) = ((d * height + of_row.first) * row, of_row.count);
                    let start = sample / interleave * pitch[0] + d * pitch[1] + index * pitch[2];
                    if interleave == 1 {
                        lanes.cover(&Stretch { start, len: row, sample, dense, rows }, width);
                        continue;
                    }
                    let samples = sample..samples.min(sample + interleave);
                    for w in 0..row {
                        for (i, sample) in samples.clone().enumerate() {
                            let start = start + w * interleave + i;
                            lanes.cover(&Stretch { start, len: 1, sample, dense: dense + w, rows }, width);
                        }
                    }
                }
            }
        }
        lanes.first.push(lanes.stores.len() as u32);
        lanes.whole = whole(&lanes.first, &lanes.stores, width as u32);
        lanes
    }

    /// Adds the vectors that a stretch needs beyond those that are there, and its stores.
    fn cover(&mut self, stretch: &Stretch, width: usize) {
        let Stretch { start, len, sample, dense, rows } = *stretch;
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
            let dense = dense + at - start;
            let goes_on = |s: &&mut Store| {
                (s.sample, s.rows) == (sample as u32, rows as u32) && (s.dense + s.count) as usize == dense
            };
            match stores.iter_mut().find(goes_on) {
                Some(store) => {
                    store.mask |= mask;
                    store.count += count as u32;
                }
                None => self.stores.push(Store {
                    mask,
                    count: count as u32,
                    sample: sample as u32,
                    dense: dense as u32,
                    rows: rows as u32,
                }),
            }
            at = end;
        }
    }

    /// Number of vectors.
    pub(crate) fn len(&self) -> usize {
        self.starts.len()
    }
}

/// For each vector of `width` lanes, how many from it on go whole to one sample.
pub(crate) fn whole(first: &[u32], stores: &[Store], width: u32) -> Vec<u32> {
    let vectors = first.len().saturating_sub(1);
    let sample = |v: usize| match &stores[first[v] as usize..first[v + 1] as usize] {
        [store] if store.count == width => Some(store.sample),
        _ => None,
    };
    let mut whole = vec![0; vectors];
    for v in (0..vectors).rev() {
        if sample(v).is_some() {
            let goes_on = v + 1 < vectors && sample(v + 1) == sample(v);
            whole[v] = 1 + if goes_on { whole[v + 1] } else { 0 };
        }
    }
    whole
}
