//! Search spaces: their vtable, a Rust space behind it, and one of the other side in front of it.

pub(crate) mod description;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod layout;
