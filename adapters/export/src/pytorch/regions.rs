//! Which layers become a module of their own: those whose parameters share a prefix, with what stands between
//! and around them.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::ops::Range;

use crate::program::{Layer, Program};

/// A part of a module.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    Layer(usize),
    Group(Group),
}

/// A module: a row of layers with one result.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Group {
    /// The prefix that the paths of its layers share; empty for the whole network.
    pub(super) path: String,
    /// Layers outside whose results it reads.
    pub(super) inputs: Vec<usize>,
    /// The layer whose result it returns.
    pub(super) output: usize,
    pub(super) items: Vec<Item>,
}

impl Item {
    /// The layer whose result this part gives.
    pub(super) fn output(&self) -> usize {
        match self {
            Self::Layer(layer) => *layer,
            Self::Group(group) => group.output,
        }
    }
}

impl Group {
    /// A whole program.
    pub(super) fn of(program: &Program) -> Self {
        let cut = Cut { program, readers: program.readers() };
        let layers = 1..program.layers.len();
        Self { path: String::new(), inputs: vec![0], output: layers.end - 1, items: cut.items(layers, 0) }
    }
}

/// A component of paths, and the row of layers from the first to the last of those that have it.
struct Span<'a> {
    component: &'a str,
    row: Range<usize>,
}

struct Cut<'a> {
    program: &'a Program,
    readers: Vec<Vec<usize>>,
}

impl Cut<'_> {
    /// The parts of a row of layers whose paths share their first `depth` components.
    fn items(&self, row: Range<usize>, depth: usize) -> Vec<Item> {
        let mut items = Vec::new();
        let mut at = row.start;
        for span in self.spans(row.clone(), depth) {
            let Some(found) = self.widest(&span.row, at..row.end) else { continue };
            items.extend((at..found.start).map(Item::Layer));
            at = found.end;
            items.push(Item::Group(Group {
                path: prefix(&self.program.layers[span.row.start].path, depth + 1).to_owned(),
                inputs: self.inputs(&found).into_iter().collect(),
                output: self.outputs(&found)[0],
                items: self.items(found, depth + 1),
            }));
        }
        items.extend((at..row.end).map(Item::Layer));
        items
    }

    /// The spans of two layers with parameters or more, without layers of other names between.
    fn spans(&self, row: Range<usize>, depth: usize) -> Vec<Span<'_>> {
        let mut spans: Vec<(Span<'_>, usize)> = Vec::new();
        for i in row {
            let Some(component) = component(&self.program.layers[i], depth) else { continue };
            match spans.iter_mut().find(|(span, _)| span.component == component) {
                Some((span, count)) => (span.row.end, *count) = (i + 1, *count + 1),
                None => spans.push((Span { component, row: i..i + 1 }, 1)),
            }
        }
        let pure = |span: &Span<'_>| {
            self.program.layers[span.row.clone()]
                .iter()
                .all(|layer| layer.constants.is_empty() || component(layer, depth) == Some(span.component))
        };
        spans.into_iter().filter(|(span, count)| *count > 1 && pure(span)).map(|(span, _)| span).collect()
    }

    /// The row around a span, extended by layers without parameters, that reads fewest values and returns
    /// one. Of several the one that reaches farthest down, then the shortest.
    fn widest(&self, span: &Range<usize>, bounds: Range<usize>) -> Option<Range<usize>> {
        let bare = |i: &usize| self.program.layers[*i].constants.is_empty();
        let starts = (bounds.start..span.start).rev().take_while(bare).chain([span.start]);
        let ends: Vec<usize> =
            std::iter::once(span.end).chain((span.end..bounds.end).take_while(bare).map(|i| i + 1)).collect();
        let rows = starts.flat_map(|start| ends.iter().map(move |&end| start..end));
        rows.filter(|row| row.start >= bounds.start && self.outputs(row).len() == 1)
            .min_by_key(|row| (self.inputs(row).len(), Reverse(row.end), Reverse(row.start)))
    }

    fn inputs(&self, row: &Range<usize>) -> BTreeSet<usize> {
        let reads = self.program.layers[row.clone()].iter().flat_map(|layer| layer.reads.iter().copied());
        reads.filter(|read| !row.contains(read)).collect()
    }

    /// The layers of a row whose results are read outside it.
    fn outputs(&self, row: &Range<usize>) -> Vec<usize> {
        let last = self.program.layers.len() - 1;
        row.clone().filter(|&i| i == last || self.readers[i].iter().any(|r| !row.contains(r))).collect()
    }
}

/// The component of a layer's path at a depth, where others follow it.
fn component(layer: &Layer, depth: usize) -> Option<&str> {
    let mut rest = layer.path.split('.').skip(depth);
    let component = rest.next()?;
    (!layer.constants.is_empty() && rest.next().is_some()).then_some(component)
}

/// The first components of a path.
pub(super) fn prefix(path: &str, components: usize) -> &str {
    let end = path.match_indices('.').nth(components - 1).map_or(path.len(), |(at, _)| at);
    &path[..end]
}
