//! Faults by their kind: nothing of the user's is lost, nothing is silently wrong.

mod attacks;
#[cfg(target_os = "linux")]
mod calls;
mod constraints;
mod data;
mod folders;
mod integrity;
mod kit;
