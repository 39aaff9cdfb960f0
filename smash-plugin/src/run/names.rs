//! The names in a run folder.

/// The job.
pub(super) const JOB: &str = "job.json";
/// The file lock.
pub(super) const LOCK: &str = "lock";
/// The event log.
pub(super) const EVENTS: &str = "events.jsonl";
/// The candidates, best first.
pub(super) const RANKING: &str = "ranking.jsonl";
/// The trained HyperNet.
pub(super) const HYPERNET: &str = "hypernet.safetensors";
/// The chosen architecture.
pub(super) const BEST: &str = "best.arch.json";
/// The retrained network.
pub(super) const MODEL: &str = "model.safetensors";
/// The metrics.
pub(super) const METRICS: &str = "metrics.json";
/// The picture.
pub(super) const PICTURE: &str = "run.svg";
/// The folder of checkpoints.
pub(super) const CHECKPOINT: &str = "checkpoint";
/// The commit point in that folder.
pub(super) const STATE: &str = "state.json";
