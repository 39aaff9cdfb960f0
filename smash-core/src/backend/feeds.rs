//! Checks of the arguments of a run and of a backward pass, shared by engines written in Rust.

use super::{Feed, Mode};
use crate::error::{Error, Result};
use crate::graph::{Graph, Op, Shape};

/// The index of the node behind a named output.
///
/// # Errors
/// For an unknown name.
pub fn output(graph: &Graph, name: &str) -> Result<usize> {
    graph.output(name).map(|id| id.index()).ok_or_else(|| {
        let known: Vec<&str> = graph.outputs.iter().map(|(name, _)| name.as_str()).collect();
        Error::backend(format!("the graph has no output {name:?}; it has {known:?}"))
    })
}

/// The indices of the nodes of a named input, of which there may be several.
///
/// # Errors
/// For an unknown name.
pub fn input(graph: &Graph, name: &str) -> Result<Vec<usize>> {
    let is_input = |op: &Op| matches!(op, Op::Input { name: n } if n == name);
    let nodes: Vec<usize> = (0..graph.nodes.len()).filter(|&i| is_input(&graph.nodes[i].op)).collect();
    if nodes.is_empty() { Err(no_input(graph, name)) } else { Ok(nodes) }
}

/// The nodes that a run must compute: the fetched ones, and in training all outputs, since backward may start
/// from any.
pub fn roots(graph: &Graph, mode: Mode, fetched: &[usize]) -> Vec<usize> {
    match mode {
        Mode::Train => graph.outputs.iter().map(|(_, id)| id.index()).collect(),
        Mode::Eval | Mode::Calibrate => fetched.to_vec(),
    }
}

/// The feed of each input node that is fed, in the order of nodes.
///
/// # Errors
/// For an unknown name, and when an input is missing that `needed` requires.
pub fn fed<'a>(
    graph: &'a Graph,
    needed: &[bool],
    inputs: &'a [(&'a str, Feed<'a>)],
) -> Result<Vec<(usize, &'a str, &'a Feed<'a>)>> {
    if let Some((name, _)) = inputs.iter().find(|(name, _)| !graph.inputs().any(|(known, _)| known == *name))
    {
        return Err(no_input(graph, name));
    }
    let mut fed = Vec::new();
    for (i, node) in graph.nodes.iter().enumerate() {
        let Op::Input { name } = &node.op else { continue };
        match inputs.iter().find(|(n, _)| n == name) {
            Some((_, feed)) => fed.push((i, name.as_str(), feed)),
            None if needed[i] => {
                let given: Vec<&str> = inputs.iter().map(|(name, _)| *name).collect();
                return Err(Error::backend(format!(
                    "the input {name:?} ({}) is missing; the graph has {:?}, given are {given:?}",
                    node.shape,
                    names(graph)
                )));
            }
            None => {}
        }
    }
    Ok(fed)
}

/// Checks the extents of a feed against its shape, the batch included; an unknown batch size is set from the
/// feed. `what` names the kind of feed in the message (`"input"`, `"seed"`).
///
/// # Errors
/// When the extents differ from those that the graph expects.
pub fn fits(what: &str, name: &str, found: &[usize], shape: &Shape, batch: &mut Option<usize>) -> Result<()> {
    let dims = if shape.batched { found.get(1..) } else { Some(found) };
    let sized = !shape.batched || found.first().is_some_and(|&n| n > 0 && *batch.get_or_insert(n) == n);
    if dims == Some(shape.dims.as_slice()) && sized {
        return Ok(());
    }
    let expected = match (shape.batched, &*batch) {
        (true, Some(n)) => format!("{shape} with a batch of {n}"),
        _ => shape.to_string(),
    };
    Err(Error::backend(format!("{what} {name:?}: expected {expected}, found {found:?}")))
}

/// The error for an input that reads a missing device value.
pub fn no_value(name: &str, key: &str) -> Error {
    Error::backend(format!("{name:?} reads the device value {key:?}, which does not exist"))
}

/// The error for a backward pass without a training run before it.
pub fn no_run() -> Error {
    Error::backend("backward needs a run in training mode before it, and each such run serves once")
}

/// The error for a parameter or buffer that was never written.
pub fn no_parameter(name: &str) -> Error {
    Error::backend(format!("no parameter or buffer named {name:?} was written"))
}

fn no_input(graph: &Graph, name: &str) -> Error {
    Error::backend(format!("the graph has no input {name:?}; it has {:?}", names(graph)))
}

fn names(graph: &Graph) -> Vec<&str> {
    graph.inputs().map(|(name, _)| name).collect()
}
