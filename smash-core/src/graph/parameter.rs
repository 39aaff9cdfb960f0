//! Parameters of a graph and where their values come from.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::json::pairs;
use crate::random::Seed;
use crate::tensor::Tensor;

/// Where the values of a parameter come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A HyperNet writes them; see [`bind_generated`](crate::space::bind_generated).
    Generated,
    /// A box of a tensor that all architectures of a space share.
    Shared,
    /// This network's own.
    Own,
}

/// What a stored tensor is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Learned by gradient.
    Weight,
    /// Set by batch norm.
    Buffer,
}

/// How a stored tensor starts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Init {
    /// Orthogonal rows of the `[first extent, rest]` matrix (orthogonal columns when there are more rows); gain 1.
    Orthogonal,
    /// Uniform in ±bound.
    Uniform {
        /// The bound.
        bound: f32,
    },
    /// One value everywhere.
    Constant {
        /// The value.
        value: f32,
    },
}

/// A parameter or buffer of a graph: a box of a stored tensor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Name of the stored tensor.
    pub name: String,
    /// Extents of the stored tensor.
    pub stored: Vec<usize>,
    /// The box that this graph uses, one range per extent.
    #[serde(serialize_with = "pairs")]
    pub slice: Vec<Range<usize>>,
    /// Where the values come from.
    pub source: Source,
    /// Weight or buffer.
    pub role: Role,
    /// How the stored tensor starts.
    pub init: Init,
}

impl Parameter {
    /// A whole tensor of this network's own.
    pub fn own(name: impl Into<String>, dims: &[usize], init: Init) -> Self {
        Self {
            name: name.into(),
            stored: dims.to_vec(),
            slice: dims.iter().map(|&d| 0..d).collect(),
            source: Source::Own,
            role: Role::Weight,
            init,
        }
    }

    /// A box of a shared tensor.
    pub fn shared(name: impl Into<String>, stored: &[usize], slice: Vec<Range<usize>>, init: Init) -> Self {
        Self { source: Source::Shared, slice, ..Self::own(name, stored, init) }
    }

    /// A tensor that a HyperNet writes.
    pub fn generated(name: impl Into<String>, dims: &[usize]) -> Self {
        Self { source: Source::Generated, ..Self::own(name, dims, Init::Orthogonal) }
    }

    /// The same tensor as a buffer.
    #[must_use]
    pub fn buffer(self) -> Self {
        Self { role: Role::Buffer, ..self }
    }

    /// Extents of the box.
    pub fn dims(&self) -> Vec<usize> {
        self.slice.iter().map(ExactSizeIterator::len).collect()
    }

    /// True if the box is the whole stored tensor.
    pub fn is_whole(&self) -> bool {
        self.slice.iter().zip(&self.stored).all(|(range, &extent)| *range == (0..extent))
    }

    /// The start of the stored tensor: depends on the seed and the name only, never on what else was drawn.
    pub fn initial(&self, seed: Seed) -> Tensor {
        let mut random = seed.split("init").split(&self.name).random();
        let mut tensor = Tensor::zeros(&self.stored);
        match self.init {
            Init::Constant { value } => tensor.data_mut().fill(value),
            Init::Uniform { bound } => {
                for v in tensor.data_mut() {
                    *v = random.range(-f64::from(bound), f64::from(bound)) as f32;
                }
            }
            Init::Orthogonal => {
                let rows = self.stored.first().copied().unwrap_or(1);
                let columns = tensor.data().len() / rows.max(1);
                orthogonal(rows, columns, tensor.data_mut(), &mut || random.normal());
            }
        }
        tensor
    }
}

/// Orthonormal rows (columns when `rows > columns`) from Gaussian draws by modified Gram–Schmidt in f64.
fn orthogonal(rows: usize, columns: usize, out: &mut [f32], draw: &mut dyn FnMut() -> f64) {
    let (count, length) = (rows.min(columns), rows.max(columns));
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(count);
    while basis.len() < count {
        let mut v: Vec<f64> = (0..length).map(|_| draw()).collect();
        // Twice is enough to be orthogonal to working precision.
        for _ in 0..2 {
            for b in &basis {
                let dot: f64 = b.iter().zip(&v).map(|(x, y)| x * y).sum();
                v.iter_mut().zip(b).for_each(|(x, y)| *x -= dot * y);
            }
        }
        let norm = v.iter().map(|x| x * x).sum::<f64>().sqrt();
        // A draw that lies in the span of the others is drawn again.
        if norm > 1e-6 {
            v.iter_mut().for_each(|x| *x /= norm);
            basis.push(v);
        }
    }
    for (i, b) in basis.iter().enumerate() {
        for (j, &v) in b.iter().enumerate() {
            let at = if rows <= columns { i * columns + j } else { j * columns + i };
            out[at] = v as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orthogonal_rows_or_columns() {
        for (rows, columns) in [(3, 12), (12, 3), (5, 5)] {
            let t = Parameter::own("w", &[rows, columns], Init::Orthogonal).initial(Seed::new(1));
            let at = |i: usize, j: usize| f64::from(t.data()[i * columns + j]);
            let n = rows.min(columns);
            for a in 0..n {
                for b in 0..n {
                    let dot: f64 = if rows <= columns {
                        (0..columns).map(|j| at(a, j) * at(b, j)).sum()
                    } else {
                        (0..rows).map(|i| at(i, a) * at(i, b)).sum()
                    };
                    assert!((dot - f64::from(u8::from(a == b))).abs() < 1e-5);
                }
            }
        }
    }
}
