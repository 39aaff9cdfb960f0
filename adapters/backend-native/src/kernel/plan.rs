//! Plans: everything about a pass that does not depend on its numbers, worked out once per shape. A
//! correlation's geometry, whether Winograd's way is worth it, the cut into units of work, and where
//! everything lies in scratch buffers.

mod blocks;
mod budget;
mod copies;
mod correlation;
mod geometry;
mod lanes;
mod layout;
mod plane_window;
mod prepared;
mod shape;
mod tasks;
mod tiling;
mod winograd;

pub(crate) use blocks::{Block, TileRun, blocks, pieces, tile_runs};
pub(crate) use copies::{CopyStep, RowsCopy, SourceWindow};
pub(crate) use correlation::Plan;
pub(crate) use lanes::whole;
pub(crate) use layout::Unit;
pub(crate) use plane_window::PlaneWindow;
pub(crate) use prepared::{Pass, Prepared, PreparedCache};
pub(crate) use shape::{Activation, ConvShape};
pub(crate) use tasks::{tasks, together};
pub(crate) use tiling::Tiling;
pub(crate) use winograd::{PlaneResidency, Terms, Winograd};
