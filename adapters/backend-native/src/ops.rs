//! The mathematics of everything that is not a convolution, over pieces of values.

pub(crate) mod batch_norm;
pub(crate) mod elementwise;
pub(crate) mod parallel;
pub(crate) mod pool;
pub(crate) mod shape;
pub(crate) mod softmax;
pub(crate) mod sum;
