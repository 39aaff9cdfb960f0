//! Where a value lies: as runs of the buffers of other values (aliasing), so that concatenations, slices of
//! channels and reshapes move nothing.

/// Numbers of one sample that lie next to each other in the buffer of a root value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// The node that owns the buffer.
    pub root: usize,
    /// Where the run starts in a sample of the root.
    pub offset: usize,
    /// How many numbers.
    pub len: usize,
    /// Numbers of a sample of the root: the distance between samples.
    pub stride: usize,
}

impl Run {
    /// All of a root.
    pub(crate) fn whole(root: usize, len: usize) -> Self {
        Self { root, offset: 0, len, stride: len }
    }

    /// True if this is all of the root.
    pub(crate) fn is_whole(&self) -> bool {
        self.len == self.stride
    }
}

/// The root whose buffer these runs are, if they are all of it in order.
pub(crate) fn whole(runs: &[Run]) -> Option<usize> {
    match runs {
        [run] if run.is_whole() => Some(run.root),
        _ => None,
    }
}

/// Appends a run; neighbours become one.
pub(crate) fn push(runs: &mut Vec<Run>, run: Run) {
    match runs.last_mut() {
        Some(last) if last.root == run.root && last.offset + last.len == run.offset => last.len += run.len,
        _ => runs.push(run),
    }
}

/// The numbers `start..start + len` of a value.
pub(crate) fn cut(runs: &[Run], start: usize, len: usize) -> Vec<Run> {
    let (mut out, mut at) = (Vec::new(), 0);
    for run in runs {
        let (from, to) = (start.max(at), (start + len).min(at + run.len));
        if from < to {
            push(&mut out, Run { offset: run.offset + from - at, len: to - from, ..*run });
        }
        at += run.len;
    }
    out
}

/// True if no plane of that many numbers lies in two runs.
pub(crate) fn aligned(runs: &[Run], plane: usize) -> bool {
    runs.iter().all(|run| run.len % plane == 0)
}

/// True if a root occurs more than once.
pub(crate) fn repeats(runs: &[Run]) -> bool {
    (1..runs.len()).any(|i| runs[..i].iter().any(|run| run.root == runs[i].root))
}

/// A value whose samples each lie in one run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows<'a> {
    /// From the first number of the first sample on.
    pub data: &'a [f32],
    /// Distance between samples.
    pub stride: usize,
    /// Numbers of a sample.
    pub len: usize,
}

impl<'a> Rows<'a> {
    /// One sample.
    pub(crate) fn row(&self, sample: usize) -> &'a [f32] {
        &self.data[sample * self.stride..][..self.len]
    }
}

/// How values are cut into pieces of equal length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grain {
    /// All samples in a row.
    Flat,
    /// Pieces of that many numbers, each within one run.
    Per(usize),
}

/// Numbers of a piece where all samples lie in a row.
const FLAT: usize = 1 << 14;

impl Grain {
    /// The coarsest grain that suits all these values.
    pub(crate) fn of(values: &[&[Run]]) -> Self {
        if values.iter().all(|runs| whole(runs).is_some()) {
            return Self::Flat;
        }
        Self::Per(values.iter().flat_map(|runs| runs.iter()).fold(0, |a, run| gcd(a, run.len)))
    }
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// The pieces of a value in order; `data` are the buffers of its runs.
pub(crate) fn pieces<'a>(runs: &[Run], data: &[&'a [f32]], samples: usize, grain: Grain) -> Vec<&'a [f32]> {
    match (grain, data) {
        (Grain::Flat, [data]) => data[..samples * runs[0].stride].chunks(FLAT).collect(),
        (Grain::Flat, _) => Vec::new(),
        (Grain::Per(len), _) => {
            let mut out = Vec::with_capacity(samples * runs.iter().map(|run| run.len / len).sum::<usize>());
            for sample in 0..samples {
                for (run, data) in runs.iter().zip(data) {
                    out.extend(data[sample * run.stride + run.offset..][..run.len].chunks(len));
                }
            }
            out
        }
    }
}

/// The pieces of a value that is all of its buffer, to be written.
pub(crate) fn pieces_mut(data: &mut [f32], grain: Grain) -> Vec<&mut [f32]> {
    match grain {
        Grain::Flat => data.chunks_mut(FLAT).collect(),
        Grain::Per(len) => data.chunks_mut(len).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_cut_and_joined() {
        let mut runs = vec![Run::whole(0, 6)];
        push(&mut runs, Run { root: 1, offset: 2, len: 4, stride: 8 });
        let middle = cut(&runs, 4, 4);
        assert_eq!(
            middle,
            [Run { root: 0, offset: 4, len: 2, stride: 6 }, Run { root: 1, offset: 2, len: 2, stride: 8 }]
        );
        let mut joined = cut(&runs, 0, 2);
        push(&mut joined, cut(&runs, 2, 4)[0]);
        assert_eq!(joined, [Run::whole(0, 6)]);
        assert_eq!(Grain::of(&[&middle, &runs]), Grain::Per(2));
        assert!(aligned(&runs, 2) && !aligned(&runs, 3) && !repeats(&runs));
    }
}
