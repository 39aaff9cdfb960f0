use std::path::PathBuf;

use super::kit::*;
use crate::modelnet::*;
use crate::voxels::{Grids, VOXELS, columns};

/// The real grids: the folder named by `SMASH_DATA` holds `modelnet10/`.
#[test]
fn modelnet10_on_the_real_grids() {
    let how = "set it to a folder that holds modelnet10/ModelNet10 and modelnet10/rot24-sub, made from the meshes of \
               https://modelnet.cs.princeton.edu";
    let Some(data) = std::env::var_os("SMASH_DATA").map(|data| PathBuf::from(data).join("modelnet10")) else {
        println!("SKIP modelnet10_on_the_real_grids: SMASH_DATA is not set ({how})");
        return;
    };
    if !data.is_dir() {
        println!("SKIP modelnet10_on_the_real_grids: SMASH_DATA holds no modelnet10 ({how})");
        return;
    }
    let whole = open(&config(&data)).unwrap();
    let test = [50, 100, 100, 86, 86, 100, 86, 100, 100, 100];
    let train = [106, 515, 889, 200, 200, 465, 200, 680, 392, 344];
    let posed = open(&config(&data.join("rot24-sub"))).unwrap();
    for (dataset, train, test) in [(&whole, train, test), (&posed, [40; 10], [10; 10])] {
        let border = dataset.objects.train;
        assert_eq!((border, dataset.len() - border), (train.iter().sum(), test.iter().sum()));
        for (range, expected) in [(0..border, train), (border..dataset.len(), test)] {
            let mut counts = [0; 10];
            range.for_each(|index| counts[dataset.label(index)] += 1);
            assert_eq!(counts, expected);
        }
    }
    // Stored poses rotate as ours do: a quarter turn only moves voxels.
    let [mut first, mut quarter] = [vec![0.0; VOXELS], vec![0.0; VOXELS]];
    for index in (0..posed.len()).step_by(7) {
        posed.read_view(index, 0, &mut first).unwrap();
        posed.read_view(index, 3, &mut quarter).unwrap();
        let mut grids = Grids::default();
        let voxels: Vec<u8> = first.iter().map(|&v| u8::from(v > 0.0)).collect();
        grids.push(&columns(&voxels).unwrap()).unwrap();
        grids.read(0, &Turn::new(1, 4), [-1.0, 5.0], &mut first);
        let (full, off) = (first.iter().filter(|v| **v > 0.0).count(), differing(&first, &quarter));
        assert!(full > 200 && off * 20 < full, "object {index}: {off} of {full} voxels differ");
    }
}

fn differing(a: &[f32], b: &[f32]) -> usize {
    a.iter().zip(b).filter(|(a, b)| a != b).count()
}
