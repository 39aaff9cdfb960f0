#![forbid(unsafe_code)]
//! Folders that are written without touching anything outside them, and nothing in them that somebody else
//! made.
//!
//! A [`Room`] is one folder, held by its descriptor. Every name in it is a single path component, resolved
//! relative to that descriptor; no link is followed, and only regular files are read or written. Files are
//! complete or absent: they are written under a [temporary name](is_temporary) of their own and renamed.

mod kind;
mod room;
mod temporary;

pub use room::{Lock, LockError, Room, read};
pub use temporary::is_temporary;
