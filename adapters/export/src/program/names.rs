//! Names that are not taken yet.

use std::collections::BTreeSet;

/// The name, or the name with the first number from 2 on that makes it new.
pub(crate) fn unique(name: String, taken: &mut BTreeSet<String>) -> String {
    let free = (1..).map(|n| if n == 1 { name.clone() } else { format!("{name}_{n}") });
    let found = free.into_iter().find(|name| !taken.contains(name)).unwrap_or(name);
    taken.insert(found.clone());
    found
}
