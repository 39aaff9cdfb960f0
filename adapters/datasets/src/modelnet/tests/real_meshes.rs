use std::path::{Path, PathBuf};

use super::super::folder::Format;
use crate::mesh::{Fill, Voxeliser};
use crate::modelnet::meshes::Meshes;
use crate::voxels::Columns;

fn meshes(fill: Fill, margin: usize) -> Meshes {
    Meshes { voxeliser: Voxeliser { fill, margin }, poses: 1, cache: None }
}

fn count(columns: impl Iterator<Item = u32>) -> f64 {
    columns.map(|column| f64::from(column.count_ones())).sum()
}

fn overlap(a: &Columns, b: &Columns) -> f64 {
    let both = count(a.iter().zip(b).map(|(a, b)| a & b));
    both / count(a.iter().zip(b).map(|(a, b)| a | b))
}

#[test]
fn explore() {
    let data = PathBuf::from(std::env::var_os("SMASH_DATA").unwrap());
    for n in 1..=5 {
        let off = data.join(format!("modelnet10-off-sample/ModelNet10/bathtub/train/bathtub_{n:04}.off"));
        let npy = data.join(format!("modelnet10/ModelNet10/bathtub/train/bathtub_{n:04}.npy"));
        let given = Format::Npy.grids(&npy, &meshes(Fill::Solid, 1)).unwrap();
        for fill in [Fill::Surface, Fill::Solid] {
            let t = std::time::Instant::now();
            let ours = Format::Off.grids(&off, &meshes(fill, 1)).unwrap();
            let e = t.elapsed();
            let c = |c: &Columns| count(c.iter().copied());
            let both = count(ours.iter().zip(&given).map(|(a, b)| a & b));
            println!(
                "{n} {fill:?} ours {} given {} both {both} iou {:.3} {:?}",
                c(&ours),
                c(&given),
                overlap(&ours, &given),
                e
            );
            let vrn = Format::Off.grids(&off, &meshes(fill, 4)).unwrap();
            println!("   in 24: {}", c(&vrn));
        }
    }
    let _: &Path = &data;
}
