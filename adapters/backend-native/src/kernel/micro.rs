pub(crate) mod dispatch;
pub(crate) mod rows;
pub(crate) mod segment;
pub(crate) mod sum;
pub(crate) mod tile;
pub(crate) mod transform;
