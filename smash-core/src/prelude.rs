//! Everything that the author of a search space imports: `use smash_core::prelude::*`.

pub use crate::architecture::Architecture;
pub use crate::component::{Component, Kind, SpaceConfig};
pub use crate::decision::Decide;
pub use crate::error::{Error, Result};
pub use crate::graph::{Builder, ConvSpec, Graph, Init, Op, Parameter, PoolKind, PoolSpec, ValueId};
pub use crate::random::{Random, Seed};
pub use crate::space::{
    Cell, Description, GeneratedSlice, PartOutline, PlaneBlock, PlaneSpec, SearchSpace, WeightScheme,
};
pub use crate::task::Task;
