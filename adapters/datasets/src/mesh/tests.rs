use std::collections::HashMap;

use super::shapes::{cuboid, off, sphere, torus};
use super::*;

/// The Euler characteristic V − E + F, and whether the mesh is closed and consistently oriented: every edge
/// lies between two faces that run along it in opposite directions.
fn topology(mesh: &Mesh) -> (i64, bool) {
    let mut edges: HashMap<[u32; 2], [u32; 2]> = HashMap::new();
    for [a, b, c] in &mesh.triangles {
        for [from, to] in [[*a, *b], [*b, *c], [*c, *a]] {
            let directions = edges.entry([from.min(to), from.max(to)]).or_default();
            directions[usize::from(from > to)] += 1;
        }
    }
    let closed = edges.values().all(|directions| *directions == [1, 1]);
    let euler = mesh.vertices.len() as i64 - edges.len() as i64 + mesh.triangles.len() as i64;
    (euler, closed)
}

#[test]
fn closed_surfaces_stay_closed_through_a_file() {
    for (mesh, euler) in [(cuboid([1.0, 2.0, 3.0]), 2), (sphere(24), 2), (torus(0.4, 40), 0)] {
        let read = Mesh::from_off(off(&mesh).as_bytes()).unwrap();
        assert_eq!(read, mesh);
        assert_eq!(topology(&read), (euler, true));
        let open = Mesh { triangles: read.triangles[1..].to_vec(), ..read };
        assert_eq!(topology(&open), (euler - 1, false));
    }
}

#[test]
fn a_mesh_is_turned_and_fitted_into_the_grid() {
    let mesh = cuboid([4.0, 2.0, 1.0]);
    for (turn, half) in [([0, 4], [14.0, 7.0, 3.5]), ([1, 4], [7.0, 14.0, 3.5]), ([2, 4], [14.0, 7.0, 3.5])] {
        for vertex in mesh.fitted(turn, 32, 2) {
            for (at, half) in vertex.into_iter().zip(half) {
                let off = (at - 16.0).abs();
                assert!(off < half && off > half - 1e-4, "{turn:?}: {vertex:?}");
            }
        }
    }
    // Rotation from x to y: the corner at the origin goes to where the largest x was.
    let [corner, ..] = mesh.fitted([1, 4], 32, 2)[..] else { panic!() };
    assert!(corner[0] > 22.9 && corner[1] < 2.1, "{corner:?}");
    // A vertex that no face uses is ignored.
    let mut lone = mesh.clone();
    lone.vertices.push([100.0; 3]);
    assert_eq!(lone.fitted([1, 12], 32, 2)[..8], mesh.fitted([1, 12], 32, 2));
}
