//! The files of examples in a folder that belongs to no dataset.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use smash_core::Result;

use crate::check::bad;
use crate::decoder::Decoder;
use crate::listing::{Listing, Part, PassedOver, Reason, name};

/// Limit on the classes that an error names.
const NAMED: usize = 40;

/// Files of one example each, in order of their names.
#[derive(Clone, Debug, Default)]
pub struct FoundFiles {
    /// Each file with its class, an index into the names; `None` in a folder without classes.
    pub files: Vec<(PathBuf, Option<usize>)>,
    /// What was passed over, in one sentence.
    pub note: Option<String>,
}

/// The files of a folder, and the class folders in it with their files.
#[derive(Default)]
struct Level {
    files: Vec<PathBuf>,
    classes: Vec<(PathBuf, Vec<PathBuf>)>,
}

impl FoundFiles {
    /// The files that a decoder reads in a folder: those directly in it, or those in folders that have the
    /// names of `classes`, also where train, valid and test hold these. `None` where there are none.
    ///
    /// # Errors
    /// [`Error::Data`](smash_core::Error::Data) for a folder that cannot be read, and for folders of files
    /// that are named as no class, with both lists of names.
    pub fn below(root: &Path, decoder: &Decoder, classes: &[String]) -> Result<Option<Self>> {
        let mut passed = PassedOver::below(root);
        let search = Search { decoder, classes };
        let listing = Listing::of(root, &mut passed)?;
        let parts = search.parts(&listing)?;
        let mut levels = Vec::new();
        if parts.is_empty() {
            levels.push(search.level(listing, &mut passed)?);
        } else {
            for folder in listing.folders.iter().filter(|folder| !parts.contains(folder)) {
                passed.add(Reason::Folder, folder);
            }
            passed.add_all(&listing.files, |file| search.beside(file));
            for part in parts {
                let listing = Listing::of(&part, &mut passed)?;
                levels.push(search.level(listing, &mut passed)?);
            }
        }
        search.expect_known(root, &levels)?;
        let mut files = Vec::new();
        for level in levels {
            files.extend(level.files.into_iter().map(|file| (file, None)));
            for (folder, inside) in level.classes {
                let class = search.class(&folder);
                files.extend(inside.into_iter().map(|file| (file, class)));
            }
        }
        Ok((!files.is_empty()).then(|| Self { files, note: passed.note() }))
    }
}

/// What is looked for.
struct Search<'a> {
    decoder: &'a Decoder,
    classes: &'a [String],
}

impl Search<'_> {
    /// The class that a folder is named as.
    fn class(&self, folder: &Path) -> Option<usize> {
        let name = name(folder);
        self.classes.iter().position(|class| *class == name)
    }

    /// The folders of the parts of a dataset, in the order of training, validation and test.
    fn parts(&self, listing: &Listing) -> Result<Vec<PathBuf>> {
        let mut parts = Vec::new();
        for folder in &listing.folders {
            let part = Part::named(&name(folder)).filter(|_| self.class(folder).is_none());
            // What is passed over in them is noted when they are read.
            if let Some(part) = part
                && !Listing::of(folder, &mut PassedOver::default())?.folders.is_empty()
            {
                parts.push((part, folder.clone()));
            }
        }
        parts.sort();
        Ok(parts.into_iter().map(|(_, folder)| folder).collect())
    }

    /// The files of a folder without classes, or those of the class folders in it.
    fn level(&self, listing: Listing, passed: &mut PassedOver) -> Result<Level> {
        let (files, others): (Vec<_>, Vec<_>) =
            listing.files.into_iter().partition(|file| self.decoder.reads(file));
        passed.add_all(&others, |file| self.decoder.reason(file));
        if !files.is_empty() && !listing.folders.iter().any(|folder| self.class(folder).is_some()) {
            for folder in &listing.folders {
                passed.add(Reason::Folder, folder);
            }
            return Ok(Level { files, classes: Vec::new() });
        }
        passed.add_all(&files, |_| Reason::Beside);
        let mut classes = Vec::new();
        for folder in listing.folders {
            // Noted only where the folder turns out to be a class.
            let mut inner = passed.clone();
            let files = self.of_class(&folder, &mut inner)?;
            if files.is_empty() {
                passed.add(Reason::Folder, &folder);
            } else {
                *passed = inner;
                classes.push((folder, files));
            }
        }
        Ok(Level { files: Vec::new(), classes })
    }

    /// The files of a class folder, also in train, valid and test within it.
    fn of_class(&self, folder: &Path, passed: &mut PassedOver) -> Result<Vec<PathBuf>> {
        let listing = Listing::of(folder, passed)?;
        let (mut files, mut others): (Vec<_>, Vec<_>) =
            listing.files.into_iter().partition(|file| self.decoder.reads(file));
        for inner in &listing.folders {
            if Part::named(&name(inner)).is_none() {
                passed.add(Reason::Nested, inner);
                continue;
            }
            let part = Listing::of(inner, passed)?;
            for nested in &part.folders {
                passed.add(Reason::Nested, nested);
            }
            let (more, rest): (Vec<_>, Vec<_>) =
                part.files.into_iter().partition(|file| self.decoder.reads(file));
            files.extend(more);
            others.extend(rest);
        }
        passed.add_all(&others, |file| self.decoder.reason(file));
        Ok(files)
    }

    /// Why a file beside the class folders is passed over.
    fn beside(&self, file: &Path) -> Reason {
        if self.decoder.reads(file) { Reason::Beside } else { self.decoder.reason(file) }
    }

    /// Refuses folders that are named as no class.
    fn expect_known(&self, root: &Path, levels: &[Level]) -> Result<()> {
        let folders = || levels.iter().flat_map(|level| &level.classes).map(|(folder, _)| folder);
        let Some(unknown) = folders().find(|folder| self.class(folder).is_none()) else { return Ok(()) };
        let found: BTreeSet<String> = folders().map(|folder| name(folder)).collect();
        let other: BTreeSet<String> =
            folders().filter(|folder| self.class(folder).is_none()).map(|folder| name(folder)).collect();
        Err(bad(
            root,
            format!(
                "expected folders that are named as classes of the model ({}), found {}; no class of it: {}; to classify \
                 files without labels, name the folders that they are in, such as {}",
                listed(self.classes.iter()),
                listed(found.iter()),
                listed(other.iter()),
                unknown.display()
            ),
        ))
    }
}

/// Names, as many as an error has room for.
fn listed<'a>(names: impl ExactSizeIterator<Item = &'a String>) -> String {
    let more = names.len().saturating_sub(NAMED);
    let mut listed: Vec<&str> = names.take(NAMED).map(String::as_str).collect();
    let rest = format!("and {more} more");
    if more > 0 {
        listed.push(&rest);
    }
    listed.join(", ")
}

#[cfg(test)]
mod tests;
