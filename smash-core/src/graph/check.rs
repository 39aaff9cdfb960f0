//! Validation of graphs from untrusted sources, such as files and plugins.

use super::{Builder, Graph, Op};
use crate::error::{Error, Result};

impl Graph {
    /// Refuses a malformed graph, as a file or a plugin may contain. An engine can run whatever it compiles
    /// after this check.
    ///
    /// # Errors
    /// With the node: operands out of topological order, a shape that differs from the inferred one, no
    /// elements, a parameter that is missing or a slice outside it, more than three spatial extents, running
    /// statistics that are not stored.
    pub fn check(&self) -> Result<()> {
        let mut builder = Builder::new();
        for (i, node) in self.nodes.iter().enumerate() {
            let at = |message: String| Error::graph(format!("node {i} ({}): {message}", node.op.name()));
            if let Some(input) = node.inputs.iter().find(|input| input.index() >= i) {
                return Err(at(format!("reads node {}, which does not come before it", input.0)));
            }
            let id = match &node.op {
                Op::Input { name } => builder.input(name, node.shape.batched, &node.shape.dims),
                Op::Parameter { index } => {
                    let parameter = self.parameters.get(*index);
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
                let own = |k: usize| matches!(self.nodes[node.inputs[k].index()].op, Op::Parameter { .. });
                if !own(3) || !own(4) {
                    return Err(at("the running statistics must be parameters".into()));
                }
            }
        }
        match self.outputs.iter().find(|(_, id)| id.index() >= self.nodes.len()) {
            Some((name, id)) => {
                Err(Error::graph(format!("the output {name:?} is node {}, which does not exist", id.0)))
            }
            None => Ok(()),
        }
    }
}
