//! A cache of voxelised meshes on disk: a file for each mesh and each voxeliser setting.

use std::fs;
use std::path::PathBuf;

use sha2::{Digest, Sha256};
use smash_files::Room;

use crate::voxels::{COLUMNS, Columns};

/// Magic number of a cache file, with the version of the voxeliser's algorithm.
const MAGIC: &[u8; 8] = b"voxels 1";

/// A cache folder. A file is a header of [`MAGIC`] and the hash of its name and its columns, then the
/// columns; a file that does not match is voxelised again.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// A cache in a folder, which is created when it is missing.
    ///
    /// # Errors
    /// When the folder cannot be created.
    pub(crate) fn new(folder: PathBuf) -> Result<Self, String> {
        fs::create_dir_all(&folder)
            .map_err(|e| format!("expected a folder to keep voxels in, cannot be made: {e}"))?;
        Ok(Self { folder })
    }

    /// The `count` grids of a mesh file with these bytes under the voxeliser settings `way`: from the cache,
    /// or else made by `make` and stored.
    ///
    /// # Errors
    /// Those of `make`, and when the grids cannot be stored.
    pub(crate) fn grids(
        &self,
        bytes: &[u8],
        way: &str,
        count: usize,
        make: impl FnOnce() -> Result<Columns, String>,
    ) -> Result<Columns, String> {
        let name = format!("{}-{way}.voxels", hex(&Sha256::digest(bytes)));
        let path = self.folder.join(&name);
        let kept = smash_files::read(&path);
        if let Some(columns) = kept.ok().and_then(|kept| decode(&name, &kept, count)) {
            return Ok(columns);
        }
        let columns = make()?;
        // A concurrent reader finds no file or a complete one; a link of that name is not followed.
        let keep = || Room::open(&self.folder)?.write_unsynced(&name, &encode(&name, &columns));
        keep().map_err(|e: std::io::Error| {
            let folder = self.folder.display();
            format!(
                "expected to keep voxels in {folder}, could not: {e}; name another folder as the cache or none"
            )
        })?;
        Ok(columns)
    }
}

fn encode(name: &str, columns: &Columns) -> Vec<u8> {
    let columns: Vec<u8> = columns.iter().flat_map(|column| column.to_le_bytes()).collect();
    [&MAGIC[..], &hash(name, &columns), &columns].concat()
}

fn decode(name: &str, kept: &[u8], count: usize) -> Option<Columns> {
    let (kept_hash, columns) = kept.strip_prefix(MAGIC)?.split_at_checked(32)?;
    let whole = columns.len() == count * COLUMNS * 4 && kept_hash == hash(name, columns);
    let column = |bytes: &[u8]| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    whole.then(|| columns.chunks_exact(4).map(column).collect())
}

fn hash(name: &str, columns: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(name).chain_update(columns).finalize().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
