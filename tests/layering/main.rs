#![allow(clippy::unwrap_used, reason = "clippy.toml exempts test functions, not the helpers beside them")]
//! The layers of the workspace: who may depend on whom, what only some of them may do, and that what is
//! written about them is true.

mod arrows;
mod circles;
mod locks;
mod modules;
mod order;
mod places;
mod rooms;
mod tokens;
mod wording;
mod workspace;
