//! A network as a list of layers: what both the ONNX and the PyTorch writer start from.

mod constant;
mod fold;
mod layer;
mod lower;
mod names;
mod paths;
#[cfg(test)]
mod tests;

pub(crate) use layer::{Constant, Layer, Program};
pub(crate) use names::unique;
