//! The choices of an architecture as typed data. Fields are sorted by name, so that drawn choices and choices
//! read from a file have the same text.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use smallvec::SmallVec;
use smash_core::architecture::Choices as RawChoices;
use smash_core::error::Problem;

/// The choices of an architecture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Choices {
    /// The blocks in order.
    pub blocks: Vec<Block>,
}

/// One block: one spatial resolution with one list of banks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// Width of every bank, in units.
    pub bank: usize,
    /// The ops, in order.
    pub ops: Vec<Operation>,
}

/// One op of a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// The k×k convolutions: 0 then 1 on one path, 2 then 3 on the other; null where there is none.
    pub convs: [Option<Conv>; 4],
    /// Banks read, ascending.
    pub reads: Vec<usize>,
    /// Output channels in units.
    pub width: usize,
    /// Banks written: those that hold something, ascending, then the first empty ones, ascending.
    pub writes: Vec<usize>,
}

/// A value per axis, stored inline: drawing an architecture makes many of these and must be fast.
pub type Axes = SmallVec<[usize; 3]>;

/// One k×k convolution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Conv {
    /// Dilation per axis.
    #[schemars(with = "Vec<usize>")]
    pub dilation: Axes,
    /// Channel groups.
    pub groups: usize,
    /// Kernel size per axis.
    #[schemars(with = "Vec<usize>")]
    pub kernel: Axes,
}

impl Block {
    /// Number of banks that hold something after the block, when its input fills the first `initial`.
    pub(super) fn banks(&self, initial: usize) -> usize {
        // Filled banks form a prefix.
        let written = self.ops.iter().flat_map(|op| &op.writes).max().map_or(0, |bank| bank + 1);
        written.max(initial)
    }
}

impl Operation {
    /// The mask of convolutions that are present.
    pub fn mask(&self) -> [bool; 4] {
        std::array::from_fn(|j| self.convs[j].is_some())
    }
}

impl Choices {
    /// Parses choices; a problem points to the innermost block or op that does not parse.
    pub(super) fn parse(text: &RawChoices) -> Result<Self, Problem> {
        text.read().map_err(|whole| {
            let value = text.value();
            let blocks = value.get("blocks").and_then(Value::as_array).into_iter().flatten().enumerate();
            for (b, block) in blocks {
                let ops = block.get("ops").and_then(Value::as_array).into_iter().flatten().enumerate();
                for (i, op) in ops {
                    if let Err(problem) = read::<Operation>(&format!("/blocks/{b}/ops/{i}"), op) {
                        return problem;
                    }
                }
                if let Err(problem) = read::<Block>(&format!("/blocks/{b}"), block) {
                    return problem;
                }
            }
            Problem::new("", whole.to_string())
        })
    }
}

fn read<T: DeserializeOwned>(pointer: &str, value: &Value) -> Result<T, Problem> {
    T::deserialize(value).map_err(|e| Problem::new(pointer, e.to_string()))
}
