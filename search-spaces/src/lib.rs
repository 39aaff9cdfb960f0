//! Search spaces for SMASH.
//!
//! [`memory_bank`] is the space of the paper: networks that read from and write to banks of feature maps.
//! [`hand_designed`] holds well-known networks, as baselines.

pub mod hand_designed;
pub mod memory_bank;

mod register;
