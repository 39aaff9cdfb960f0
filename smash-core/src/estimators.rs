//! Estimators besides the HyperNet of [`smash`](crate::smash).

mod host;

pub use host::{HostConfig, HostEstimator};
