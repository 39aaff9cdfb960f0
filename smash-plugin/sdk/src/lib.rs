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
//! [`abi`] has the structs that cross the boundary. Each noun has a folder: `layout` declares its structs,
//! `export` puts a Rust component behind them, `import` turns them into a Rust component again on the other
//! side. Everything structured crosses as JSON, tensors by DLPack; no panic, `String`, `Vec` or trait object
//! ever crosses.

pub mod abi;
mod api;
mod backend;
pub mod buf;
pub mod dataset;
pub mod decide;
mod error;
mod estimator;
pub mod float_mode;
pub mod graph;
pub mod guard;
pub mod handle;
pub mod host_functions;
pub mod instance;
pub mod network;
pub mod plugin;
mod proposer;
pub mod sized;
mod space;
pub mod tensor;
#[cfg(test)]
mod tests;
mod vtable;

pub use error::take as take_error;
