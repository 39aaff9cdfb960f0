//! Datasets: their vtable, a Rust dataset behind it, and one of the other side in front of it; and datasets
//! of tensors in memory.

pub(crate) mod description;
pub(crate) mod export;
mod import;
pub mod layout;
mod splits;
mod tensors;

pub(crate) use import::borrow;
pub use import::import;
pub use tensors::of_tensors;
