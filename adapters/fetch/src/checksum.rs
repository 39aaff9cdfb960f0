//! Verifies a file against its published checksum.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::control::{Control, Progress};
use crate::error::{Error, Result};
use crate::source;

/// Verifies a file's size and SHA-256, as far as they are published.
pub(crate) fn verify(
    path: &Path,
    published: &source::File,
    advice: &'static str,
    control: &mut Control<'_>,
) -> Result<()> {
    let mut file = File::open(path).map_err(|e| Error::io("open", path, e))?;
    let total = file.metadata().map_err(|e| Error::io("read", path, e))?.len();
    let content = |expected, found| Error::Content { path: path.to_path_buf(), expected, found, advice };
    if let Some(size) = published.size.filter(|size| *size != total) {
        return Err(content(format!("{size} bytes"), format!("{total} bytes")));
    }
    let Some(sha256) = published.sha256 else { return Ok(()) };
    let (mut hash, mut buffer, mut done) = (Sha256::new(), vec![0; 1 << 18], 0);
    loop {
        control.check()?;
        let read = file.read(&mut buffer).map_err(|e| Error::io("read", path, e))?;
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
        done += read as u64;
        control.tell(Progress::Check { name: published.name, done, total });
    }
    let found: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    if found != sha256 {
        return Err(content(format!("the SHA-256 {sha256}"), found));
    }
    Ok(())
}
