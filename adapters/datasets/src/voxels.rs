//! Occupancy grids of 32×32×32 voxels, one bit each, and their rotations about the vertical axis.

/// Voxels along each axis.
pub(crate) const EXTENT: usize = 32;
/// Voxels of a grid.
pub(crate) const VOXELS: usize = EXTENT * EXTENT * EXTENT;
/// Columns of a grid: the voxels with the same x and y.
pub(crate) const COLUMNS: usize = EXTENT * EXTENT;

/// One or more grids as columns `[x][y]`: bit z of each is the voxel z.
pub(crate) type Columns = Vec<u32>;

/// The columns of a grid of [`VOXELS`] bytes `[x][y][z]`, 0 for empty and 1 for occupied.
///
/// # Errors
/// For any other byte.
pub(crate) fn columns(voxels: &[u8]) -> Result<Columns, String> {
    if let Some(at) = voxels.iter().position(|voxel| *voxel > 1) {
        let (x, y, z) = (at / COLUMNS, at / EXTENT % EXTENT, at % EXTENT);
        let found = voxels[at];
        return Err(format!("expected 0 (empty) or 1 (occupied) at [{x}][{y}][{z}], found {found}"));
    }
    let column = |bits: &[u8]| bits.iter().rev().fold(0, |column, bit| column << 1 | u32::from(*bit));
    Ok(voxels.chunks_exact(EXTENT).map(column).collect())
}

/// Grids in one allocation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grids {
    columns: Columns,
}

impl Grids {
    /// Number of grids.
    pub(crate) fn len(&self) -> usize {
        self.columns.len() / COLUMNS
    }

    /// Appends grids.
    ///
    /// # Errors
    /// When memory runs out.
    pub(crate) fn push(&mut self, columns: &[u32]) -> Result<(), String> {
        let reserved = self.columns.try_reserve(columns.len());
        reserved.map_err(|e| format!("no memory for grid {}: {e}", self.len()))?;
        self.columns.extend(columns);
        Ok(())
    }

    /// Writes a rotated grid as `[x][y][z]`, with one value for empty and one for occupied.
    pub(crate) fn read(&self, grid: usize, turn: &Turn, [empty, occupied]: [f32; 2], out: &mut [f32]) {
        let columns = &self.columns[grid * COLUMNS..(grid + 1) * COLUMNS];
        for (from, out) in turn.columns.iter().zip(out.chunks_exact_mut(EXTENT)) {
            let column = from.map_or(0, |from| columns[from]);
            for (z, value) in out.iter_mut().enumerate() {
                *value = if column >> z & 1 == 1 { occupied } else { empty };
            }
        }
    }
}

/// A rotation about the vertical axis: for each column of the rotated grid, the nearest column of the
/// original; `None` where that lies outside it.
#[derive(Clone, Debug)]
pub(crate) struct Turn {
    columns: Vec<Option<usize>>,
}

impl Turn {
    /// A rotation from x to y by `part` of `whole` parts of a full turn. Quarter turns only move voxels.
    pub(crate) fn new(part: usize, whole: usize) -> Self {
        let angle = std::f64::consts::TAU * part as f64 / whole as f64;
        let (sin, cos) = libm::sincos(angle);
        let centre = (EXTENT - 1) as f64 / 2.0;
        let nearest = |at: f64| {
            let at = (at + centre).round();
            (0.0..EXTENT as f64).contains(&at).then_some(at as usize)
        };
        let column = |at: usize| {
            let (x, y) = ((at / EXTENT) as f64 - centre, (at % EXTENT) as f64 - centre);
            Some(nearest(cos * x + sin * y)? * EXTENT + nearest(cos * y - sin * x)?)
        };
        Self { columns: (0..COLUMNS).map(column).collect() }
    }
}
