//! Batch norms folded into the convolution before them.

use smash_core::graph::Op;
use smash_core::tensor::Tensor;

use super::{Constant, Layer, Program};

impl Program {
    /// Folds each batch norm into the convolution or linear layer before it, where nothing else reads that:
    /// with s = γ / √(variance + ε) the weights of each output channel are multiplied by its s, and its bias
    /// becomes β + (bias − mean)·s. Computed in f64 and rounded once.
    pub(crate) fn fold(mut self) -> Self {
        let readers = self.readers();
        // Where the result of a layer is found after folding.
        let mut now: Vec<usize> = Vec::with_capacity(self.layers.len());
        let mut layers: Vec<Layer> = Vec::with_capacity(self.layers.len());
        for mut layer in self.layers.drain(..) {
            let before = layer.reads.first().copied();
            layer.reads.iter_mut().for_each(|read| *read = now[*read]);
            let only = before.is_some_and(|before| readers[before].len() == 1);
            if let Op::BatchNorm { epsilon, .. } = layer.op
                && only
                && let Some(target) = layers.get_mut(layer.reads[0])
                && matches!(target.op, Op::Conv { .. } | Op::Linear)
            {
                fold(target, &layer.constants, epsilon);
                now.push(layer.reads[0]);
                continue;
            }
            now.push(layers.len());
            layers.push(layer);
        }
        Self { layers }
    }
}

/// Folds γ, β, mean and variance into a layer with a weight and perhaps a bias.
fn fold(target: &mut Layer, statistics: &[Constant], epsilon: f32) {
    let [gamma, beta, mean, variance] = statistics else { return };
    let at = |constant: &Constant, channel: usize| f64::from(constant.value.data()[channel]);
    let scale = |channel| at(gamma, channel) / (at(variance, channel) + f64::from(epsilon)).sqrt();
    let channels = gamma.value.data().len();
    let (weight, bias) = target.constants.split_at_mut(1);
    let rows = weight[0].value.data_mut();
    let length = rows.len() / channels.max(1);
    for (channel, row) in rows.chunks_exact_mut(length.max(1)).enumerate() {
        row.iter_mut().for_each(|v| *v = (f64::from(*v) * scale(channel)) as f32);
    }
    let old = |channel| bias.first().map_or(0.0, |bias| at(bias, channel));
    let new = |channel| (at(beta, channel) + (old(channel) - at(mean, channel)) * scale(channel)) as f32;
    let mut value = Tensor::zeros(&[channels]);
    value.data_mut().iter_mut().enumerate().for_each(|(channel, v)| *v = new(channel));
    let name = bias.first().map_or(&beta.name, |bias| &bias.name).clone();
    target.constants.truncate(1);
    target.constants.push(Constant { name, value });
}
