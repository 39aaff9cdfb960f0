//! Convolutions as the definition says, in f64.

use super::super::{Activation, ConvShape};

/// Calls `visit(output index, input index, weight index)` for every product that the convolution sums.
fn products(shape: &ConvShape, mut visit: impl FnMut(usize, usize, usize)) {
    let output = shape.output();
    let [id, ih, iw] = shape.input;
    let [od, oh, ow] = output;
    let [kd, kh, kw] = shape.kernel;
    let (ci, co) = (shape.c_in / shape.groups, shape.c_out / shape.groups);
    let place = |a: usize, o: usize, k: usize| {
        (o * shape.stride[a] + k * shape.dilation[a])
            .checked_sub(shape.padding[a])
            .filter(|&i| i < shape.input[a])
    };
    for n in 0..shape.batch {
        for c in 0..shape.c_out {
            let group = c / co;
            for o in 0..od * oh * ow {
                let at = [o / (oh * ow), o / ow % oh, o % ow];
                for k in 0..kd * kh * kw {
                    let tap = [k / (kh * kw), k / kw % kh, k % kw];
                    let (Some(d), Some(h), Some(w)) =
                        (place(0, at[0], tap[0]), place(1, at[1], tap[1]), place(2, at[2], tap[2]))
                    else {
                        continue;
                    };
                    for r in 0..ci {
                        let channel = n * shape.c_in + group * ci + r;
                        visit(
                            (n * shape.c_out + c) * od * oh * ow + o,
                            (channel * id + d) * ih * iw + h * iw + w,
                            (c * ci + r) * kd * kh * kw + k,
                        );
                    }
                }
            }
        }
    }
}

pub(super) fn forward(shape: &ConvShape, input: &[f32], activation: Activation, weight: &[f32]) -> Vec<f64> {
    let plane: usize = shape.output().iter().product();
    let mut output = vec![0.0; shape.batch * shape.c_out * plane];
    products(shape, |o, i, w| {
        output[o] += f64::from(activation.apply(input[i])) * f64::from(weight[w]);
    });
    output
}

pub(super) fn input_gradient(
    shape: &ConvShape,
    gradient: &[f32],
    weight: &[f32],
    activation: Activation,
    pre: &[f32],
) -> Vec<f64> {
    let mut result = vec![0.0; pre.len()];
    products(shape, |o, i, w| {
        result[i] += f64::from(gradient[o]) * f64::from(weight[w]);
    });
    if let Activation::Leaky(slope) = activation {
        for (result, &pre) in result.iter_mut().zip(pre) {
            *result *= if pre > 0.0 { 1.0 } else { f64::from(slope) };
        }
    }
    result
}

pub(super) fn weight_gradient(
    shape: &ConvShape,
    input: &[f32],
    activation: Activation,
    gradient: &[f32],
) -> Vec<f64> {
    let mut result = vec![0.0; shape.weight_len()];
    products(shape, |o, i, w| {
        result[w] += f64::from(activation.apply(input[i])) * f64::from(gradient[o]);
    });
    result
}
