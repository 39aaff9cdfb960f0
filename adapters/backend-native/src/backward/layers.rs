//! Layers with weights or windows.

use std::sync::Arc;

use smash_core::Result;
use smash_core::graph::PoolKind;

use super::Backward;
use crate::kernel::{Activation, Matrix, Product, Segment};
use crate::layout::{self, Grain};
use crate::ops::{elementwise, pool};
use crate::values::Extra;

impl Backward<'_> {
    pub(super) fn convolution(&mut self, i: usize, gradient: &[f32]) -> Result<()> {
        let plan = self.plan;
        let Some((shape, activation)) = plan.convolution(i, self.values.batch) else {
            return Ok(());
        };
        let (x, w) = (plan.input(i, 0), plan.input(i, 1));
        let plane = plan.plane(x);
        let output =
            [Segment { data: gradient, offset: 0, sample_stride: plan.len(i), channels: shape.c_out }];
        if self.wants(i, 1) {
            let mut sink = self.gradients.open(w, false)?;
            let input = self.values.segments(&plan.runs[x], plane)?;
            let (to, accumulate) = sink.row()?;
            self.primitives.weight_gradient(&shape, &input, activation, &output, to, accumulate);
            self.gradients.close(sink)?;
        }
        if self.wants(i, 0) {
            let mut sink = self.gradients.open(x, false)?;
            let pre = match activation {
                Activation::None => Vec::new(),
                Activation::Leaky(_) => self.values.segments(&plan.runs[x], plane)?,
            };
            let weight = self.values.row(plan, w)?;
            self.primitives.input_gradient(
                &shape,
                &output,
                weight,
                activation,
                &pre,
                &mut sink.segments(plane),
            );
            self.gradients.close(sink)?;
        }
        Ok(())
    }

    pub(super) fn linear(&mut self, i: usize, gradient: &[f32]) -> Result<()> {
        let plan = self.plan;
        let (x, w) = (plan.input(i, 0), plan.input(i, 1));
        let (n, k) = (plan.len(i), plan.len(x));
        let m = self.samples(i);
        if self.wants(i, 1) {
            let mut sink = self.gradients.open(w, false)?;
            let rows = self.values.rows(plan, x)?;
            let (to, accumulate) = sink.row()?;
            let a = Matrix { data: gradient, row_stride: 1, column_stride: n };
            let b = Matrix { data: rows.data, row_stride: rows.stride, column_stride: 1 };
            self.primitives.matmul(Product { m: n, n: k, k: m, a, b, c: to, accumulate });
            self.gradients.close(sink)?;
        }
        if self.wants(i, 2) {
            let sums = elementwise::channel_sums(gradient.chunks(1).collect(), None, n);
            self.give_vector(i, 2, &sums)?;
        }
        if self.wants(i, 0) {
            let mut dx = self.take(m * k)?;
            let weight = self.values.row(plan, w)?;
            let a = Matrix { data: gradient, row_stride: n, column_stride: 1 };
            let b = Matrix { data: weight, row_stride: k, column_stride: 1 };
            self.primitives.matmul(Product { m, n: k, k: n, a, b, c: &mut dx, accumulate: false });
            self.give(i, 0, Arc::new(dx))?;
        }
        Ok(())
    }

    pub(super) fn pooling(&mut self, i: usize, kind: PoolKind, gradient: &[f32]) -> Result<()> {
        let plan = self.plan;
        let x = plan.input(i, 0);
        let Some(window) = plan.window(i) else {
            return Ok(());
        };
        let mut dx = self.take(self.samples(x) * plan.len(x))?;
        let numbers = dx.len();
        let to = layout::pieces_mut(&mut dx, Grain::Per(plan.plane(x)));
        let gradient = gradient.chunks(plan.plane(i)).collect();
        match (kind, &self.values.extras[i]) {
            (PoolKind::Average, _) => pool::average_backward(&window, gradient, to, numbers),
            (PoolKind::Max, Extra::Positions(positions)) => {
                pool::maximum_backward(gradient, positions.chunks(plan.plane(i)).collect(), to, numbers);
            }
            _ => return Ok(()),
        }
        self.give(i, 0, Arc::new(dx))
    }
}
