//! PyTorch: a module that a person can read, and its weights.

mod forward;
mod modules;
mod regions;
mod source;
mod template;
#[cfg(test)]
mod tests;
mod text;

use crate::program::Program;
use crate::{Network, Result};

/// How a network is written as PyTorch code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PyTorchOptions {
    /// Fold batch norms into the convolutions before them: for inference only, results equal to rounding.
    pub fold: bool,
}

/// A network as PyTorch code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PyTorch {
    /// `model.py`: the class `Network`, whose `forward` gives logits, the functions `load` and `predict`, and
    /// `CLASSES`, `MEAN`, `STD`. It needs torch alone, and reads weights faster with safetensors.
    pub source: String,
    /// `model.safetensors`: the state of the class, which `load` reads.
    pub weights: Vec<u8>,
}

/// The network as PyTorch code.
///
/// Modules are named for the graph's parameters; names that Python does not allow are changed. Where
/// parameters share a prefix and lie together, they become a module of their own with its own class.
///
/// # Errors
/// When the graph is no network for inference, or when weights or card do not fit it.
pub fn pytorch(network: &Network<'_>, options: &PyTorchOptions) -> Result<PyTorch> {
    let program = Program::new(network)?;
    let program = if options.fold { program.fold() } else { program };
    let root = regions::Group::of(&program);
    let modules = modules::Modules::new(&program, &root)?;
    let source = source::write(&program, &root, &modules, &network.card)?;
    let state = modules.state(&program);
    let state = state.iter().map(|(name, tensor)| (name.as_str(), *tensor)).collect();
    Ok(PyTorch { source, weights: crate::safetensors::encode(&state, None)? })
}
