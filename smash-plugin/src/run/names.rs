//! The names in a run folder.

use std::path::Path;

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

/// Whether a path is that of a file which a run has written and needs, links followed: all of its files but
/// the picture.
pub fn is_run_file(path: &Path) -> bool {
    let Ok(whole) = path.canonicalize() else { return false };
    let names = [JOB, LOCK, EVENTS, RANKING, HYPERNET, BEST, MODEL, METRICS];
    let is = |folder: &Path| folder.join(JOB).is_file();
    match whole.parent() {
        Some(folder) if folder.ends_with(CHECKPOINT) => folder.parent().is_some_and(is),
        Some(folder) => names.iter().any(|name| whole.ends_with(name)) && is(folder),
        None => false,
    }
}
