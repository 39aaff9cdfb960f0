//! Faults by their kind: nothing of the user's is lost, nothing is silently wrong.

mod attacks;
mod constraints;
mod data;
mod folders;
mod integrity;
mod kit;
