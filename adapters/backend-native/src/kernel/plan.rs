pub(crate) mod blocks;
pub(crate) mod copies;
pub(crate) mod geometry;
pub(crate) mod lanes;
pub(crate) mod layout;
pub(crate) mod prepared;
pub(crate) mod shape;
pub(crate) mod winograd;
