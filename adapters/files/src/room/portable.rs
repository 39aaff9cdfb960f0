//! Folders by path, for systems without the calls that take a descriptor. Links are looked for before each
//! call; one that is put there in between is followed.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::kind::{Kind, unexpected};

/// Files have no number that the standard library knows: none is told from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity;

/// A folder.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

pub(super) fn identity(_: &File) -> io::Result<Identity> {
    Ok(Identity)
}

/// Whether an error of a lock says that there are none.
pub(super) fn has_no_locks(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Unsupported
}

/// Opens a regular file for reading.
pub(super) fn open_named(path: &Path) -> io::Result<File> {
    if fs::metadata(path)?.is_file() {
        File::open(path)
    } else {
        Err(unexpected("a regular file", "another kind"))
    }
}

impl Folder {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        fs::read_dir(path)?;
        Ok(Self(fs::canonicalize(path)?))
    }

    pub(super) fn create(path: &Path) -> io::Result<Self> {
        fs::create_dir(path)?;
        Self::open(path)
    }

    pub(super) fn make(&self, name: &str) -> io::Result<()> {
        fs::create_dir(self.0.join(name))
    }

    pub(super) fn descend(&self, name: &str) -> io::Result<Self> {
        Ok(Self(self.0.join(name)))
    }

    pub(super) fn kind(&self, name: &str) -> io::Result<Kind<Identity>> {
        let kind = fs::symlink_metadata(self.0.join(name))?.file_type();
        Ok(match (kind.is_file(), kind.is_dir(), kind.is_symlink()) {
            (true, ..) => Kind::File(Identity, 1),
            (_, true, _) => Kind::Folder,
            (_, _, true) => Kind::Other("a symbolic link"),
            _ => Kind::Other("something that is no regular file"),
        })
    }

    pub(super) fn open_file(&self, name: &str) -> io::Result<File> {
        File::open(self.0.join(name))
    }

    pub(super) fn append(&self, name: &str) -> io::Result<File> {
        OpenOptions::new().read(true).append(true).create(true).open(self.0.join(name))
    }

    pub(super) fn open_lock(&self, name: &str) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(self.0.join(name))
    }

    pub(super) fn create_file(&self, name: &str) -> io::Result<File> {
        OpenOptions::new().write(true).create_new(true).open(self.0.join(name))
    }

    pub(super) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.0.join(from), self.0.join(to))
    }

    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.0.join(name))
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn names(&self) -> io::Result<Vec<OsString>> {
        fs::read_dir(&self.0)?.map(|entry| Ok(entry?.file_name())).collect()
    }

    pub(super) fn is_at(&self, path: &Path) -> bool {
        fs::canonicalize(path).is_ok_and(|path| path == self.0)
    }
}
