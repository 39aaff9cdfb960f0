//! The .binvox format: a text header with the size of the grid, then run-length encoded voxels.

use std::path::Path;

use crate::check;
use crate::voxels::{EXTENT, VOXELS};

/// Limit on the header, in bytes: its few lines have some hundred.
const HEADER: usize = 1024;

/// Reads a grid of 32×32×32 voxels as bytes `[x][y][z]`. The file stores them as `[x][z][y]`: y changes
/// fastest.
///
/// # Errors
/// What was expected and what was found.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, String> {
    let (file, length) = check::open(path)?;
    // A run takes two bytes and encodes at least one voxel.
    let most = HEADER + 2 * VOXELS;
    if length > most as u64 {
        return Err(format!("expected a .binvox file of at most {most} bytes, found {length}"));
    }
    let bytes = check::bytes(file, length as usize)?;
    let runs = &bytes[header(&bytes)?..];
    let mut filed = Vec::with_capacity(VOXELS);
    for run in runs.chunks(2) {
        let &[value, count] = run else {
            return Err("truncated: expected runs of a value and a count, found a value alone".into());
        };
        if value > 1 || count == 0 || filed.len() + usize::from(count) > VOXELS {
            return Err(format!(
                "expected runs of 0 (empty) or 1 (occupied) that make {VOXELS} voxels, found {count} times {value} after \
                 {} voxels",
                filed.len()
            ));
        }
        filed.resize(filed.len() + usize::from(count), value);
    }
    if filed.len() < VOXELS {
        return Err(format!("truncated: expected {VOXELS} voxels, found {}", filed.len()));
    }
    let place = |at: usize| {
        let (x, y, z) = (at / EXTENT / EXTENT, at / EXTENT % EXTENT, at % EXTENT);
        (x * EXTENT + z) * EXTENT + y
    };
    Ok((0..VOXELS).map(|at| filed[place(at)]).collect())
}

/// Checks the header and returns the offset of the runs.
fn header(bytes: &[u8]) -> Result<usize, String> {
    let mut at = 0;
    let mut dim = None;
    for line in bytes[..bytes.len().min(HEADER)].split_inclusive(|byte| *byte == b'\n') {
        let text = String::from_utf8_lossy(line);
        if at == 0 && !text.starts_with("#binvox") {
            return Err("expected a .binvox file, which begins with #binvox, found other bytes".into());
        }
        at += line.len();
        let mut words = text.split_ascii_whitespace();
        match words.next() {
            Some("dim") => dim = Some(words.collect::<Vec<_>>().join(" ")),
            Some("data") if text.ends_with('\n') => {
                let expected = [EXTENT.to_string(), EXTENT.to_string(), EXTENT.to_string()].join(" ");
                return match dim {
                    Some(dim) if dim == expected => Ok(at),
                    found => {
                        let found = found.unwrap_or_else(|| "none".into());
                        Err(format!("expected the line \"dim {expected}\", found {found:?}"))
                    }
                };
            }
            _ => {}
        }
    }
    Err(format!(
        "expected the header of a .binvox file, which ends with a line \"data\", found none in {at} bytes"
    ))
}

#[cfg(test)]
mod tests;
