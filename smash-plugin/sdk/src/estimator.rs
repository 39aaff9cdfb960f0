//! Estimators: their vtable, a Rust estimator behind it, and one of the other side in front of it.

pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod layout;
mod lend;
