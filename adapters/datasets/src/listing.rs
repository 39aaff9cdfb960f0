//! One rule for what counts in a folder of data: what a loader does not read is counted and named.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use smash_core::Result;

use crate::check::bad;

/// Limit on the entries of a folder: more is treated as damage.
const ENTRIES: usize = 1 << 22;

/// Limit on how deep folders are followed to count what is in them.
const DEPTH: usize = 16;

/// How many of the passed-over entries of a kind are named.
const NAMED: usize = 3;

/// Names that systems and their programs leave in folders, in lower case.
const SIDECARS: [&str; 9] = [
    "thumbs.db",
    "ehthumbs.db",
    "desktop.ini",
    "icon\r",
    "__macosx",
    "@eadir",
    "lost+found",
    "$recycle.bin",
    "system volume information",
];

/// Why an entry is passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    /// A file within a folder in a class folder.
    Nested,
    /// A file of data in a format that is not read.
    Format,
    /// A file of data beside the class folders.
    Beside,
    /// A folder that is neither a part nor a class.
    Folder,
    /// A file of another kind.
    Other,
    /// Hidden, or left by a system.
    Hidden,
}

impl Reason {
    fn of(self, count: usize) -> String {
        let [one, many] = match self {
            Self::Nested => ["file in a folder within a class", "files in folders within a class"],
            Self::Format => ["file of a format that is not read", "files of formats that are not read"],
            Self::Beside => ["file beside the class folders", "files beside the class folders"],
            Self::Folder => ["file in a folder of no class", "files in folders of no class"],
            Self::Other => ["file that is no data", "files that are no data"],
            Self::Hidden => ["hidden or system file", "hidden or system files"],
        };
        format!("{count} {}", if count == 1 { one } else { many })
    }
}

/// What a loader passed over below a folder.
#[derive(Clone, Debug, Default)]
pub(crate) struct PassedOver {
    root: PathBuf,
    reasons: BTreeMap<Reason, (usize, Vec<String>)>,
}

impl PassedOver {
    /// Nothing yet, below `root`.
    pub(crate) fn below(root: &Path) -> Self {
        Self { root: root.to_path_buf(), reasons: BTreeMap::new() }
    }

    /// Counts a file, or all files in a folder; returns how many.
    pub(crate) fn add(&mut self, reason: Reason, path: &Path) -> usize {
        let folder = path.is_dir();
        let count = if folder { files_in(path, DEPTH) } else { 1 };
        if count == 0 {
            return 0;
        }
        let (total, named) = self.reasons.entry(reason).or_default();
        *total += count;
        if named.len() <= NAMED {
            let name = path.strip_prefix(&self.root).unwrap_or(path).display().to_string();
            let name = name.escape_debug().to_string();
            named.push(if folder { format!("{name}/") } else { name });
        }
        count
    }

    /// Counts files, each for its reason.
    pub(crate) fn add_all(&mut self, files: &[PathBuf], why: impl Fn(&Path) -> Reason) {
        for file in files {
            self.add(why(file), file);
        }
    }

    /// One sentence on all of it; `None` when nothing was passed over.
    pub(crate) fn note(&self) -> Option<String> {
        let part = |(reason, (count, named)): (&Reason, &(usize, Vec<String>))| {
            let more = if named.len() > NAMED { ", …" } else { "" };
            format!("{} ({}{more})", reason.of(*count), named[..named.len().min(NAMED)].join(", "))
        };
        let parts: Vec<String> = self.reasons.iter().map(part).collect();
        (!parts.is_empty()).then(|| format!("passed over in {}: {}", self.root.display(), parts.join("; ")))
    }
}

/// The entries of a folder, sorted by name; those that are hidden or left by a system are passed over.
#[derive(Clone, Debug, Default)]
pub(crate) struct Listing {
    pub(crate) folders: Vec<PathBuf>,
    pub(crate) files: Vec<PathBuf>,
}

impl Listing {
    /// Lists a folder.
    ///
    /// # Errors
    /// When it is no folder, cannot be read, or has too many entries.
    pub(crate) fn of(folder: &Path, passed: &mut PassedOver) -> Result<Self> {
        let unreadable = |e: std::io::Error| bad(folder, format!("expected a folder: {e}"));
        let mut listing = Self::default();
        for (number, entry) in fs::read_dir(folder).map_err(unreadable)?.enumerate() {
            let path = entry.map_err(unreadable)?.path();
            if number >= ENTRIES {
                return Err(bad(folder, format!("expected at most {ENTRIES} entries, found more")));
            }
            if is_sidecar(&name(&path)) {
                passed.add(Reason::Hidden, &path);
            } else if path.is_dir() {
                listing.folders.push(path);
            } else {
                listing.files.push(path);
            }
        }
        listing.folders.sort_unstable();
        listing.files.sort_unstable();
        Ok(listing)
    }
}

/// The name of a file or folder.
pub(crate) fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The ending of a file's name, in lower case: `.JPG` is `.jpg`.
pub(crate) fn ending(path: &Path) -> String {
    path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default()
}

/// A part of a dataset by the name of its folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Train,
    Valid,
    Test,
}

impl Part {
    /// The part that a folder of this name holds.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name.to_lowercase().as_str() {
            "train" | "training" => Self::Train,
            "val" | "valid" | "validation" => Self::Valid,
            "test" | "testing" => Self::Test,
            _ => return None,
        })
    }
}

/// Whether a name is hidden, or one that systems leave in folders.
pub(crate) fn is_sidecar(name: &str) -> bool {
    name.starts_with('.') || SIDECARS.contains(&name.to_lowercase().as_str())
}

/// The number of files in a folder and those within it; links are counted and not followed.
fn files_in(folder: &Path, depth: usize) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(ENTRIES);
    entries
        .map(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() && depth > 0 => files_in(&entry.path(), depth - 1),
            _ => 1,
        })
        .sum()
}

#[cfg(test)]
mod tests;
