use std::f64::consts::{PI, TAU};

use super::*;
use crate::mesh::shapes::{cuboid, sphere, torus};
use crate::voxels::{Grids, Turn, VOXELS};

fn grid(mesh: &Mesh, fill: Fill, margin: usize) -> Columns {
    Voxeliser { fill, margin }.grid(mesh, [0, 1])
}

fn count(columns: &Columns) -> f64 {
    columns.iter().map(|column| f64::from(column.count_ones())).sum()
}

fn has(columns: &Columns, [x, y, z]: [usize; 3]) -> bool {
    columns[x * EXTENT + y] >> z & 1 == 1
}

fn voxels() -> impl Iterator<Item = [usize; 3]> {
    (0..VOXELS).map(|at| [at / COLUMNS, at / EXTENT % EXTENT, at % EXTENT])
}

/// Reference test of a triangle against a closed voxel: clips the triangle by the voxel's six sides and
/// checks whether anything remains.
fn meet(triangle: [[f64; 3]; 3], at: [usize; 3]) -> bool {
    let mut polygon = triangle.to_vec();
    for axis in 0..3 {
        for (side, border) in [(1.0, at[axis] as f64), (-1.0, at[axis] as f64 + 1.0)] {
            let inside = |corner: &[f64; 3]| side * (corner[axis] - border);
            let mut cut = Vec::new();
            for (i, corner) in polygon.iter().enumerate() {
                let next = polygon[(i + 1) % polygon.len()];
                let [here, there] = [inside(corner), inside(&next)];
                if here >= 0.0 {
                    cut.push(*corner);
                }
                if (here >= 0.0) != (there >= 0.0) {
                    let part = here / (here - there);
                    cut.push(std::array::from_fn(|i| corner[i] + part * (next[i] - corner[i])));
                }
            }
            polygon = cut;
        }
    }
    !polygon.is_empty()
}

#[test]
fn a_triangle_touches_exactly_the_voxels_that_it_meets() {
    let mut random = smash_core::random::Seed::new(7).random();
    let mut total = 0;
    for number in 0..200 {
        // Triangles of several sizes: some small, some thin, some along an axis.
        let size = [31.9, 3.0, 0.3][number % 3];
        let corner = |random: &mut smash_core::random::Random| -> [f64; 3] {
            std::array::from_fn(|_| 0.05 + random.unit() * size)
        };
        let mut triangle = [corner(&mut random), corner(&mut random), corner(&mut random)];
        match number % 5 {
            0 => triangle[1][2] = triangle[0][2],
            1 => (0..3).for_each(|i| triangle[i][0] = triangle[0][0]),
            2 => triangle[2] = triangle[1],
            _ => {}
        }
        let mut columns = vec![0; COLUMNS];
        touch(triangle, &mut columns);
        for at in voxels() {
            assert_eq!(has(&columns, at), meet(triangle, at), "{number}: {triangle:?} at {at:?}");
            total += usize::from(has(&columns, at));
        }
    }
    assert!(total > 10_000);
}

#[test]
fn a_box_fills_its_voxels_and_no_others() {
    // The longest side has 28 voxels, the others 14 and 7: from 9 and, half a voxel, from 12.5.
    let mesh = cuboid([4.0, 2.0, 1.0]);
    let inside =
        |[x, y, z]: [usize; 3]| (2..30).contains(&x) && (9..23).contains(&y) && (12..20).contains(&z);
    let shell = |at: [usize; 3]| {
        inside(at) && (at[0] == 2 || at[0] == 29 || at[1] == 9 || at[1] == 22 || at[2] == 12 || at[2] == 19)
    };
    let [surface, solid] = [Fill::Surface, Fill::Solid].map(|fill| grid(&mesh, fill, 2));
    for at in voxels() {
        assert_eq!(has(&solid, at), inside(at), "{at:?}");
        assert_eq!(has(&surface, at), shell(at), "{at:?}");
    }
    let full = grid(&cuboid([1.0; 3]), Fill::Solid, 0);
    assert_eq!(count(&full), VOXELS as f64);
}

#[test]
fn closed_surfaces_enclose_their_volume() {
    // Radii in voxels; the torus is 2 · (1 + 0.4) wide.
    let (ball, ring) = (14.0_f64, 14.0 / 1.4);
    let tube = 0.4 * ring;
    let ball_volume = 4.0 / 3.0 * PI * ball.powi(3);
    let ring_volume = TAU * ring * PI * tube * tube;
    let in_ball = |[x, y, z]: [f64; 3]| ball - (x * x + y * y + z * z).sqrt();
    let in_ring = |[x, y, z]: [f64; 3]| tube - (x.hypot(y) - ring).hypot(z);
    type Depth<'a> = &'a dyn Fn([f64; 3]) -> f64;
    for (mesh, volume, depth, near) in [
        (sphere(160), ball_volume, &in_ball as Depth, 0.01),
        // The tube is only eight voxels thick.
        (torus(0.4, 160), ring_volume, &in_ring, 0.04),
    ] {
        let [surface, solid] = [Fill::Surface, Fill::Solid].map(|fill| grid(&mesh, fill, 2));
        // Touched voxels lie half inside on average: the volume is the mean of the counts with and without
        // them.
        let found = count(&solid) - count(&surface) / 2.0;
        assert!((found / volume - 1.0).abs() < near, "{found} for {volume}");
        for at in voxels() {
            let depth = depth(at.map(|at| at as f64 + 0.5 - 16.0));
            // Facets lie within 0.02 voxels of the curved surface, a voxel's corner within 0.87 of its
            // centre.
            assert!(has(&solid, at) || depth < 0.02, "{at:?} is {depth} deep and empty");
            assert!(!has(&solid, at) || depth > -0.89, "{at:?} is {depth} deep and filled");
            assert!(!has(&surface, at) || depth.abs() < 0.89, "{at:?} is {depth} deep and touched");
        }
    }
}

#[test]
fn a_surface_with_a_hole_encloses_nothing() {
    let mut mesh = cuboid([1.0; 3]);
    mesh.triangles.truncate(11);
    assert_eq!(grid(&mesh, Fill::Solid, 2), grid(&mesh, Fill::Surface, 2));
}

#[test]
fn what_winds_is_followed_to_its_end() {
    // A labyrinth of walls in every second layer, with one gap each at alternate ends.
    let mut surface = vec![0; COLUMNS];
    for x in (1..EXTENT).step_by(2) {
        let gap = if x % 4 == 1 { 0 } else { EXTENT - 1 };
        (0..EXTENT).filter(|y| *y != gap).for_each(|y| surface[x * EXTENT + y] = u32::MAX);
    }
    assert_eq!(enclosed(&surface), surface);
    // A closed cell inside it.
    surface[16 * EXTENT + 3] |= 1 << 4 | 1 << 6;
    surface[16 * EXTENT + 2] |= 1 << 5;
    surface[16 * EXTENT + 4] |= 1 << 5;
    let mut expected = surface.clone();
    expected[16 * EXTENT + 3] |= 1 << 5;
    assert_eq!(enclosed(&surface), expected);
}

#[test]
fn a_quarter_of_a_circle_moves_voxels_only() {
    let mut mesh = torus(0.3, 30);
    mesh.vertices.iter_mut().for_each(|[x, _, z]| *x += 0.4 * *z);
    let voxeliser = Voxeliser { fill: Fill::Solid, margin: 3 };
    for quarter in 0..4 {
        let mut grids = Grids::default();
        grids.push(&voxeliser.grid(&mesh, [0, 4])).unwrap();
        grids.push(&voxeliser.grid(&mesh, [quarter, 4])).unwrap();
        let [mut moved, mut turned] = [vec![0.0; VOXELS], vec![0.0; VOXELS]];
        grids.read(0, &Turn::new(quarter, 4), [0.0, 1.0], &mut moved);
        grids.read(1, &Turn::new(0, 4), [0.0, 1.0], &mut turned);
        assert_eq!(moved, turned, "quarter {quarter}");
    }
}
