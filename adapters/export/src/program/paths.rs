//! Where layers stand, by the names of their parameters.

use std::collections::BTreeSet;

use smash_core::graph::Op;

use super::{Layer, unique};

/// Names every layer.
pub(super) fn assign(layers: &mut [Layer]) {
    let shared = shared(layers);
    let mut paths: Vec<Option<String>> = layers.iter().map(|layer| own(layer, shared)).collect();
    // A layer whose path others continue gets a name of its own there: `output.linear` beside `output.norm`.
    let all: Vec<String> = paths.iter().flatten().cloned().collect();
    for (layer, path) in layers.iter().zip(&mut paths) {
        if let Some(path) = path
            && all.iter().any(|other| other.strip_prefix(&**path).is_some_and(|rest| rest.starts_with('.')))
        {
            path.push('.');
            path.push_str(layer.op.name());
        }
    }
    let mut taken = BTreeSet::new();
    let mut places: Vec<String> = Vec::with_capacity(layers.len());
    for (layer, path) in layers.iter_mut().zip(paths) {
        let inherited = layer.reads.first().map(|&read| places[read].clone());
        let place = path.clone().or(inherited).unwrap_or_default();
        let name = match path {
            Some(path) => path,
            None if place.is_empty() => layer.op.name().to_owned(),
            None => format!("{place}.{}", layer.op.name()),
        };
        layer.path = unique(name, &mut taken);
        places.push(place);
    }
}

/// Length of the first component, with its point, that the names of all parameters share; 0 where they share
/// none.
fn shared(layers: &[Layer]) -> usize {
    let mut names = layers.iter().flat_map(|layer| &layer.constants).map(|c| c.name.as_str());
    let Some(head) = names.next().and_then(|name| name.split_once('.')).map(|(head, _)| format!("{head}."))
    else {
        return 0;
    };
    if names.all(|name| name.starts_with(&head)) { head.len() } else { 0 }
}

/// The path of a layer with parameters: their name without its last component, where that says what it is to
/// the layer.
fn own(layer: &Layer, shared: usize) -> Option<String> {
    let name = &layer.constants.first()?.name[shared..];
    let part = match layer.op {
        Op::BatchNorm { .. } => name.rsplit_once('.'),
        _ => name.rsplit_once('.').filter(|(_, last)| *last == "weight"),
    };
    Some(part.map_or(name, |(path, _)| path).to_owned())
}
