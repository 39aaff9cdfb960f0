//! Hand-designed networks as baselines: ResNet, wide ResNet, DenseNet and FractalNet.
//!
//! An architecture is a family, a depth and a width; [`fit`] finds one with as many parameters as another
//! network. They are trained by the same code as every other architecture, but have no one-shot network: no
//! HyperNet generates their weights.
//!
//! ```
//! use smash_core::{space::{WeightScheme, SearchSpace}, task::Task};
//! use smash_search_spaces::hand_designed::{Family, HandDesignedConfig, fit};
//!
//! let task = Task { channels: 3, extents: vec![32, 32], classes: 10 };
//! let config = HandDesignedConfig::default();
//! let choices = fit(&config, &task, Family::Resnet, 270_000)?;
//! let space = config.build(&task)?;
//! let graph = space.build(&space.architecture(&choices)?, WeightScheme::Standalone)?;
//! // The ResNet-20 of He et al. (2016) has 0.27M parameters and 41M multiply-accumulates.
//! assert_eq!((choices.depth, choices.width), (3, 16));
//! assert!(graph.count().params.abs_diff(270_000) < 13_500);
//! # Ok::<(), smash_core::Error>(())
//! ```

mod build;
mod choices;
mod config;
mod fit;
mod layers;
mod space;
#[cfg(test)]
mod tests;

pub use choices::{Choices, Family};
pub use config::{HandDesignedConfig, ID};
pub use fit::fit;
pub use space::{HandDesigned, VERSION};
