//! Graphs are checked before they are trusted: they may come from anywhere.

use smash_core::graph::{Builder, Graph, Op};
use smash_core::{Error, Result};

/// Refuses graphs whose values do not fit together, and what this engine cannot run.
pub(crate) fn check(graph: &Graph) -> Result<()> {
    let mut builder = Builder::new();
    for (i, node) in graph.nodes.iter().enumerate() {
        let at = |message: String| Error::backend(format!("node {i} ({}): {message}", node.op.name()));
        if let Some(input) = node.inputs.iter().find(|input| input.index() >= i) {
            return Err(at(format!("reads node {}, which does not come before it", input.0)));
        }
        let id = match &node.op {
            Op::Input { name } => builder.input(name, node.shape.batched, &node.shape.dims),
            Op::Parameter { index } => {
                let parameter = graph.parameters.get(*index);
                let parameter = parameter.ok_or_else(|| at(format!("there is no parameter {index}")))?;
                builder.parameter(parameter.clone()).map_err(|e| at(e.to_string()))?
            }
            op => builder.op(op.clone(), &node.inputs).map_err(|e| at(e.to_string()))?,
        };
        if builder.shape(id) != &node.shape {
            return Err(at(format!("expected the shape {}, found {}", builder.shape(id), node.shape)));
        }
        if node.shape.is_empty() {
            return Err(at(format!("a value without elements: {}", node.shape)));
        }
        if matches!(node.op, Op::Pool { .. }) && node.shape.extents().len() > 3 {
            return Err(at(format!("at most 3 spatial extents, found {:?}", node.shape.extents())));
        }
        if matches!(node.op, Op::BatchNorm { .. }) {
            let own = |k: usize| matches!(graph.nodes[node.inputs[k].index()].op, Op::Parameter { .. });
            if !own(3) || !own(4) {
                return Err(at("the running statistics must be parameters".into()));
            }
        }
    }
    match graph.outputs.iter().find(|(_, id)| id.index() >= graph.nodes.len()) {
        Some((name, id)) => {
            Err(Error::backend(format!("the output {name:?} is node {}, which does not exist", id.0)))
        }
        None => Ok(()),
    }
}
