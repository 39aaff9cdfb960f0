//! What a SMASH plugin links: the C ABI and what makes it safe to use from Rust.
//!
//! A plugin is a dynamic library with one symbol, `smash_plugin_init_v1`, which hands a table of
//! components to the host. A plugin written in Rust registers its components as the built-in ones do and
//! exports them with one line:
//!
//! ```text
//! smash_sdk::export_plugin!(Backend "tch");
//! ```
//!
//! [`abi`] has the structs that cross the boundary, [`export`] turns Rust components into such structs, and
//! [`foreign`] turns them into Rust components again on the other side. Everything structured crosses as
//! JSON, tensors as pointers with a shape; no panic, `String`, `Vec` or trait object ever crosses.

pub mod abi;
pub mod buf;
mod dataset;
pub mod decide;
pub mod dlpack;
mod error;
pub mod export;
pub mod float_mode;
pub mod foreign;
pub mod graph;
pub mod guard;
pub mod host_functions;
pub mod kind;
pub mod sized;
mod snapshot;
mod space;
mod splits;
#[cfg(test)]
mod tests;

pub use error::take as take_error;
