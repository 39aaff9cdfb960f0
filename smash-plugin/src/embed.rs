//! Embedding: SMASH inside another program. These are the objects behind the opaque handles of the C
//! interface ([`abi`](crate::abi)), as safe Rust. Structured data goes in and out as JSON, as it crosses the
//! boundary.
//!
//! A Rust program uses [`Job`](crate::Job) and [`Session`](smash_core::session::Session) directly.

mod call;
mod checkpoint;
mod context;
mod dataset;
mod event;
mod model;
mod search;
mod space;
mod status;
mod table;
mod train;
mod trial;

pub use call::{Limits, Listener};
pub use context::{Context, Options};
pub use dataset::{SharedDataset, describe_dataset};
pub use event::event_text;
pub use model::{Inputs, Model};
pub use search::Search;
pub use space::Space;
pub use status::{Control, State};
