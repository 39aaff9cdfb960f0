//! Host tensors: dense, row-major f32.

use serde::{Deserialize, Serialize};

/// Most values of a tensor: four tebibytes of them. Products of two such numbers fit into 128 bits, sums of
/// as many as a network has parts into 64.
pub(crate) const MOST_VALUES: usize = 1 << 40;

/// A dense row-major f32 tensor in host memory.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tensor {
    shape: Vec<usize>,
    data: Vec<f32>,
}

impl Tensor {
    /// A tensor of `shape` over `data`; `None` when the lengths differ.
    pub fn new(shape: Vec<usize>, data: Vec<f32>) -> Option<Self> {
        let len = shape.iter().fold(1, |len: usize, &extent| len.saturating_mul(extent));
        (len == data.len()).then_some(Self { shape, data })
    }

    /// A tensor filled with one value.
    pub fn full(shape: &[usize], value: f32) -> Self {
        Self { shape: shape.to_vec(), data: vec![value; shape.iter().product()] }
    }

    /// A tensor of zeros.
    pub fn zeros(shape: &[usize]) -> Self {
        Self::full(shape, 0.0)
    }

    /// A scalar (rank 0).
    pub fn scalar(value: f32) -> Self {
        Self { shape: Vec::new(), data: vec![value] }
    }

    /// Extents, outermost first.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The values in row-major order.
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// The values in row-major order, mutable.
    pub fn data_mut(&mut self) -> &mut [f32] {
        &mut self.data
    }

    /// Takes the values out of the tensor.
    pub fn into_data(self) -> Vec<f32> {
        self.data
    }

    /// Adds the values of a tensor of the same shape in place.
    pub fn add(&mut self, other: &Self) {
        self.data.iter_mut().zip(&other.data).for_each(|(sum, value)| *sum += value);
    }

    /// True if every value is finite.
    pub fn is_finite(&self) -> bool {
        self.data.iter().all(|v| v.is_finite())
    }
}
