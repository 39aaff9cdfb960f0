//! The values of a run.

use std::sync::Arc;

use smash_core::{Error, Result};

use crate::kernel::Segment;
use crate::layout::{self, Grain, Rows, Run};
use crate::memory::Buffer;
use crate::plan::Compiled;

/// What backward needs of an op besides values.
#[derive(Clone, Debug, Default)]
pub(crate) enum Extra {
    /// Nothing.
    #[default]
    Nothing,
    /// Per channel: mean and reciprocal deviation of the batch.
    Statistics {
        /// Means.
        mean: Vec<f32>,
        /// Reciprocal deviations.
        inverse: Vec<f32>,
    },
    /// Which position of its plane each maximum came from.
    Positions(Vec<u32>),
    /// A Euclidean norm.
    Norm(f64),
}

/// The values of a run of a plan.
#[derive(Debug)]
pub(crate) struct Values {
    /// Samples of batched values.
    pub batch: usize,
    /// Buffers of the roots that are there.
    pub buffers: Vec<Option<Arc<Buffer>>>,
    /// Extras by node.
    pub extras: Vec<Extra>,
}

impl Values {
    /// No values yet.
    pub(crate) fn new(nodes: usize, batch: usize) -> Self {
        let extras = std::iter::repeat_with(Extra::default).take(nodes).collect();
        Self { batch, buffers: vec![None; nodes], extras }
    }

    /// The buffer of a root.
    pub(crate) fn buffer(&self, root: usize) -> Result<&Arc<Buffer>> {
        self.buffers[root]
            .as_ref()
            .ok_or_else(|| Error::backend(format!("node {root} has no value in this run")))
    }

    fn data(&self, runs: &[Run]) -> Result<Vec<&[f32]>> {
        runs.iter().map(|run| Ok(self.buffer(run.root)?.as_ref() as &[f32])).collect()
    }

    /// A value in pieces.
    pub(crate) fn pieces(&self, runs: &[Run], samples: usize, grain: Grain) -> Result<Vec<&[f32]>> {
        Ok(layout::pieces(runs, &self.data(runs)?, samples, grain))
    }

    /// A value sample by sample; the plan made sure that each lies in one run.
    pub(crate) fn rows(&self, plan: &Compiled, node: usize) -> Result<Rows<'_>> {
        match plan.runs[node].as_slice() {
            [run] => {
                Ok(Rows { data: &self.buffer(run.root)?[run.offset..], stride: run.stride, len: run.len })
            }
            _ => Err(Error::backend(format!("node {node} does not lie in one place"))),
        }
    }

    /// All numbers of a value without a batch.
    pub(crate) fn row(&self, plan: &Compiled, node: usize) -> Result<&[f32]> {
        Ok(self.rows(plan, node)?.row(0))
    }

    /// All numbers of all samples of a value, sample by sample.
    pub(crate) fn dense(&self, plan: &Compiled, node: usize) -> Result<Vec<f32>> {
        let rows = self.rows(plan, node)?;
        Ok((0..plan.samples(node, self.batch)).flat_map(|sample| rows.row(sample)).copied().collect())
    }

    /// A value as the kernels read it, with planes of that many numbers.
    pub(crate) fn segments(&self, runs: &[Run], plane: usize) -> Result<Vec<Segment<'_>>> {
        runs.iter()
            .map(|run| {
                Ok(Segment {
                    data: self.buffer(run.root)?,
                    offset: run.offset,
                    sample_stride: run.stride,
                    channels: run.len / plane,
                })
            })
            .collect()
    }

    /// Writes a value into a dense buffer.
    pub(crate) fn gather(&self, runs: &[Run], samples: usize, to: &mut [f32]) -> Result<()> {
        let data = self.data(runs)?;
        let mut at = 0;
        for sample in 0..samples {
            for (run, data) in runs.iter().zip(&data) {
                to[at..at + run.len].copy_from_slice(&data[sample * run.stride + run.offset..][..run.len]);
                at += run.len;
            }
        }
        Ok(())
    }
}
