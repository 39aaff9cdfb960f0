//! What a user should know of a dataset before anything is trained: what its loader passed over, and splits
//! that lack something.

use std::collections::BTreeMap;

use super::{Dataset, Splits};

/// Limit on the classes that a note names.
const NAMED: usize = 5;

/// Limit on the classes that are looked for; a plugin may claim any number.
const CLASSES: usize = 1 << 16;

/// A class in messages: its number and, where it has one, its name.
pub(super) fn class_name(dataset: &dyn Dataset, class: usize) -> String {
    match dataset.class_names().and_then(|names| names.get(class)) {
        Some(name) if *name != class.to_string() => format!("{class} ({name:?})"),
        _ => class.to_string(),
    }
}

/// The dataset's own notes, then those on its splits.
pub(super) fn notes(dataset: &dyn Dataset, splits: &Splits) -> Vec<String> {
    let mut notes = dataset.notes().to_vec();
    // Examples of each class that train, validate and test.
    let mut classes: BTreeMap<usize, [usize; 3]> =
        (0..dataset.task().classes.min(CLASSES)).map(|class| (class, [0; 3])).collect();
    for (at, part) in [&splits.train, &splits.valid, &splits.test].into_iter().enumerate() {
        part.iter().for_each(|&index| classes.entry(dataset.label(index)).or_default()[at] += 1);
    }
    let mut note = |what: &str, lacks: &dyn Fn(&[usize; 3]) -> bool| {
        let found: Vec<usize> = classes.iter().filter(|(_, counts)| lacks(counts)).map(|(&c, _)| c).collect();
        if found.is_empty() {
            return;
        }
        let mut named: Vec<String> =
            found.iter().take(NAMED).map(|&class| class_name(dataset, class)).collect();
        if found.len() > NAMED {
            named.push("…".into());
        }
        let classes = if found.len() == 1 { "class" } else { "classes" };
        notes.push(format!("{} {classes} {what}: {}", found.len(), named.join(", ")));
    };
    note("without a training example, with others to validate or test", &|[train, valid, test]| {
        *train == 0 && valid + test > 0
    });
    note("without any example", &|counts| counts.iter().sum::<usize>() == 0);
    note("without a validation example", &|[train, valid, _]| *train > 0 && *valid == 0);
    if splits.test.is_empty() {
        notes.push("no test examples: the retrained network gets no test error".into());
    } else {
        note("without a test example", &|[train, _, test]| *train > 0 && *test == 0);
    }
    notes
}
