//! Micro-kernels: the inner loops, generic over the vector type and compiled for every instruction set. They
//! compute what their arguments say, and know nothing of how work is planned.

mod dispatch;
mod rows;
mod segment;
mod sum;
mod tile;
mod transform;

pub(crate) use dispatch::{MicroKernels, micro_kernels};
pub(crate) use rows::{CopyRows, InputTransform, Interleave};
pub(crate) use segment::{Segment, SegmentMut, Sink, Source, Store, sinks, sources};
pub(crate) use sum::{PackGradient, Sum};
pub(crate) use tile::{Lists, Stream, Tile, TileKind};
pub(crate) use transform::{OUTPUT, POINTS, RESULTS, Transform};
