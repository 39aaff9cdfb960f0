//! Unpacks what a loader needs of an archive, atomically: all of it or nothing.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use smash_files::Room;

use crate::archive;
use crate::control::Control;
use crate::error::{Error, Result};
use crate::source::Unpack;

/// Limit on the files that are unpacked from one archive.
const FILES: u64 = 1 << 17;

/// Why unpacking stopped.
#[derive(Debug)]
pub(crate) enum UnpackError {
    /// The archive is damaged or hostile.
    Archive(String),
    /// Any other error, such as a full disk.
    Other(Error),
}

impl From<Error> for UnpackError {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

/// Unpacks the wanted files of an archive to `place`, a folder that appears once it is complete.
pub(crate) fn unpack(archive: &Path, wanted: &Unpack, place: &Path, control: &mut Control<'_>) -> Result<()> {
    let parent = place.parent().unwrap_or(Path::new(""));
    let make = |e| Error::io("make a folder in", parent, e);
    // Beside the target, under a name that nobody else has: only this attempt writes and removes it.
    let temporary = Room::open(parent).and_then(|room| room.temporary_folder()).map_err(make)?;
    let temporary = parent.join(temporary);
    let mut target = Target { root: temporary.clone(), wanted, left: wanted.most, files: 0 };
    let done = archive::unpack(archive, &mut target, control).and_then(|()| {
        if target.files == 0 {
            let names = format!("{}/…{}", wanted.folder, wanted.wanted.join(", …"));
            return Err(UnpackError::Archive(format!("expected {names}, found none")));
        }
        match fs::rename(&temporary, place) {
            // Another process has unpacked the same archive meanwhile.
            Err(_) if place.is_dir() => clear(&temporary).map_err(UnpackError::from),
            renamed => renamed.map_err(|e| Error::io("rename", &temporary, e).into()),
        }
    });
    done.map_err(|fault| {
        // If the clean-up fails too, the first error is the one to report.
        let _ = clear(&temporary);
        match fault {
            UnpackError::Archive(problem) => Error::Archive { path: archive.to_path_buf(), problem },
            UnpackError::Other(error) => error,
        }
    })
}

fn clear(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(Error::io("remove", folder, e)),
        _ => Ok(()),
    }
}

/// The folder that wanted files are extracted to, with the remaining limits.
pub(crate) struct Target<'a> {
    root: PathBuf,
    wanted: &'a Unpack,
    left: u64,
    files: u64,
}

impl Target<'_> {
    /// The path of an entry below the wanted folder; `None` for an entry that is not wanted.
    ///
    /// # Errors
    /// For path traversal (a name that leads out of the archive), whether the entry is wanted or not.
    pub(crate) fn path(&self, name: &str) -> Result<Option<PathBuf>, UnpackError> {
        let parts: Vec<&str> = name.strip_prefix("./").unwrap_or(name).split('/').collect();
        // A folder's name ends with a slash.
        let (file, named) = match parts.split_last() {
            Some((&"", folders)) => (false, folders),
            _ => (true, &parts[..]),
        };
        let plain = |part: &&str| !matches!(*part, "" | "." | "..") && !part.contains(['\\', ':', '\0']);
        if !named.iter().all(plain) {
            return Err(UnpackError::Archive(format!("expected names inside the archive, found {name:?}")));
        }
        let hidden = |part: &&str| part.starts_with('.');
        Ok(match named {
            [folder, inner @ ..] if file && *folder == self.wanted.folder && !inner.iter().any(hidden) => {
                let wanted = self.wanted.wanted.iter().any(|ending| name.ends_with(ending));
                (wanted && !inner.is_empty()).then(|| inner.iter().collect())
            }
            _ => None,
        })
    }

    /// Limit on the bytes that may be decompressed.
    pub(crate) fn most(&self) -> u64 {
        self.wanted.most
    }

    pub(crate) fn too_much(&self) -> UnpackError {
        UnpackError::Archive(format!("expected at most {} bytes unpacked, found more", self.wanted.most))
    }

    /// Extracts a file.
    ///
    /// # Errors
    /// When the archive is damaged or too large, or the file cannot be written.
    pub(crate) fn write(&mut self, path: &Path, reader: &mut dyn Read) -> Result<(), UnpackError> {
        let path = self.root.join(path);
        self.files += 1;
        if self.files > FILES {
            return Err(UnpackError::Archive(format!("expected at most {FILES} files, found more")));
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|e| Error::io("make the folder", parent, e))?;
        }
        // Must be new: a second entry of the same name would replace the first.
        let mut file = match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                let name = path.display();
                return Err(UnpackError::Archive(format!("expected each file once, found {name} again")));
            }
            Err(e) => return Err(Error::io("write", &path, e).into()),
        };
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = reader.read(&mut buffer).map_err(|e| UnpackError::Archive(format!("damaged: {e}")))?;
            if read == 0 {
                return Ok(());
            }
            self.left = self.left.checked_sub(read as u64).ok_or_else(|| self.too_much())?;
            file.write_all(&buffer[..read]).map_err(|e| Error::io("write", &path, e))?;
        }
    }
}
