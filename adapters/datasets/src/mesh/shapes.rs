//! Closed surfaces of known volume, for tests.

use std::f64::consts::TAU;

use super::Mesh;

/// A cuboid of these extents with a corner at the origin.
pub(crate) fn cuboid(extents: [f64; 3]) -> Mesh {
    let corner = |i: usize| std::array::from_fn(|axis| if i >> axis & 1 == 1 { extents[axis] } else { 0.0 });
    let sides = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]];
    let triangles = sides.iter().flat_map(|&[a, b, c, d]| [[a, b, c], [a, c, d]]).collect();
    Mesh { vertices: (0..8).map(corner).collect(), triangles }
}

/// A sphere of radius 1, with `around` segments in longitude and `around / 2` in latitude.
pub(crate) fn sphere(around: usize) -> Mesh {
    let rings = around / 2;
    let mut vertices = vec![[0.0, 0.0, 1.0], [0.0, 0.0, -1.0]];
    for ring in 1..rings {
        let (sin, cos) = (TAU / 2.0 * ring as f64 / rings as f64).sin_cos();
        vertices.extend(circle(around).map(|[x, y]| [sin * x, sin * y, cos]));
    }
    let at = |ring: usize, i: usize| (2 + (ring - 1) * around + i % around) as u32;
    let mut triangles = Vec::new();
    for i in 0..around {
        triangles.push([0, at(1, i), at(1, i + 1)]);
        triangles.push([1, at(rings - 1, i + 1), at(rings - 1, i)]);
        for ring in 1..rings - 1 {
            let [a, b] = [at(ring, i), at(ring, i + 1)];
            let [c, d] = [at(ring + 1, i), at(ring + 1, i + 1)];
            triangles.extend([[a, c, d], [a, d, b]]);
        }
    }
    Mesh { vertices, triangles }
}

/// A torus about z with the radii 1 and `tube`, with `around` and `around / 2` segments.
pub(crate) fn torus(tube: f64, around: usize) -> Mesh {
    let parts = around / 2;
    let ring = |[x, y]: [f64; 2]| {
        circle(parts).map(move |[out, up]| {
            let radius = 1.0 + tube * out;
            [radius * x, radius * y, tube * up]
        })
    };
    let at = |i: usize, j: usize| (i % around * parts + j % parts) as u32;
    let quad = |(i, j): (usize, usize)| {
        let [a, b, c, d] = [at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)];
        [[a, b, c], [a, c, d]]
    };
    let quads = (0..around).flat_map(|i| (0..parts).map(move |j| (i, j)));
    Mesh { vertices: circle(around).flat_map(ring).collect(), triangles: quads.flat_map(quad).collect() }
}

fn circle(parts: usize) -> impl Iterator<Item = [f64; 2]> {
    (0..parts).map(move |i| {
        let (sin, cos) = (TAU * i as f64 / parts as f64).sin_cos();
        [cos, sin]
    })
}

/// The text of an OFF file.
pub(crate) fn off(mesh: &Mesh) -> String {
    let vertices = mesh.vertices.iter().map(|[x, y, z]| format!("{x} {y} {z}\n"));
    let faces = mesh.triangles.iter().map(|[a, b, c]| format!("3 {a} {b} {c}\n"));
    let header = format!("OFF\n{} {} 0\n", mesh.vertices.len(), mesh.triangles.len());
    std::iter::once(header).chain(vertices).chain(faces).collect()
}
