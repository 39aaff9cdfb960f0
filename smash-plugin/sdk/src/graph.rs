//! Graphs of foreign networks as JSON, and the limits on what they may claim.

use smash_core::graph::{Graph, Op};
use smash_core::task::Task;

/// Limit on the values of one tensor of a graph: of one example, or of a parameter.
const VALUES: usize = 1 << 30;
/// Limit on any count along an axis.
const AXIS: usize = 1 << 24;
/// Limit on the nodes of a graph.
const NODES: usize = 1 << 18;

/// Parses a graph and refuses one that no engine could run or that does not fit the `task`, where it is
/// known.
///
/// # Errors
/// What was expected and what was found: not a graph in JSON, larger than any network, shapes that do not fit
/// together, other inputs or outputs than the task's.
pub fn read(json: &[u8], task: Option<&Task>) -> Result<Graph, String> {
    let graph: Graph = smash_core::json::from_slice(json).map_err(|e| e.to_string())?;
    check(&graph, task)?;
    Ok(graph)
}

/// Checks that an engine can run the graph, from the input `x` of the task to its `logits`. Sizes are checked
/// first, so that nothing overflows afterwards.
///
/// # Errors
/// As [`read`], for what is a graph.
pub fn check(graph: &Graph, task: Option<&Task>) -> Result<(), String> {
    if graph.nodes.len() > NODES {
        return Err(format!("expected at most {NODES} nodes, found {}", graph.nodes.len()));
    }
    let product = |dims: &[usize]| dims.iter().try_fold(1_usize, |n, &extent| n.checked_mul(extent));
    let small = |dims: &[usize]| dims.len() <= 8 && product(dims).is_some_and(|values| values <= VALUES);
    let short = |list: &[usize]| list.len() <= 8 && list.iter().all(|&value| value <= AXIS);
    for (i, node) in graph.nodes.iter().enumerate() {
        let fits = match &node.op {
            Op::Conv { stride, padding, dilation, groups } => {
                short(stride) && short(padding) && short(dilation) && *groups <= AXIS
            }
            Op::Pool { window, stride, padding, .. } => short(window) && short(stride) && short(padding),
            Op::Reshape { dims } => small(dims),
            _ => true,
        };
        if !fits || !small(&node.shape.dims) {
            return Err(format!("node {i} ({}): larger than any network", node.op.name()));
        }
    }
    if let Some(parameter) = graph.parameters.iter().find(|p| !small(&p.stored)) {
        return Err(format!(
            "parameter {:?}: larger than any network: {:?}",
            parameter.name, parameter.stored
        ));
    }
    graph.check().map_err(|error| error.to_string())?;
    let Some(task) = task else { return Ok(()) };
    let inputs: Vec<_> = graph.inputs().collect();
    match inputs[..] {
        [("x", shape)] if shape.batched && shape.dims == task.dims() => {}
        _ => {
            return Err(format!("expected the one input \"x\", batched {:?}, found {inputs:?}", task.dims()));
        }
    }
    let logits = graph.output("logits").map(|id| graph.shape(id));
    match logits {
        Some(shape) if shape.batched && shape.dims == [task.classes] => Ok(()),
        _ => Err(format!("expected the output \"logits\", batched {:?}, found {logits:?}", [task.classes])),
    }
}
