//! Activations, and gates that are made of them.

use super::Builder;
use crate::error::Result;
use crate::graph::{Op, Parameter, ValueId};

impl Builder {
    /// ReLU.
    ///
    /// # Errors
    /// Never for a value of this builder.
    pub fn relu(&mut self, x: ValueId) -> Result<ValueId> {
        self.op(Op::LeakyRelu { slope: 0.0 }, &[x])
    }

    /// ReLU6: `min(max(x, 0), 6)`.
    ///
    /// # Errors
    /// Never for a value of this builder.
    pub fn relu6(&mut self, x: ValueId) -> Result<ValueId> {
        self.op(Op::Clamp { low: 0.0, high: 6.0 }, &[x])
    }

    /// Logistic sigmoid.
    ///
    /// # Errors
    /// Never for a value of this builder.
    pub fn sigmoid(&mut self, x: ValueId) -> Result<ValueId> {
        self.op(Op::Sigmoid, &[x])
    }

    /// Hard sigmoid: `min(max(x + 3, 0), 6) / 6`.
    ///
    /// # Errors
    /// Never for a value of this builder.
    pub fn hard_sigmoid(&mut self, x: ValueId) -> Result<ValueId> {
        self.op(Op::HardSigmoid, &[x])
    }

    /// Hard swish: `x · hard_sigmoid(x)`.
    ///
    /// # Errors
    /// Never for a value of this builder.
    pub fn hard_swish(&mut self, x: ValueId) -> Result<ValueId> {
        self.op(Op::HardSwish, &[x])
    }

    /// SiLU, also called swish: `x · sigmoid(x)`, as two ops.
    ///
    /// # Errors
    /// When the values are too many for a network.
    pub fn silu(&mut self, x: ValueId) -> Result<ValueId> {
        let gate = self.sigmoid(x)?;
        self.mul(x, gate)
    }

    /// A gain per channel: `x [c, e…] · g [c]`. With a batched `g` each example has its own.
    ///
    /// # Errors
    /// When `g` is no vector of as many channels, or is batched where `x` is not.
    pub fn gain(&mut self, x: ValueId, g: ValueId) -> Result<ValueId> {
        self.op(Op::Gain, &[x, g])
    }

    /// A bias per channel: `x [c, e…] + b [c]`. With a batched `b` each example has its own.
    ///
    /// # Errors
    /// When `b` is no vector of as many channels, or is batched where `x` is not.
    pub fn bias(&mut self, x: ValueId, b: ValueId) -> Result<ValueId> {
        self.op(Op::Bias, &[x, b])
    }

    /// Squeeze and excite: `x [c, e…]` with a gain per channel and example, which two linear layers compute
    /// from the means of all channels. `reduce` is the weight `[s, c]` and the bias `[s]` of the first, with
    /// ReLU behind it; `expand` is the weight `[c, s]` and the bias `[c]` of the second, with `gate` behind
    /// it: [`Op::HardSigmoid`] or [`Op::Sigmoid`].
    ///
    /// # Errors
    /// When shapes do not fit, or `gate` has other than one operand.
    pub fn squeeze_excite(
        &mut self,
        x: ValueId,
        reduce: [Parameter; 2],
        expand: [Parameter; 2],
        gate: Op,
    ) -> Result<ValueId> {
        let [weight, bias] = reduce;
        let squeezed = self.head(x, weight, bias)?;
        let squeezed = self.relu(squeezed)?;
        let [weight, bias] = expand;
        let excited = self.linear_by(squeezed, weight, bias)?;
        let gate = self.op(gate, &[excited])?;
        self.gain(x, gate)
    }
}
