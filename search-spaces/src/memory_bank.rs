//! The memory-bank space of SMASH (Brock et al., ICLR 2018).
//!
//! A network is stem → block 0 → transition → block 1 → transition → block 2 → output. A block owns *banks*
//! of equal width; an op reads some banks (concatenated), computes a 1×1 convolution and up to four k×k
//! convolutions, and writes its output to some banks, adding to those that already hold something. Section
//! numbers in comments refer to the method's specification.
//!
//! ```
//! use smash_core::random::Seed;
//! use smash_core::space::{WeightScheme, SearchSpace};
//! use smash_core::task::Task;
//! use smash_search_spaces::memory_bank::MemoryBankConfig;
//!
//! let task = Task { channels: 1, extents: vec![8, 8], classes: 10 };
//! let space = MemoryBankConfig::default().build(&task)?;
//! let architecture = space.sample(&mut Seed::new(0).random(), 1.0)?;
//! let network = space.build(&architecture, WeightScheme::Standalone)?;
//! assert!(network.count().params > 0);
//! # Ok::<(), smash_core::Error>(())
//! ```

pub mod blocks;
mod build;
mod choices;
mod config;
mod convert;
mod decide;
mod describe;
mod draw;
mod layout;
mod mode;
mod mutate;
mod outline;
mod preset;
mod rules;
mod sample;
mod settings;
mod space;
mod subset;
mod validate;

#[cfg(test)]
mod tests;

pub use choices::{Axes, Block, Choices, Conv, Operation};
pub use config::MemoryBankConfig;
pub use mode::{Mode, Norm};
pub use preset::Preset;
pub use rules::{BankSize, BottleneckRule, Ops, Stem, WidthRule};
pub use settings::{BLOCKS, Settings};
pub use space::{ID, MemoryBank, VERSION};
