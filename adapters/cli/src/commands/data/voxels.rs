//! Renders a voxel grid by ray casting, seen from above a corner (orthographic).

use image::{Rgb, RgbImage};

use super::canvas::{Ink, mix};

/// Colours of the faces that look along each axis, and the background.
const FACES: [Ink; 3] = [[104, 150, 196], [58, 98, 146], [178, 208, 234]];
pub(crate) const GROUND: Ink = [22, 28, 38];
/// Depth cue: distant faces fade towards this colour.
const HAZE: Ink = [40, 56, 78];

/// Camera direction: cosine and sine of the azimuth about the vertical axis, and of the elevation. Given as
/// fractions, so that every platform draws the same.
const AROUND: [f32; 2] = [4.0 / 5.0, 3.0 / 5.0];
const ABOVE: [f32; 2] = [15.0 / 17.0, 8.0 / 17.0];

/// Draws the voxels above `threshold` of a grid `[x][y][z]`, z up, into a square picture lit from above.
pub(crate) fn draw(values: &[f32], extents: [usize; 3], threshold: f32, size: u32) -> RgbImage {
    let [x, y, z] = extents.map(|extent| extent as f32);
    let middle = [x / 2.0, y / 2.0, z / 2.0];
    let ([cos, sin], [flat, rise]) = (AROUND, ABOVE);
    // The camera's axes: into the picture, to its right, and up.
    let forward = [cos * flat, sin * flat, -rise];
    let right = [sin, -cos, 0.0];
    let up = [cos * rise, sin * rise, flat];
    let radius = (x * x + y * y + z * z).sqrt() / 2.0;
    // The corners of a cube are seldom filled: zooming in a little shows more.
    let scale = 2.0 * radius * 0.86 / size as f32;
    RgbImage::from_fn(size, size, |column, row| {
        let across = (column as f32 + 0.5 - size as f32 / 2.0) * scale;
        let high = (size as f32 / 2.0 - row as f32 - 0.5) * scale;
        let from: [f32; 3] =
            std::array::from_fn(|i| middle[i] + across * right[i] + high * up[i] - radius * forward[i]);
        Rgb(match hit(values, extents, threshold, from, forward, 2.0 * radius) {
            Some((axis, far)) => mix(FACES[axis], HAZE, (far / (2.0 * radius)).powi(2) * 0.8),
            None => GROUND,
        })
    })
}

/// Casts a ray to the first filled voxel; the axis that the hit face looks along, and the distance.
fn hit(
    values: &[f32],
    extents: [usize; 3],
    threshold: f32,
    from: [f32; 3],
    along: [f32; 3],
    most: f32,
) -> Option<(usize, f32)> {
    let mut cell: [i64; 3] = from.map(|at| at.floor() as i64);
    let step = along.map(|part| if part > 0.0 { 1 } else { -1 });
    let apart = along.map(|part| if part == 0.0 { f32::INFINITY } else { 1.0 / part.abs() });
    let mut next: [f32; 3] = std::array::from_fn(|i| {
        let border = if step[i] > 0 { cell[i] + 1 } else { cell[i] } as f32;
        if along[i] == 0.0 { f32::INFINITY } else { (border - from[i]) / along[i] }
    });
    let (mut axis, mut far) = (2, 0.0);
    while far <= most {
        let inside = cell.iter().zip(extents).all(|(at, extent)| (0..extent as i64).contains(at));
        if inside {
            let [x, y, z] = cell.map(|at| at as usize);
            let value = values.get((x * extents[1] + y) * extents[2] + z);
            if value.is_some_and(|value| *value > threshold) {
                return Some((axis, far));
            }
        }
        axis = (0..3).min_by(|a, b| next[*a].total_cmp(&next[*b])).unwrap_or(2);
        far = next[axis];
        next[axis] += apart[axis];
        cell[axis] += step[axis];
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_voxel_is_seen() {
        let mut grid = vec![0.0; 4 * 4 * 4];
        let empty = draw(&grid, [4; 3], 0.5, 40);
        assert!(empty.pixels().all(|pixel| pixel.0 == GROUND));
        grid.fill(1.0);
        let full = draw(&grid, [4; 3], 0.5, 40);
        // A cube shows three of its faces; the upper one is the lightest and lies highest.
        let at = |x, y| full.get_pixel(x, y).0;
        assert!(at(20, 12)[0] > at(12, 26)[0] && at(12, 26) != at(29, 26));
        assert_eq!(at(0, 0), GROUND);
        assert!(hit(&grid, [4; 3], 0.5, [-1.0, 0.5, 0.5], [1.0, 0.0, 0.0], 9.0) == Some((0, 1.0)));
        assert!(hit(&grid, [4; 3], 0.5, [-1.0, 4.5, 0.5], [1.0, 0.0, 0.0], 9.0).is_none());
        assert!(hit(&grid, [4; 3], 1.0, [-1.0, 0.5, 0.5], [1.0, 0.0, 0.0], 9.0).is_none());
    }
}
