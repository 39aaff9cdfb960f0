//! From a graph and its weights to layers.

use smash_core::graph::{Graph, Op, Shape};

use super::paths;
use super::{Constant, Layer, Program, constant};
use crate::{Error, Network, Result};

/// The output of a stand-alone network.
const LOGITS: &str = "logits";

/// What became of a node.
enum Value {
    Layer(usize),
    Constant(Constant),
}

impl Program {
    /// The layers of a network.
    ///
    /// # Errors
    /// When the graph is no stand-alone network for inference, or weights or card do not fit it.
    pub(crate) fn new(network: &Network<'_>) -> Result<Self> {
        network.graph.check()?;
        let graph = network.graph.select(&[LOGITS])?;
        let mut layers: Vec<Layer> = Vec::new();
        let mut values: Vec<Value> = Vec::with_capacity(graph.nodes.len());
        for (index, node) in graph.nodes.iter().enumerate() {
            refuse(&node.op, index)?;
            let (mut reads, mut constants) = (Vec::new(), Vec::new());
            for input in &node.inputs {
                match &values[input.index()] {
                    Value::Layer(layer) => reads.push(*layer),
                    Value::Constant(constant) => constants.push(constant),
                }
            }
            let (op, dims) = (node.op.clone(), node.shape.dims.clone());
            let is_constant = !node.shape.batched && !matches!(op, Op::Input { .. });
            let value = if is_constant {
                Value::Constant(constant::evaluate(&graph, network.weights, index, &constants)?)
            } else {
                let constants = constants.into_iter().cloned().collect();
                layers.push(Layer { node: index, op, reads, constants, dims, path: String::new() });
                Value::Layer(layers.len() - 1)
            };
            values.push(value);
        }
        let mut program = Self { layers };
        program.check_input(&graph)?;
        program.check_logits(graph.output(LOGITS).map(|id| graph.shape(id)))?;
        network.card.check(program.input()[0], program.classes())?;
        paths::assign(&mut program.layers);
        Ok(program)
    }

    /// One batched input with channels, which is then the first layer: all others are computed from it.
    fn check_input(&self, graph: &Graph) -> Result<()> {
        let shapes: Vec<&Shape> = graph.inputs().map(|(_, shape)| shape).collect();
        match shapes[..] {
            [shape] if shape.batched && !shape.dims.is_empty() => Ok(()),
            _ => {
                let found: Vec<String> = shapes.iter().map(ToString::to_string).collect();
                let found = if found.is_empty() { "none".to_owned() } else { found.join(" and ") };
                Err(Error::Graph(format!(
                    "expected one input with the shape batch×[channels, extents…], found {found}"
                )))
            }
        }
    }

    fn check_logits(&self, shape: Option<&Shape>) -> Result<()> {
        match shape {
            Some(shape) if shape.batched && shape.dims.len() == 1 => Ok(()),
            _ => Err(Error::Graph(format!(
                "expected the output \"{LOGITS}\" with the shape batch×[classes], found {}",
                shape.map_or_else(|| "none".to_owned(), ToString::to_string)
            ))),
        }
    }
}

/// Refuses what is no op of inference.
fn refuse(op: &Op, node: usize) -> Result<()> {
    if *op != Op::NegativeLogLikelihood {
        return Ok(());
    }
    let problem =
        "is a training loss, which no exported network has: export the graph that ends with the logits";
    Err(Error::Op { node, op: op.name(), problem: problem.into() })
}
