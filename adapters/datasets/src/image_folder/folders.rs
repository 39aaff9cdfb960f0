//! The folders of a set of images: its parts, its classes and the files of each.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use smash_core::Result;

use crate::check::{self, CLASSES, bad};
use crate::listing::{Listing, Part, PassedOver, Reason, ending, name};

/// The endings of images that are read.
const READ: [&str; 5] = ["png", "jpg", "jpeg", "jpe", "jfif"];

/// The endings of other images, which are not.
const OTHERS: [&str; 18] = [
    "avif", "bmp", "cr2", "dng", "gif", "heic", "heif", "ico", "jp2", "jxl", "nef", "pgm", "ppm", "psd",
    "svg", "tga", "tif", "tiff",
];

/// Whether a file's name ends as those of the images that are read.
pub(crate) fn is_read(file: &Path) -> bool {
    READ.contains(&ending(file).as_str())
}

/// Image files, each with its label.
pub(super) type Labelled = Vec<(PathBuf, u16)>;

/// Image files with their labels, part by part, and the names of the classes.
#[derive(Debug)]
pub(super) struct Folders {
    pub(super) classes: Vec<String>,
    pub(super) train: Labelled,
    pub(super) valid: Labelled,
    pub(super) test: Labelled,
    /// The name of the folder of validation images, if there is one.
    pub(super) valid_name: Option<String>,
    pub(super) passed: PassedOver,
}

impl Folders {
    /// Finds all images below a folder.
    ///
    /// # Errors
    /// With every folder that does not fit.
    pub(super) fn find(root: &Path) -> Result<Self> {
        let mut passed = PassedOver::below(root);
        let listing = Listing::of(root, &mut passed)?;
        let parts = parts(root, &listing)?;
        passed.add_all(&listing.files, beside);
        let Some(train) = parts.get(&Part::Train) else {
            let (classes, train) = training(root, &listing.folders, &mut passed)?;
            return Ok(Self {
                classes,
                train,
                valid: Vec::new(),
                test: Vec::new(),
                valid_name: None,
                passed,
            });
        };
        let known: Vec<&PathBuf> = parts.values().collect();
        for folder in listing.folders.iter().filter(|folder| !known.contains(folder)) {
            passed.add(Reason::Folder, folder);
        }
        let inner = Listing::of(train, &mut passed)?;
        passed.add_all(&inner.files, beside);
        let (classes, files) = training(train, &inner.folders, &mut passed)?;
        let mut faults = Vec::new();
        let mut part = |part: Part| match parts.get(&part) {
            Some(folder) => other(folder, train, &classes, &mut passed, &mut faults),
            None => Ok(Vec::new()),
        };
        let [valid, test] = [part(Part::Valid)?, part(Part::Test)?];
        if !faults.is_empty() {
            return Err(check::faults(root, "classes have no training images", faults));
        }
        let valid_name = parts.get(&Part::Valid).map(|folder| name(folder));
        Ok(Self { classes, train: files, valid, test, valid_name, passed })
    }
}

/// The folders of the parts; none where `root` holds the
/// class folders themselves.
fn parts(root: &Path, listing: &Listing) -> Result<BTreeMap<Part, PathBuf>> {
    let mut parts: BTreeMap<Part, PathBuf> = BTreeMap::new();
    // "training" may be a class; "train" never was.
    let is_train = |folder: &Path| name(folder) == "train" || holds_folders(folder);
    let is_part = |folder: &&PathBuf| {
        Part::named(&name(folder)).is_some_and(|part| part != Part::Train || is_train(folder))
    };
    let named: Vec<&PathBuf> = listing.folders.iter().filter(is_part).collect();
    let trains = named.iter().any(|folder| Part::named(&name(folder)) == Some(Part::Train));
    if !trains {
        if !named.is_empty()
            && named.iter().all(|folder| holds_folders(folder))
            && named.len() == listing.folders.len()
        {
            let found: Vec<String> = named.iter().map(|folder| name(folder)).collect();
            let problem = format!("expected a folder train beside {}, found none", found.join(" and "));
            return Err(bad(
                root,
                format!("{problem}: put the class folders of the training images into it"),
            ));
        }
        return Ok(parts);
    }
    for folder in named {
        let Some(part) = Part::named(&name(folder)) else { continue };
        if let Some(other) = parts.insert(part, folder.clone()) {
            let [one, two] = [&other, folder].map(|folder| name(folder));
            let problem = format!("expected one folder for each part, found both {one} and {two}");
            return Err(bad(root, format!("{problem}: rename or merge one of them")));
        }
    }
    Ok(parts)
}

fn holds_folders(folder: &Path) -> bool {
    Listing::of(folder, &mut PassedOver::below(folder)).is_ok_and(|listing| !listing.folders.is_empty())
}

/// The classes and the files that train; each class has some.
fn training(root: &Path, folders: &[PathBuf], passed: &mut PassedOver) -> Result<(Vec<String>, Labelled)> {
    if !(2..=CLASSES).contains(&folders.len()) {
        let found = folders.len();
        return Err(bad(root, format!("expected 2 to {CLASSES} folders, one for each class, found {found}")));
    }
    let (mut files, mut faults) = (Vec::new(), Vec::new());
    for (label, class) in (0..).zip(folders) {
        let (found, others) = images(class, passed)?;
        if found.is_empty() {
            let others = match others {
                0 => "none".to_owned(),
                others => format!("none, but {others} other files in it and in folders within it"),
            };
            faults.push((class.clone(), format!("expected .png, .jpg or .jpeg files, found {others}")));
        }
        files.extend(found.into_iter().map(|path| (path, label)));
    }
    if !faults.is_empty() {
        return Err(check::faults(root, "class folders without an image", faults));
    }
    Ok((folders.iter().map(|folder| name(folder)).collect(), files))
}

/// The files of a part that validates or tests: of the classes that train. Each other class with images is
/// added to the faults.
fn other(
    part: &Path,
    train: &Path,
    classes: &[String],
    passed: &mut PassedOver,
    faults: &mut Vec<(PathBuf, String)>,
) -> Result<Labelled> {
    let listing = Listing::of(part, passed)?;
    passed.add_all(&listing.files, beside);
    let mut files = Vec::new();
    for folder in &listing.folders {
        let class = name(folder);
        let (found, _) = images(folder, passed)?;
        match classes.iter().position(|known| *known == class) {
            Some(label) => files.extend(found.into_iter().map(|path| (path, label as u16))),
            None if found.is_empty() => {}
            None => {
                let alike = classes.iter().find(|known| known.to_lowercase() == class.to_lowercase());
                let help = match alike {
                    Some(alike) => format!("rename one of them, since {} has {alike:?}", train.display()),
                    None => format!("put images of it into {}, or leave the folder out", train.display()),
                };
                let count = found.len();
                let problem = format!(
                    "expected the classes that train, found class {class:?} with {count} images: {help}"
                );
                faults.push((folder.clone(), problem));
            }
        }
    }
    if files.is_empty() && faults.is_empty() {
        return Err(bad(
            part,
            "expected the class folders of train with .png, .jpg or .jpeg files, found none: put them there or remove the \
             folder",
        ));
    }
    files.sort_by(|(one, a), (other, b)| a.cmp(b).then_with(|| one.cmp(other)));
    Ok(files)
}

/// The images of a class folder, and the number of other files in it that are passed over.
fn images(class: &Path, passed: &mut PassedOver) -> Result<(Vec<PathBuf>, usize)> {
    let listing = Listing::of(class, passed)?;
    let (found, rest): (Vec<_>, Vec<_>) = listing.files.into_iter().partition(|file| is_read(file));
    passed.add_all(&rest, other_format);
    let mut others = rest.len();
    for folder in &listing.folders {
        others += passed.add(Reason::Nested, folder);
    }
    Ok((found, others))
}

/// Why a file that is not read in a class folder is passed over.
pub(crate) fn other_format(file: &Path) -> Reason {
    let ending = ending(file);
    if OTHERS.contains(&ending.as_str()) || ending == "webp" { Reason::Format } else { Reason::Other }
}

/// Why a file beside class folders is passed over.
fn beside(file: &Path) -> Reason {
    if is_read(file) { Reason::Beside } else { other_format(file) }
}
