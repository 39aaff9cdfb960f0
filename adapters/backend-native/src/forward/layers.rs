//! Layers with weights, statistics or windows.

use smash_core::Result;
use smash_core::backend::Mode;
use smash_core::graph::PoolKind;

use super::Forward;
use crate::kernel::{Matrix, Product, SegmentMut};
use crate::layout::{self, Grain};
use crate::ops::{batch_norm, pool};
use crate::values::Extra;

impl Forward<'_> {
    pub(super) fn convolution(&mut self, i: usize) -> Result<()> {
        let plan = self.plan;
        let (x, w) = (plan.input(i, 0), plan.input(i, 1));
        let mut y = self.output(i)?;
        if let Some((shape, activation)) = plan.convolution(i, self.values.batch) {
            let input = self.values.segments(&plan.runs[x], plan.plane(x))?;
            let weight = self.values.row(plan, w)?;
            let output = SegmentMut {
                data: &mut y,
                offset: 0,
                sample_stride: plan.len(i),
                channels: shape.c_out,
                accumulate: false,
            };
            self.primitives.forward(&shape, &input, activation, weight, &mut [output]);
        }
        self.put(i, y);
        Ok(())
    }

    pub(super) fn linear(&mut self, i: usize) -> Result<()> {
        let plan = self.plan;
        let mut y = self.output(i)?;
        let x = self.values.rows(plan, plan.input(i, 0))?;
        let w = self.values.row(plan, plan.input(i, 1))?;
        let b = self.values.row(plan, plan.input(i, 2))?;
        y.chunks_mut(b.len()).for_each(|y| y.copy_from_slice(b));
        let (m, n, k) = (y.len() / b.len(), b.len(), x.len);
        let a = Matrix { data: x.data, row_stride: x.stride, column_stride: 1 };
        let b = Matrix { data: w, row_stride: 1, column_stride: k };
        self.primitives.matmul(Product { m, n, k, a, b, c: &mut y, accumulate: true });
        self.put(i, y);
        Ok(())
    }

    pub(super) fn batch_norm(&mut self, i: usize, epsilon: f32, momentum: f32) -> Result<()> {
        let plan = self.plan;
        let vector = |k: usize| self.values.row(plan, plan.input(i, k));
        let (gamma, beta) = (vector(1)?, vector(2)?);
        if self.mode == Mode::Eval {
            let (mean, variance) = (vector(3)?, vector(4)?);
            let factor: Vec<f32> = (gamma.iter().zip(variance))
                .map(|(&g, &v)| (f64::from(g) * batch_norm::inverse(f64::from(v), epsilon)) as f32)
                .collect();
            let summand: Vec<f32> =
                (beta.iter().zip(mean).zip(&factor)).map(|((b, m), f)| b - m * f).collect();
            return self.affine(i, &factor, &summand);
        }
        let x = plan.input(i, 0);
        let mut y = self.output(i)?;
        let count = (y.len() / gamma.len()) as f64;
        let to = layout::pieces_mut(&mut y, Grain::Per(plan.plane(i)));
        let moments = batch_norm::forward(self.planes(x)?, to, gamma, beta, epsilon);
        let keep = if self.mode == Mode::Train { 1.0 - f64::from(momentum) } else { 0.0 };
        let unbiased = count / (count - 1.0).max(1.0);
        // Training: a batch that is not finite is about to be skipped, and must not stay in the average
        // forever. Setting: not 0 · old, or an old NaN would survive.
        let blend = |old: f32, new: f64| match keep {
            0.0 => new as f32,
            _ if !new.is_finite() => old,
            _ => (keep * f64::from(old) + (1.0 - keep) * new) as f32,
        };
        if let Some(mean) = plan.parameter(plan.input(i, 3)) {
            self.store.change(mean, |old, c| blend(old, moments[c].mean))?;
        }
        if let Some(variance) = plan.parameter(plan.input(i, 4)) {
            self.store.change(variance, |old, c| blend(old, moments[c].variance * unbiased))?;
        }
        if self.mode == Mode::Train {
            self.values.extras[i] = Extra::Statistics {
                mean: moments.iter().map(|m| m.mean as f32).collect(),
                inverse: moments.iter().map(|m| batch_norm::inverse(m.variance, epsilon) as f32).collect(),
            };
        }
        self.put(i, y);
        Ok(())
    }

    pub(super) fn pooling(&mut self, i: usize, kind: PoolKind) -> Result<()> {
        let plan = self.plan;
        let x = plan.input(i, 0);
        let Some(window) = plan.window(i) else {
            return Ok(());
        };
        let mut y = self.output(i)?;
        let (numbers, grain) = (self.samples(x) * plan.len(x), Grain::Per(plan.plane(i)));
        match kind {
            PoolKind::Average => {
                pool::average(&window, self.planes(x)?, layout::pieces_mut(&mut y, grain), numbers)
            }
            PoolKind::Max => {
                let mut positions = vec![0; y.len()];
                let parts = positions.chunks_mut(plan.plane(i)).collect();
                pool::maximum(&window, self.planes(x)?, layout::pieces_mut(&mut y, grain), parts, numbers);
                self.values.extras[i] = Extra::Positions(positions);
            }
        }
        self.put(i, y);
        Ok(())
    }
}
