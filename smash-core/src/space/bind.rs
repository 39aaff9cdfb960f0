//! Binding of generated weights: joins a network to the matrix that a HyperNet generates.

use super::Description;
use crate::error::{Error, Result};
use crate::graph::{Builder, Graph, Op, Parameter, Source, ValueId};

/// Name of the input that carries the generated matrix W.
pub const GENERATED: &str = "generated";

/// Replaces each `Generated` parameter by its slice of the input [`GENERATED`] (`[rows, columns]` = input ×
/// output channels), transposed to `[outputs, inputs]`, divided by its Frobenius norm (method section 3.3)
/// and multiplied by `norm(outputs)`.
///
/// # Errors
/// When the description has no slice for a generated parameter, or one of another size.
pub fn bind_generated(
    graph: &Graph,
    description: &Description,
    matrix: [usize; 2],
    norm: fn(usize) -> f32,
) -> Result<Graph> {
    let mut b = Builder::new();
    let w = b.input(GENERATED, false, &matrix);
    let mut map: Vec<ValueId> = Vec::with_capacity(graph.nodes.len());
    for node in &graph.nodes {
        let id = match &node.op {
            Op::Input { name } => b.input(name, node.shape.batched, &node.shape.dims),
            Op::Parameter { index } => match &graph.parameters[*index] {
                p if p.source == Source::Generated => generated(&mut b, w, p, description, norm)?,
                p => b.parameter(p.clone())?,
            },
            op => {
                let inputs: Vec<ValueId> = node.inputs.iter().map(|id| map[id.index()]).collect();
                b.op(op.clone(), &inputs)?
            }
        };
        map.push(id);
    }
    Ok(b.finish(graph.outputs.iter().map(|(name, id)| (name.clone(), map[id.index()]))))
}

fn generated(
    b: &mut Builder,
    w: ValueId,
    p: &Parameter,
    description: &Description,
    norm: fn(usize) -> f32,
) -> Result<ValueId> {
    let slice = description.slices.iter().find(|s| s.parameter == p.name).ok_or_else(|| {
        Error::graph(format!("the description has no slice for the generated parameter {}", p.name))
    })?;
    // Another order of the two may hold as many values, and would train on weights in the wrong places.
    let dims = p.dims();
    let (outputs, inputs) = (slice.columns.len(), slice.rows.len());
    if dims.len() < 2 || dims[..2] != [outputs, inputs] || dims[2..].iter().any(|&extent| extent != 1) {
        return Err(Error::graph(format!(
            "the slice of the generated parameter {} has rows for {inputs} input channels and columns for {outputs} output \
             channels, the parameter is {dims:?}: expected [outputs, inputs, 1, …]",
            p.name
        )));
    }
    let ranges = vec![slice.rows.clone(), slice.columns.clone()];
    let mut value = b.op(Op::Slice { ranges }, &[w])?;
    value = b.op(Op::Permute { axes: vec![1, 0] }, &[value])?;
    value = b.op(Op::Normalize, &[value])?;
    let factor = norm(slice.columns.len());
    if factor != 1.0 {
        value = b.op(Op::Scale { factor }, &[value])?;
    }
    b.op(Op::Reshape { dims }, &[value])
}
