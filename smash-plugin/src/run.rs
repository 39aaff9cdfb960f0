//! The run folder: the files of a run, written so that a crash or kill at any moment loses nothing that was
//! complete.
//!
//! | file | what |
//! |---|---|
//! | `job.json` | the job with every default filled in |
//! | `events.jsonl` | what happened, in order, without times |
//! | `ranking.jsonl` | every candidate, best first |
//! | `hypernet.safetensors` | the trained HyperNet and the shared weights: what scoring needs |
//! | `best.arch.json` | the chosen architecture, with all that is needed to build it |
//! | `model.safetensors` | the weights of the retrained network |
//! | `metrics.json` | errors, sizes, seconds |
//! | `run.svg` | a picture of the run; missing if it could not be drawn |
//! | `checkpoint/` | state and weights to resume from, with the checksums of all others |

mod checkpoint;
mod execute;
mod file;
mod files;
mod folder;
mod log;
mod metrics;
mod names;
mod picture;
mod predict;
mod record;
mod recorder;
mod relax;
mod scorer;
pub(crate) mod weights;

pub use execute::{search, train};
pub use folder::RunFolder;
pub use metrics::{Metrics, PhaseSeconds};
pub use names::is_run_file;
pub use picture::picture;
pub use predict::{Predictor, model, predictor};
pub use recorder::Watch;
pub use scorer::Scorer;
