//! Gradients on their way back: one buffer per root, added to in place.

use std::sync::Arc;

use rayon::prelude::*;
use smash_core::{Error, Result};

use crate::kernel::SegmentMut;
use crate::layout::{self, Grain, Run};
use crate::memory::{Buffer, own};
use crate::ops::parallel::each;
use crate::plan::Compiled;
use crate::store::TensorStore;

/// Gradients of a backward pass.
pub(crate) struct Gradients<'a> {
    plan: &'a Compiled,
    batch: usize,
    /// Where gradients of whole parameters go.
    pub store: &'a mut TensorStore,
    buffers: Vec<Option<Arc<Buffer>>>,
}

/// Where the gradient of a value is written; the buffers are taken out while that happens.
pub(crate) struct GradientSink {
    parts: Vec<(Run, Buffer, bool)>,
    /// A value that shows a root twice gets its gradient in one piece first.
    detour: Option<Vec<Run>>,
    samples: usize,
}

impl<'a> Gradients<'a> {
    /// No gradients yet.
    pub(crate) fn new(plan: &'a Compiled, batch: usize, store: &'a mut TensorStore) -> Self {
        Self { plan, batch, store, buffers: vec![None; plan.graph.nodes.len()] }
    }

    /// The gradient of a root, if one arrived.
    pub(crate) fn take(&mut self, root: usize) -> Option<Arc<Buffer>> {
        self.buffers[root].take()
    }

    /// The name of the stored tensor that a root is all of and that learns.
    fn stored(&self, root: usize) -> Option<&'a str> {
        let plan: &'a Compiled = self.plan;
        plan.parameter(root).filter(|p| p.is_whole() && plan.is_weight(root)).map(|p| p.name.as_str())
    }

    /// Opens the gradient of a value for writing. With `partly`, not everything will be written, so what is
    /// new is zero.
    pub(crate) fn open(&mut self, node: usize, partly: bool) -> Result<GradientSink> {
        let plan: &'a Compiled = self.plan;
        self.open_runs(&plan.runs[node], plan.samples(node, self.batch), partly)
    }

    fn open_runs(&mut self, runs: &[Run], samples: usize, partly: bool) -> Result<GradientSink> {
        if layout::repeats(runs) {
            let len = runs.iter().map(|run| run.len).sum();
            let size = samples * len;
            let buffer = if partly { self.store.pool.zeros(size)? } else { self.store.pool.take(size)? };
            let part = (Run::whole(usize::MAX, len), buffer, partly);
            return Ok(GradientSink { parts: vec![part], detour: Some(runs.to_vec()), samples });
        }
        let mut parts = Vec::with_capacity(runs.len());
        for run in runs {
            let fresh_is_zero = partly || !run.is_whole();
            let (mut buffer, there) = match (self.stored(run.root), self.buffers[run.root].take()) {
                (Some(name), _) => self.store.take_gradient(name)?,
                (None, Some(buffer)) => (own(buffer)?, true),
                (None, None) => (self.store.pool.take(samples * run.stride)?, false),
            };
            if fresh_is_zero && !there {
                buffer.fill(0.0);
            }
            parts.push((*run, buffer, there || fresh_is_zero));
        }
        Ok(GradientSink { parts, detour: None, samples })
    }

    /// Puts the buffers of a sink back.
    pub(crate) fn close(&mut self, sink: GradientSink) -> Result<()> {
        for (run, buffer, _) in sink.parts {
            if let Some(runs) = &sink.detour {
                let mut start = 0;
                for target in runs {
                    let from = Run { offset: start, len: target.len, ..run };
                    self.add_run(target, &from, &buffer, sink.samples)?;
                    start += target.len;
                }
            } else if let Some(name) = self.stored(run.root) {
                self.store.get_mut(name)?.gradient = Some(buffer);
            } else {
                self.buffers[run.root] = Some(Arc::new(buffer));
            }
        }
        Ok(())
    }

    fn add_run(&mut self, target: &Run, from: &Run, data: &[f32], samples: usize) -> Result<()> {
        let mut sink = self.open_runs(std::slice::from_ref(target), samples, false)?;
        let grain = Grain::of(&[std::slice::from_ref(target), std::slice::from_ref(from)]);
        let pieces = layout::pieces(std::slice::from_ref(from), &[data], samples, grain);
        sink.add(pieces, grain);
        self.close(sink)
    }

    /// Adds a dense gradient to that of a value; the buffer itself is kept where that is enough.
    pub(crate) fn give(&mut self, node: usize, gradient: Arc<Buffer>) -> Result<()> {
        let plan: &'a Compiled = self.plan;
        let runs = &plan.runs[node];
        if let Some(root) = layout::whole(runs) {
            if let Some(name) = self.stored(root) {
                let stored = self.store.get_mut(name)?;
                if stored.gradient.is_none() {
                    stored.gradient = Some(own(gradient)?);
                    stored.touched = crate::store::Touched::All;
                    return Ok(());
                }
            } else if self.buffers[root].is_none() {
                self.buffers[root] = Some(gradient);
                return Ok(());
            }
        }
        let dense = [Run::whole(usize::MAX, plan.len(node))];
        let mut sink = self.open(node, false)?;
        let grain = if sink.detour.is_some() { Grain::Flat } else { Grain::of(&[runs, &dense]) };
        sink.add(layout::pieces(&dense, &[&gradient], sink.samples, grain), grain);
        self.close(sink)
    }

    /// Adds the gradient of a box of a parameter to the stored tensor's.
    pub(crate) fn store_box(&mut self, node: usize) -> Result<()> {
        let plan: &'a Compiled = self.plan;
        if let (Some(gradient), Some(parameter)) = (self.take(node), plan.parameter(node)) {
            self.store.add_gradient(parameter, &gradient)?;
        }
        Ok(())
    }
}

impl GradientSink {
    /// The sink as the kernels write it.
    pub(crate) fn segments(&mut self, plane: usize) -> Vec<SegmentMut<'_>> {
        self.parts
            .iter_mut()
            .map(|(run, buffer, accumulate)| SegmentMut {
                data: buffer,
                offset: run.offset,
                sample_stride: run.stride,
                channels: run.len / plane,
                accumulate: *accumulate,
            })
            .collect()
    }

    /// The numbers of an unbatched value in one run, and whether to add to them.
    pub(crate) fn row(&mut self) -> Result<(&mut [f32], bool)> {
        match self.parts.as_mut_slice() {
            [(run, buffer, accumulate)] => Ok((&mut buffer[run.offset..][..run.len], *accumulate)),
            _ => Err(Error::backend("a gradient does not lie in one place")),
        }
    }

    /// One slice per sample, of a value in one run.
    pub(crate) fn rows(&mut self) -> Result<Vec<&mut [f32]>> {
        match self.parts.as_mut_slice() {
            [(run, buffer, _)] => {
                let (offset, len) = (run.offset, run.len);
                Ok(buffer.chunks_mut(run.stride).map(|sample| &mut sample[offset..][..len]).collect())
            }
            _ => Err(Error::backend("a gradient does not lie in one place")),
        }
    }

    /// Adds pieces in order.
    fn add(&mut self, from: Vec<&[f32]>, grain: Grain) {
        let numbers = from.iter().map(|piece| piece.len()).sum();
        let mut to: Vec<(&mut [f32], bool)> = Vec::with_capacity(from.len());
        match grain {
            Grain::Flat => {
                for (_, buffer, accumulate) in &mut self.parts {
                    to.extend(
                        layout::pieces_mut(buffer, grain).into_iter().map(|piece| (piece, *accumulate)),
                    );
                }
            }
            Grain::Per(len) => {
                let mut samples: Vec<_> = self
                    .parts
                    .iter_mut()
                    .map(|(run, buffer, add)| (*run, buffer.chunks_mut(run.stride), *add))
                    .collect();
                for _ in 0..self.samples {
                    for (run, samples, accumulate) in &mut samples {
                        let sample = samples.next().unwrap_or_default();
                        let pieces = sample[run.offset..][..run.len].chunks_mut(len);
                        to.extend(pieces.map(|piece| (piece, *accumulate)));
                    }
                }
            }
        }
        each(to.into_par_iter().zip(from), numbers, |((to, accumulate), from)| {
            if accumulate {
                to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
            } else {
                to.copy_from_slice(from);
            }
        });
    }
}
