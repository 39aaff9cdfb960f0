//! The spaces whose networks are timed.

use serde_json::Value;
use smash_core::Result;
use smash_core::architecture::Architecture;
use smash_core::error::Error;
use smash_core::task::Task;
use smash_search_spaces::memory_bank::{MemoryBank, MemoryBankConfig};

/// A configuration of the memory-bank space, with 16 architectures sampled from it with seed 0 at the final
/// annealing: `smash sample tests/bench/NAME.json -n 16`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settings {
    /// The default of the authors' program: N = 8, N_max = 64, D = 2, w = 4, d = 12, one convolution an op.
    Default,
    /// The preset `tiny`.
    Tiny,
}

impl Settings {
    /// Name of the settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Tiny => "tiny",
        }
    }

    fn files(self) -> (&'static str, &'static str) {
        match self {
            Self::Default => (include_str!("../../default.json"), include_str!("../../default.archs.jsonl")),
            Self::Tiny => (include_str!("../../tiny.json"), include_str!("../../tiny.archs.jsonl")),
        }
    }

    /// The space for 32×32 images of 10 classes.
    ///
    /// # Errors
    /// When the committed files are damaged.
    pub fn space(self) -> Result<MemoryBank> {
        self.space_for(&Task { channels: 3, extents: vec![32, 32], classes: 10 })
    }

    /// The space for any task.
    ///
    /// # Errors
    /// When the committed files are damaged, or the task's images are too small.
    pub fn space_for(self, task: &Task) -> Result<MemoryBank> {
        let job: Value = parse(self.files().0)?;
        let mut config = job["space"].clone();
        if let Some(fields) = config.as_object_mut() {
            fields.remove("type");
        }
        let config: MemoryBankConfig = parse(&config.to_string())?;
        config.build(task)
    }

    /// The sampled architectures.
    ///
    /// # Errors
    /// When the committed files are damaged.
    pub fn architectures(self) -> Result<Vec<Architecture>> {
        self.files().1.lines().map(parse).collect()
    }
}

fn parse<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|e| Error::State(format!("a file of the bench: {e}")))
}
