//! Search spaces for SMASH.
//!
//! [`memory_bank`] is the space of the paper: networks that read from and write to banks of feature maps.

pub mod memory_bank;

mod register;
