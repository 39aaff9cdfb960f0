//! DLPack tensors: those of the other side, checked before they are read, and our own, exported with a
//! deleter.
//!
//! Hand-written rather than a dependency: the structs are sixty frozen lines, and the checks with their
//! messages would be ours in any case.

mod export;
mod import;
pub mod layout;
#[cfg(test)]
mod tests;

pub use export::export;
pub(crate) use export::{borrow, write_tensor};
pub use import::{Borrowed, Element, call_deleter, copy_borrowed, import};
