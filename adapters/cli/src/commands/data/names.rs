//! The names of the classes, for reports and contact sheets.

use smash_core::dataset::Data;

/// A name for each class; its index where there is no name.
pub(crate) fn of(data: &Data) -> Vec<String> {
    let classes = data.task().classes;
    match data.dataset().class_names() {
        Some(names) if names.len() == classes => names.to_vec(),
        _ => (0..classes).map(|class| class.to_string()).collect(),
    }
}
