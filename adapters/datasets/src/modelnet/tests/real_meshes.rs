use std::path::{Path, PathBuf};

use super::super::folder::Format;
use crate::mesh::{Fill, Voxeliser};
use crate::modelnet::meshes::Meshes;
use crate::voxels::{COLUMNS, Columns, EXTENT};

fn grid(path: &Path, fill: Fill, margin: usize) -> Columns {
    let meshes = Meshes { voxeliser: Voxeliser { fill, margin }, poses: 1, cache: None, threads: 0 };
    let format = if path.extension().unwrap() == "off" { Format::Off } else { Format::Npy };
    format.grids(path, &meshes).unwrap()
}

fn count(columns: impl IntoIterator<Item = u32>) -> f64 {
    columns.into_iter().map(|column| f64::from(column.count_ones())).sum()
}

/// Intersection over union.
fn overlap(a: &Columns, b: &Columns) -> f64 {
    count(a.iter().zip(b).map(|(a, b)| a & b)) / count(a.iter().zip(b).map(|(a, b)| a | b))
}

/// The grid with x and y exchanged, x mirrored or z mirrored.
fn moved(columns: &Columns, exchange: bool, mirror_x: bool, mirror_z: bool) -> Columns {
    let place = |at: usize| {
        let (x, y) = (at / EXTENT, at % EXTENT);
        let (x, y) = if exchange { (y, x) } else { (x, y) };
        if mirror_x { (EXTENT - 1 - x) * EXTENT + y } else { x * EXTENT + y }
    };
    let column = |at: usize| columns[place(at)];
    (0..COLUMNS).map(column).map(|bits| if mirror_z { bits.reverse_bits() } else { bits }).collect()
}

/// The folder named by `SMASH_DATA` holds meshes, other authors' voxels of the same objects, and a third
/// group's voxels of other objects of their class. Prints the numbers in docs/results/voxels.md.
#[test]
fn voxels_of_the_real_meshes() {
    let name = "voxels_of_the_real_meshes";
    let folders = ["modelnet10-off-sample/ModelNet10", "modelnet10/ModelNet10", "modelnet10-vrn-test"];
    let Some(data) = std::env::var_os("SMASH_DATA").map(PathBuf::from) else {
        println!("SKIP {name}: SMASH_DATA is not set (set it to a folder that holds {})", folders.join(", "));
        return;
    };
    let [meshes, grids, solids] = folders.map(|folder| data.join(folder).join("bathtub"));
    if [&meshes, &grids, &solids].iter().any(|folder| !folder.is_dir()) {
        println!("SKIP {name}: SMASH_DATA lacks one of {}", folders.join(", "));
        return;
    }
    let mut ours = Vec::new();
    for number in 1..=5 {
        let mesh = meshes.join(format!("train/bathtub_{number:04}.off"));
        let given = grid(&grids.join(format!("train/bathtub_{number:04}.npy")), Fill::Solid, 1);
        let [surface, solid] = [Fill::Surface, Fill::Solid].map(|fill| grid(&mesh, fill, 1));
        let [with_surface, with_solid] = [&surface, &solid].map(|ours| overlap(ours, &given));
        let covered = count(surface.iter().zip(&given).map(|(a, b)| a & b)) / count(surface.clone());
        println!(
            "bathtub_{number:04}: given {}, surface {}, solid {}; surface within given {covered:.3}, overlap of surface \
             {with_surface:.3}, of solid {with_solid:.3}",
            count(given.clone()),
            count(surface.clone()),
            count(solid)
        );
        assert!(with_surface > 0.7 && covered > 0.85);
        // No other order or direction of the axes fits as well.
        for [exchange, mirror_x, mirror_z] in
            [[true, false, false], [true, true, false], [false, false, true], [true, false, true]]
        {
            let other = overlap(&moved(&surface, exchange, mirror_x, mirror_z), &given);
            assert!(other < with_surface, "{other} for {with_surface}");
        }
        ours.push(count(grid(&mesh, Fill::Solid, 4)));
    }
    let files = std::fs::read_dir(solids.join("test")).unwrap().map(|file| file.unwrap().path());
    let theirs: Vec<f64> = files.map(|path| count(grid(&path, Fill::Solid, 4))).collect();
    let share = |counts: &[f64]| {
        let cube = 24.0_f64.powi(3);
        let shares = || counts.iter().map(|count| count / cube);
        let [low, high] = [shares().fold(1.0, f64::min), shares().fold(0.0, f64::max)];
        (shares().sum::<f64>() / counts.len() as f64, low, high)
    };
    let (ours, theirs) = (share(&ours), share(&theirs));
    println!("occupied share of the 24³ box, mean, least, most: ours {ours:.3?}, theirs {theirs:.3?}");
    assert!(ours.1 > theirs.1 && ours.2 < theirs.2);
}
