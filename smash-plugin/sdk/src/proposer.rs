//! Proposers: their vtable, a Rust proposer behind it, and one of the other side in front of it.

pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod layout;
