//! SMASH as an embeddable plugin: the [`Job`] that a host writes, and the [`Registry`] of components that a
//! job can name.
//!
//! ```
//! use serde_json::json;
//! use smash_plugin::{Job, Registry};
//!
//! let registry = Registry::builtin()?;
//! let strategy = json!({"type": "smash", "epochs": 2});
//! let job = Job::parse(&registry, &json!({"dataset": {"type": "digits"}, "strategy": strategy}))?;
//! assert_eq!(job.strategy["epochs"], 2);
//! let error = Job::parse(&registry, &json!({"strategy": {"type": "smash", "epoch": 2}})).unwrap_err();
//! assert!(error.to_string().starts_with("/strategy/epoch: unknown field, did you mean \"epochs\"?"));
//! # Ok::<(), smash_plugin::Error>(())
//! ```

// The built-in components register themselves, but only if their crates are named somewhere.
use smash_backend_native as _;
use smash_datasets as _;
use smash_search_spaces as _;

pub mod abi;
mod architecture;
mod baseline;
pub mod conformance;
mod data_identity;
pub mod embed;
mod error;
mod export;
mod format;
mod format_count;
mod job;
pub mod loader;
mod model;
mod preflight;
mod registry;
pub mod run;
mod seal;
pub mod study;
#[cfg(test)]
mod testing;
mod train;

pub use architecture::{Target, architecture_file, convert, space_of};
pub use baseline::{baseline, size_of};
pub use error::{Error, Result};
pub use export::{ExportFormat, ExportedFile, export};
pub use format::Format;
pub use format_count::format_count;
pub use job::Job;
pub use model::{ModelCard, ModelFile, StoredModel};
pub use preflight::Checked;
pub use registry::{Entry, Faulty, LoadedPlugin, Registry, Source};
pub use smash_datasets::{ArrayFile, Decoded, Decoder, FoundFiles};
pub use smash_export::{OnnxOptions, PyTorchOptions};
pub use smash_search_spaces::hand_designed::{Family, HandDesignedConfig};
pub use train::Training;

/// The examples of the README, run as documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
