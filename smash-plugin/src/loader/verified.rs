//! A library whose content was verified, and the proof that the dynamic linker opened that very file.

use std::fs::{self, File, Metadata};
use std::io::Read;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::mapping::Mapping;
use super::{LoadError, hex, trust};

/// A library that was read and hashed. The file stays open, so that its inode number is not used again.
pub(super) struct Verified {
    pub(super) path: PathBuf,
    pub(super) sha256: String,
    file: File,
    identity: Identity,
}

/// What changes when a file is replaced or written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Identity {
    fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

impl Verified {
    /// Reads a library. Its path has no symbolic links any more.
    pub(super) fn read(path: PathBuf) -> Result<Self, LoadError> {
        let unreadable = |source| LoadError::Unreadable { path: path.clone(), source };
        // Without waiting for the other end of a pipe, and without following a link that was not there
        // before.
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOFOLLOW;
        let mut options = File::options();
        options.read(true).custom_flags(flags.bits() as i32);
        let mut file = options.open(&path).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        if !metadata.is_file() {
            return Err(LoadError::NotAFile { path });
        }
        trust::own(&path, &metadata)?;
        let identity = Identity::of(&metadata);
        let (mut hash, mut buffer) = (Sha256::new(), vec![0; 1 << 18]);
        loop {
            match file.read(&mut buffer).map_err(unreadable)? {
                0 => break,
                read => hash.update(&buffer[..read]),
            }
        }
        let sha256 = hex(&hash.finalize());
        let verified = Self { path, sha256, file, identity };
        verified.check_unchanged()?;
        Ok(verified)
    }

    /// Checks that the path still names the file that was read, and that nobody wrote to it.
    pub(super) fn check_unchanged(&self) -> Result<(), LoadError> {
        let unreadable = |source| LoadError::Unreadable { path: self.path.clone(), source };
        let now = [fs::symlink_metadata(&self.path), self.file.metadata()];
        for metadata in now {
            if Identity::of(&metadata.map_err(unreadable)?) != self.identity {
                return Err(self.replaced());
            }
        }
        Ok(())
    }

    /// Checks that what stands at an address was mapped from the file that was read. Where the system does
    /// not say what is mapped (anywhere but on Linux), only the file is checked again.
    pub(super) fn check_mapped(&self, address: usize) -> Result<(), LoadError> {
        self.check_unchanged()?;
        let unreadable = |source| LoadError::Unreadable { path: self.path.clone(), source };
        match Mapping::same_file(&self.file, address).map_err(unreadable)? {
            Some(false) => Err(self.replaced()),
            Some(true) | None => Ok(()),
        }
    }

    fn replaced(&self) -> LoadError {
        LoadError::Replaced { path: self.path.clone() }
    }
}

/// The SHA-256 of a file, in hexadecimal digits.
pub(super) fn sha256(path: &Path) -> Result<String, LoadError> {
    let bytes = fs::read(path).map_err(|source| LoadError::Unreadable { path: path.to_owned(), source })?;
    Ok(hex(&Sha256::digest(bytes)))
}
