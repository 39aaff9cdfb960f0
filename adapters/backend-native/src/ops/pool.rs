//! Pooling over windows, plane by plane.

use std::ops::Range;

use rayon::prelude::*;

use super::parallel::each;
use super::sum::sum;

/// Extents of a pooling, as three axes (leading extents of 1).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub input: [usize; 3],
    pub window: [usize; 3],
    pub stride: [usize; 3],
    pub padding: [usize; 3],
    pub output: [usize; 3],
}

impl Window {
    /// Calls `f(first output, start)` for each row of outputs and each row that their windows take of the
    /// input, which starts there. For windows without padding.
    fn lines(&self, mut f: impl FnMut(usize, usize)) {
        let ([_, h, w], s, [kd, kh, _]) = (self.input, self.stride, self.window);
        for d in 0..self.output[0] {
            for y in 0..self.output[1] {
                for i in 0..kd {
                    for j in 0..kh {
                        let out = (d * self.output[1] + y) * self.output[2];
                        f(out, ((d * s[0] + i) * h + y * s[1] + j) * w);
                    }
                }
            }
        }
    }

    fn is_padded(&self) -> bool {
        self.padding != [0; 3]
    }

    /// Whether windows are two wide and lie side by side, which every transition of a network does.
    fn halves(&self) -> bool {
        self.window[2] == 2 && self.stride[2] == 2 && !self.is_padded()
    }

    /// What the window of an output covers of the input, along an axis. As the padding is at most half the
    /// window, that is never nothing.
    fn covered(&self, axis: usize, output: usize) -> Range<usize> {
        let start = output * self.stride[axis];
        let end = (start + self.window[axis] - self.padding[axis]).min(self.input[axis]);
        start.saturating_sub(self.padding[axis])..end
    }

    /// Calls `f(output position, start, length)` for each row of each window. Each window gets its rows in
    /// order, whatever happens between them.
    fn rows(&self, mut f: impl FnMut(usize, usize, usize)) {
        if !self.is_padded() {
            // One length for all windows, in a row of them at a time: half as fast again as below.
            let (width, stride) = (self.window[2], self.stride[2]);
            return self.lines(|first, row| {
                for x in 0..self.output[2] {
                    f(first + x, row + x * stride, width);
                }
            });
        }
        let [_, h, w] = self.input;
        let all_columns: Vec<Range<usize>> = (0..self.output[2]).map(|x| self.covered(2, x)).collect();
        let mut out = 0;
        for d in 0..self.output[0] {
            let planes = self.covered(0, d);
            for y in 0..self.output[1] {
                let lines = self.covered(1, y);
                for columns in &all_columns {
                    for i in planes.clone() {
                        for j in lines.clone() {
                            f(out, (i * h + j) * w + columns.start, columns.len());
                        }
                    }
                    out += 1;
                }
            }
        }
    }

    /// Where windows are whole, the weight of a value in the mean of each.
    fn share(&self) -> Option<f32> {
        (!self.is_padded()).then(|| 1.0 / self.window.iter().product::<usize>() as f32)
    }

    /// The same for each output, as padding is not counted.
    fn shares(&self) -> Vec<f32> {
        let mut covered = vec![0; self.output.iter().product()];
        self.rows(|out, _, len| covered[out] += len);
        covered.into_iter().map(|count: usize| 1.0 / count as f32).collect()
    }
}

/// Mean of each window.
pub(crate) fn average(window: &Window, x: Vec<&[f32]>, y: Vec<&mut [f32]>, numbers: usize) {
    if let Some(share) = window.share() {
        return average_by(window, x, y, numbers, |_| share);
    }
    let shares = window.shares();
    average_by(window, x, y, numbers, |out| shares[out]);
}

fn average_by(
    window: &Window,
    x: Vec<&[f32]>,
    y: Vec<&mut [f32]>,
    numbers: usize,
    share: impl Fn(usize) -> f32 + Sync,
) {
    each(y.into_par_iter().zip(x), numbers, |(y, x)| {
        y.fill(0.0);
        if window.halves() {
            window.lines(|out, start| {
                let pairs = x[start..].as_chunks::<2>().0;
                y[out..out + window.output[2]].iter_mut().zip(pairs).for_each(|(y, [a, b])| *y += a + b);
            });
        } else {
            window.rows(|out, start, len| y[out] += x[start..start + len].iter().sum::<f32>());
        }
        y.iter_mut().enumerate().for_each(|(out, y)| *y *= share(out));
    });
}

/// Spreads gradients over the windows.
pub(crate) fn average_backward(window: &Window, gradient: Vec<&[f32]>, dx: Vec<&mut [f32]>, numbers: usize) {
    if let Some(share) = window.share() {
        return average_backward_by(window, gradient, dx, numbers, |_| share);
    }
    let shares = window.shares();
    average_backward_by(window, gradient, dx, numbers, |out| shares[out]);
}

fn average_backward_by(
    window: &Window,
    gradient: Vec<&[f32]>,
    dx: Vec<&mut [f32]>,
    numbers: usize,
    share: impl Fn(usize) -> f32 + Sync,
) {
    each(dx.into_par_iter().zip(gradient), numbers, |(dx, g)| {
        dx.fill(0.0);
        if window.halves() {
            window.lines(|out, start| {
                let pairs = dx[start..].as_chunks_mut::<2>().0;
                let row = (out..).zip(&g[out..out + window.output[2]]);
                pairs
                    .iter_mut()
                    .zip(row)
                    .for_each(|(pair, (out, g))| *pair = pair.map(|dx| dx + g * share(out)));
            });
        } else {
            window.rows(|out, start, len| {
                let spread = g[out] * share(out);
                dx[start..start + len].iter_mut().for_each(|dx| *dx += spread);
            });
        }
    });
}

/// Maximum of each window, and where it is: the first of equals; a NaN wins.
pub(crate) fn maximum(
    window: &Window,
    x: Vec<&[f32]>,
    y: Vec<&mut [f32]>,
    positions: Vec<&mut [u32]>,
    numbers: usize,
) {
    each(y.into_par_iter().zip(x).zip(positions), numbers, |((y, x), positions)| {
        positions.fill(u32::MAX);
        window.rows(|out, start, len| {
            for (at, &v) in (start..).zip(&x[start..start + len]) {
                if positions[out] == u32::MAX || v > y[out] || (v.is_nan() && !y[out].is_nan()) {
                    (y[out], positions[out]) = (v, at as u32);
                }
            }
        });
    });
}

/// Hands gradients to where the maxima came from.
pub(crate) fn maximum_backward(
    gradient: Vec<&[f32]>,
    positions: Vec<&[u32]>,
    dx: Vec<&mut [f32]>,
    numbers: usize,
) {
    each(dx.into_par_iter().zip(gradient).zip(positions), numbers, |((dx, g), positions)| {
        dx.fill(0.0);
        g.iter().zip(positions).for_each(|(g, &at)| dx[at as usize] += g);
    });
}

/// Mean of each plane.
pub(crate) fn global(x: Vec<&[f32]>, y: &mut [f32], numbers: usize) {
    each(y.par_iter_mut().zip(x), numbers, |(y, x)| *y = (sum(x, |v| v) / x.len() as f64) as f32);
}

/// Spreads gradients over the planes.
pub(crate) fn global_backward(gradient: &[f32], dx: Vec<&mut [f32]>, numbers: usize) {
    each(dx.into_par_iter().zip(gradient), numbers, |(dx, &g)| {
        let share = g / dx.len() as f32;
        dx.fill(share);
    });
}
