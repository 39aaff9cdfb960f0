//! The HyperNet: a convolutional network over the plane that describes an architecture, as a graph (method
//! section 4.4).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::graph::{Builder, ConvSpec, Graph, Init, Op, Parameter, ValueId};
use crate::space::PlaneSpec;

/// Prefix of all HyperNet parameters.
pub(super) const PREFIX: &str = "hypernet.";

/// Shape of the HyperNet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HyperNetConfig {
    /// Output channels of the first convolution.
    #[schemars(range(min = 1, max = 1024))]
    pub first: usize,
    /// Growth rate: new channels of each densely connected convolution.
    #[schemars(range(min = 1, max = 1024))]
    pub growth: usize,
    /// Densely connected convolutions in each stage; between stages a transition halves the channels.
    #[schemars(length(min = 1, max = 16))]
    pub stages: Vec<usize>,
    /// Whether the HyperNet reads a channel of noise in training (zero when scoring).
    pub noise: bool,
    /// Scale of the generated weights.
    pub weight_norm: WeightNorm,
}

impl Default for HyperNetConfig {
    fn default() -> Self {
        Self { first: 7, growth: 10, stages: vec![8, 10, 4], noise: true, weight_norm: WeightNorm::default() }
    }
}

/// Scale of a generated weight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WeightNorm {
    /// Unit Frobenius norm, as in the authors' code.
    Frobenius,
    /// Frobenius norm √(2·outputs): the gain that preserves variance through a ReLU.
    #[default]
    Variance,
}

impl HyperNetConfig {
    /// Builds the HyperNet for a plane of `columns` columns. Input `plane`: `[1 + channels, rows, columns]`,
    /// whose first channel is the noise. Output `generated`: `[columns·cell.inputs, rows·cell.outputs]` =
    /// input × output channels, un-compressed as in method section 4.1.
    ///
    /// # Errors
    /// When the plane has no cells.
    pub fn build(&self, spec: PlaneSpec, columns: usize) -> Result<Graph> {
        let mut b = Builder::new();
        let plane = b.input("plane", false, &[1 + spec.channels, spec.rows, columns]);
        let mut layer = 0;
        let first = conv(&mut b, plane, self.first, 3, &mut layer)?;
        let mut x = b.concat(&[plane, first])?;
        for (stage, &depth) in self.stages.iter().enumerate() {
            if stage > 0 {
                let half = b.shape(x).channels() / 2;
                let active = leaky(&mut b, x)?;
                x = conv(&mut b, active, half, 3, &mut layer)?;
            }
            for _ in 0..depth {
                let active = leaky(&mut b, x)?;
                let new = conv(&mut b, active, self.growth, 3, &mut layer)?;
                x = b.concat(&[x, new])?;
            }
        }
        let cell = spec.cell;
        let active = leaky(&mut b, x)?;
        let out = conv(&mut b, active, cell.outputs * cell.inputs, 1, &mut layer)?;
        // Channel n·inputs + m, row a, column l holds W[l·inputs + m, a·outputs + n].
        let split =
            b.op(Op::Reshape { dims: vec![cell.outputs, cell.inputs, spec.rows, columns] }, &[out])?;
        let turned = b.op(Op::Permute { axes: vec![3, 1, 2, 0] }, &[split])?;
        let dims = vec![columns * cell.inputs, spec.rows * cell.outputs];
        let generated = b.op(Op::Reshape { dims }, &[turned])?;
        Ok(b.finish([("generated", generated)]))
    }
}

fn leaky(b: &mut Builder, x: ValueId) -> Result<ValueId> {
    b.op(Op::LeakyRelu { slope: 0.02 }, &[x])
}

/// A convolution with simplified weight norm: the whole weight is divided by its Euclidean norm.
fn conv(b: &mut Builder, x: ValueId, outputs: usize, kernel: usize, layer: &mut usize) -> Result<ValueId> {
    let inputs = b.shape(x).channels();
    let name = format!("{PREFIX}conv{layer}.weight");
    *layer += 1;
    let w = b.parameter(Parameter::own(name, &[outputs, inputs, kernel, kernel], Init::Orthogonal))?;
    let w = b.op(Op::Normalize, &[w])?;
    b.conv(x, w, ConvSpec::same(&[kernel, kernel], &[1, 1], 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::Cell;

    #[test]
    fn default_sizes_are_those_of_the_paper() {
        // 91 code channels, N = 8, D = 2: 582,541 parameters (method section 3.4).
        let spec = PlaneSpec { channels: 91, rows: 8, cell: Cell { outputs: 8, inputs: 16 } };
        let graph = HyperNetConfig::default().build(spec, 30).unwrap();
        assert_eq!(graph.count().params, 582_541);
        assert_eq!(graph.shape(graph.output("generated").unwrap()).dims, [480, 64]);
    }
}
