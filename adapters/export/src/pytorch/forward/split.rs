//! Slices of one value that together are all of it: one `split`.

use smash_core::graph::Op;

use super::super::regions::{Group, Item};
use crate::program::Program;

/// A value cut along its channels.
pub(super) struct Split {
    /// The layer that is cut.
    pub(super) source: usize,
    /// The slices, in the order of their channels.
    pub(super) parts: Vec<usize>,
    channels: Vec<usize>,
}

impl Split {
    /// The split that a slice belongs to, where the slices of its source in a group cover that once.
    pub(super) fn of(program: &Program, group: &Group, slice: usize) -> Option<Self> {
        let source = cut(program, slice)?.0;
        let slices = group.items.iter().filter_map(|item| match item {
            Item::Layer(layer) => Some((*layer, cut(program, *layer)?)),
            Item::Group(_) => None,
        });
        let mut slices: Vec<(usize, usize, usize)> = slices
            .filter(|(_, (from, _, _))| *from == source)
            .map(|(layer, (_, start, end))| (start, end, layer))
            .collect();
        slices.sort_unstable();
        let mut reached = 0;
        for (start, end, _) in &slices {
            if *start != reached {
                return None;
            }
            reached = *end;
        }
        let all = program.layers[source].dims[0];
        (slices.len() > 1 && reached == all).then(|| Self {
            source,
            parts: slices.iter().map(|(_, _, layer)| *layer).collect(),
            channels: slices.iter().map(|(start, end, _)| end - start).collect(),
        })
    }

    /// The argument of `split`: one size, or a list of them.
    pub(super) fn sizes(&self) -> String {
        match &self.channels[..] {
            [first, rest @ ..] if rest.iter().all(|c| c == first) => first.to_string(),
            channels => format!("{channels:?}"),
        }
    }
}

/// What a slice of channels reads, and which channels; `None` for any other layer.
fn cut(program: &Program, layer: usize) -> Option<(usize, usize, usize)> {
    let layer = &program.layers[layer];
    let Op::Slice { ranges } = &layer.op else { return None };
    let source = *layer.reads.first()?;
    let [channels, extents @ ..] = &ranges[..] else { return None };
    let whole = extents.iter().zip(&program.layers[source].dims[1..]).all(|(range, &e)| *range == (0..e));
    whole.then_some((source, channels.start, channels.end))
}
