//! Plugins: their component table, made from the registrations of a Rust library, and read from a library.

mod create;
pub mod export;
mod import;
pub mod kind;
pub mod layout;

pub use import::{ForeignComponent, ForeignPlugin};
