//! `modelnet10_rot24_{train,test}.npz`, and the same of ModelNet40: each object in 24 poses.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use smash_core::Result;
use zip::ZipArchive;
use zip::read::ZipFile;

use super::objects::{MOST, Objects, STORED};
use crate::check::{self, bad};
use crate::npy::{self, Header};
use crate::voxels::{EXTENT, VOXELS, columns};

type Archive = ZipArchive<BufReader<File>>;

/// Reads the objects of an archive, with every n-th of their stored poses so that `poses` remain.
pub(super) fn read(path: &Path, classes: usize, poses: usize, objects: &mut Objects) -> Result<()> {
    let mut add = || {
        let (file, _) = check::open(path)?;
        let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|e| check::no_archive(path, e))?;
        let labels = labels(&mut archive, classes)?;
        grids(&mut archive, &labels, poses, objects)
    };
    add().map_err(|problem| bad(path, problem))
}

/// Opens an array and checks its shape, in which 0 stands for any extent up to [`MOST`].
fn array<'a>(
    archive: &'a mut Archive,
    name: &str,
    shape: &[usize],
) -> Result<(ZipFile<'a, BufReader<File>>, Header), String> {
    let found = archive.file_names().take(8).flatten().collect::<Vec<_>>().join(", ");
    let mut file = archive
        .by_name(name)
        .map_err(|e| format!("expected the arrays data.npy and labels.npy, found {found}: {name}: {e}"))?;
    let header = Header::read(&mut file).and_then(Header::in_rows);
    let header = header.map_err(|problem| format!("{name}: {problem}"))?;
    let fits = |(extent, expected): (&usize, &usize)| match expected {
        0 => (1..=MOST).contains(extent),
        _ => extent == expected,
    };
    if header.shape.len() != shape.len() || !header.shape.iter().zip(shape).all(fits) {
        let expected = format!("{shape:?}").replace("[0", &format!("[1 to {MOST}"));
        return Err(format!("{name}: expected the shape {expected}, found {:?}", header.shape));
    }
    Ok((file, header))
}

fn labels(archive: &mut Archive, classes: usize) -> Result<Vec<usize>, String> {
    let name = "labels.npy";
    let (mut file, header) = array(archive, name, &[0])?;
    let numbers = npy::integers(&mut file, &header.dtype, header.shape[0])
        .map_err(|problem| format!("{name}: {problem}"))?;
    end(&mut file, name)?;
    let label = |(object, number): (usize, i64)| {
        let label = usize::try_from(number).ok().filter(|label| *label < classes);
        let most = classes - 1;
        label.ok_or_else(|| format!("{name}: object {object}: expected a label 0..{most}, found {number}"))
    };
    numbers.into_iter().enumerate().map(label).collect()
}

fn grids(archive: &mut Archive, labels: &[usize], poses: usize, objects: &mut Objects) -> Result<(), String> {
    let name = "data.npy";
    let (mut file, header) = array(archive, name, &[0, STORED, EXTENT, EXTENT, EXTENT])?;
    if !header.is_bytes(true) {
        return Err(format!("{name}: expected bytes (uint8 or bool), found the type {:?}", header.dtype));
    }
    if header.shape[0] != labels.len() {
        let (data, labels) = (header.shape[0], labels.len());
        return Err(format!("{name}: expected {labels} objects, as many as labels.npy has, found {data}"));
    }
    let mut voxels = vec![0; VOXELS];
    for (object, &label) in labels.iter().enumerate() {
        objects.push(label, objects.grids.len());
        for pose in 0..STORED {
            let at = |problem: String| format!("{name}: object {object}, pose {pose}: {problem}");
            file.read_exact(&mut voxels)
                .map_err(|e| at(format!("truncated: expected {VOXELS} voxels: {e}")))?;
            if pose.is_multiple_of(STORED / poses) {
                columns(&voxels).and_then(|grid| objects.grids.push(&grid)).map_err(at)?;
            }
        }
    }
    end(&mut file, name)
}

/// Reads to the end of an array, where its checksum is verified.
fn end(file: &mut impl Read, name: &str) -> Result<(), String> {
    match file.read(&mut [0]) {
        Ok(0) => Ok(()),
        Ok(_) => Err(format!("{name}: expected no more than its shape says, found more bytes")),
        Err(e) => Err(format!("{name}: damaged: {e}")),
    }
}
