//! Options of the ONNX writer.

use std::ops::RangeInclusive;

use crate::{Error, Result};

/// Versions of the standard operators in which everything that is written means the same.
const OPSETS: RangeInclusive<i64> = 17..=22;

/// How a network is written as ONNX.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnnxOptions {
    /// End with logits instead of softmax probabilities.
    pub logits: bool,
    /// Fold batch norms into the convolutions before them: fewer nodes, results equal to rounding.
    pub fold: bool,
    /// Version of the standard operators, 17 to 22.
    pub opset: i64,
}

impl Default for OnnxOptions {
    fn default() -> Self {
        Self { logits: false, fold: true, opset: *OPSETS.start() }
    }
}

impl OnnxOptions {
    /// The version of the file format that came with the opset.
    pub(super) fn ir_version(&self) -> Result<i64> {
        match self.opset {
            17 | 18 => Ok(8),
            19 | 20 => Ok(9),
            21 | 22 => Ok(10),
            other => Err(Error::Options(format!(
                "expected an opset from {} to {}, found {other}",
                OPSETS.start(),
                OPSETS.end()
            ))),
        }
    }
}
