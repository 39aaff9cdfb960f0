//! Engines (backends): their vtable, a Rust engine behind it, and one of the other side in front of it.

mod call;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod layout;
pub(crate) mod snapshot;
