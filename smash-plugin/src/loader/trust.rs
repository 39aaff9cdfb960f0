//! Who may have written what lies on the way to a plugin.
//!
//! Whoever may write to a folder may replace what is in it, and whoever may replace a folder replaces all
//! below it. So every folder from the root on is checked, and every folder on the way of a symbolic link.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use super::LoadError;

/// Limit on the symbolic links of a path, as the system has it.
const LINKS: usize = 40;
/// Write permission of the group and of others.
const WRITE: u32 = 0o022;
/// In a folder with this bit only the owner of a file may rename or remove it.
const STICKY: u32 = 0o1000;

/// The path with all symbolic links followed. Only root or the current user can have put there what it names:
/// they own every folder and link on the way, and nobody else may write to those folders, or they are sticky.
///
/// # Errors
/// The first folder, link or file that somebody else may have replaced.
pub(super) fn resolve(path: &Path) -> Result<PathBuf, LoadError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        |source| LoadError::Unreadable { path, source }
    };
    let absolute = std::path::absolute(path).map_err(unreadable(path))?;
    // The parts that are still to be followed, the next one last.
    let mut parts: Vec<OsString> = named(&absolute);
    let (mut at, mut links) = (PathBuf::from("/"), 0);
    folder(&at, &fs::symlink_metadata(&at).map_err(unreadable(&at))?)?;
    while let Some(part) = parts.pop() {
        if part == ".." {
            at.pop();
            continue;
        }
        let next = at.join(&part);
        let metadata = fs::symlink_metadata(&next).map_err(unreadable(&next))?;
        owner(&next, &metadata)?;
        if metadata.is_symlink() {
            links += 1;
            if links > LINKS {
                return Err(LoadError::Links { path: path.to_owned(), most: LINKS });
            }
            let target = fs::read_link(&next).map_err(unreadable(&next))?;
            if target.is_absolute() {
                at = PathBuf::from("/");
            }
            parts.extend(named(&target));
            continue;
        }
        if metadata.is_dir() {
            folder(&next, &metadata)?;
        }
        at = next;
    }
    Ok(at)
}

/// The names in a path, the first one last.
fn named(path: &Path) -> Vec<OsString> {
    let names = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        _ => None,
    });
    names.collect::<Vec<_>>().into_iter().rev().collect()
}

/// Checks a folder on the way: a sticky one may be writable, since others cannot replace there what is not
/// theirs.
fn folder(path: &Path, metadata: &Metadata) -> Result<(), LoadError> {
    owner(path, metadata)?;
    if metadata.mode() & STICKY != 0 { Ok(()) } else { unwritable(path, metadata) }
}

/// Checks a file, or a folder to which nobody else may even add a file.
pub(super) fn own(path: &Path, metadata: &Metadata) -> Result<(), LoadError> {
    owner(path, metadata)?;
    unwritable(path, metadata)
}

fn owner(path: &Path, metadata: &Metadata) -> Result<(), LoadError> {
    let owner = metadata.uid();
    if owner == 0 || owner == rustix::process::geteuid().as_raw() {
        return Ok(());
    }
    Err(LoadError::Owner { path: path.to_owned(), owner })
}

fn unwritable(path: &Path, metadata: &Metadata) -> Result<(), LoadError> {
    match metadata.mode() & 0o7777 {
        mode if mode & WRITE != 0 => Err(LoadError::Writable { path: path.to_owned(), mode }),
        _ => Ok(()),
    }
}
