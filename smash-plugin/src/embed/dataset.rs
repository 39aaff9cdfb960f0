//! Datasets of an embedding host.

use std::sync::Arc;

use serde_json::json;
use smash_core::dataset::Dataset;

/// A dataset that several searches may share.
pub type SharedDataset = Arc<dyn Dataset>;

/// What a dataset is, as JSON: `{"task", "examples", "views", "class_names", "class_counts", "augmentation",
/// "normalise", "notes"}`; names and normalisation may be null.
pub fn describe_dataset(dataset: &dyn Dataset) -> String {
    let mut counts = vec![0_u64; dataset.task().classes];
    for index in 0..dataset.len() {
        if let Some(count) = counts.get_mut(dataset.label(index)) {
            *count += 1;
        }
    }
    json!({
        "task": dataset.task(),
        "examples": dataset.len(),
        "views": dataset.views().max(1),
        "class_names": dataset.class_names(),
        "class_counts": counts,
        "augmentation": dataset.augmentation(),
        "normalise": dataset.normalise(),
        "notes": dataset.notes(),
    })
    .to_string()
}
