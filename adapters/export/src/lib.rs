#![forbid(unsafe_code)]
//! Stand-alone networks with their weights in the formats of others: ONNX, PyTorch and safetensors.
//!
//! A [`Network`] is lowered once (`program`): what depends on weights alone is evaluated to constants, and
//! what is left are layers. [`onnx`] and [`pytorch`] write these layers down; the same network gives the same
//! bytes.
//!
//! ```
//! use std::collections::BTreeMap;
//! use smash_core::graph::{Builder, Init, Parameter};
//! use smash_core::random::Seed;
//! use smash_export::{Card, Network, OnnxOptions};
//!
//! let mut b = Builder::new();
//! let x = b.input("x", true, &[3, 8, 8]);
//! let h = b.conv_by(x, Parameter::own("stem.weight", &[4, 3, 3, 3], Init::Orthogonal), Default::default())?;
//! let [w, bias] = [("head.weight", &[10, 4][..]), ("head.bias", &[10])];
//! let own = |(name, dims): (&str, &[usize])| Parameter::own(name, dims, Init::Uniform { bound: 0.5 });
//! let y = b.head(h, own(w), own(bias))?;
//! let graph = b.finish([("logits", y)]);
//!
//! let weights: BTreeMap<_, _> =
//!     graph.parameters.iter().map(|p| (p.name.clone(), p.initial(Seed::new(1)))).collect();
//! let network = Network { graph: &graph, weights: &weights, card: Card::default() };
//! let model = smash_export::onnx(&network, &OnnxOptions::default())?;
//! let python = smash_export::pytorch(&network, &Default::default())?;
//! assert!(python.source.contains("self.stem = nn.Conv2d(3, 4, kernel_size=3, bias=False)"));
//! # assert!(!model.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod network;
mod onnx;
mod program;
mod pytorch;
mod safetensors;

pub use error::{Error, Result};
pub use network::{Card, Network};
pub use onnx::{OnnxOptions, onnx};
pub use pytorch::{PyTorch, PyTorchOptions, pytorch};
pub use safetensors::safetensors;
