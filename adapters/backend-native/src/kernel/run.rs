pub(crate) mod correlate;
pub(crate) mod fill;
pub(crate) mod matmul;
pub(crate) mod parallel;
pub(crate) mod planes;
pub(crate) mod scratch;
pub(crate) mod weight_units;
pub(crate) mod weights;
