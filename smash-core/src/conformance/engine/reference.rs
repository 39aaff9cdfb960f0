//! The reference: a slow executor in f64, simple enough to be trusted.

use std::collections::BTreeMap;

use crate::backend::Mode;
use crate::graph::{Graph, Node, Op, PoolKind, Shape};
use crate::tensor::Tensor;

/// Tensors by name: shape and values.
pub type Named = BTreeMap<String, (Vec<usize>, Vec<f64>)>;

/// The result of a run.
#[derive(Clone, Debug)]
pub struct Run {
    /// Value of every node.
    pub values: Vec<Vec<f64>>,
    /// Stored tensors after the run, with updated running statistics.
    pub stored: Named,
}

/// Host tensors in f64.
pub fn widen(list: &[(String, Tensor)]) -> Named {
    let wide = |t: &Tensor| t.data().iter().map(|&v| f64::from(v)).collect();
    list.iter().map(|(name, t)| (name.clone(), (t.shape().to_vec(), wide(t)))).collect()
}

fn hard_sigmoid(v: f64) -> f64 {
    (v + 3.0).clamp(0.0, 6.0) / 6.0
}

fn total(dims: &[usize]) -> usize {
    dims.iter().product()
}

/// All indices of a tensor with these extents, in row-major order.
fn indices(dims: &[usize]) -> Vec<Vec<usize>> {
    dims.iter().fold(vec![vec![]], |all, &d| {
        all.into_iter().flat_map(|i: Vec<usize>| (0..d).map(move |k| [&i[..], &[k]].concat())).collect()
    })
}

fn at(dims: &[usize], index: &[usize]) -> usize {
    dims.iter().zip(index).fold(0, |at, (d, i)| at * d + i)
}

/// Runs a graph on matching inputs; `stored` holds all its parameters.
///
/// # Panics
/// When an input or a parameter is missing or has another shape.
pub fn run(graph: &Graph, mode: Mode, batch: usize, inputs: &Named, stored: &Named) -> Run {
    let mut stored = stored.clone();
    let mut values: Vec<Vec<f64>> = Vec::new();
    for node in &graph.nodes {
        values.push(node_value(graph, mode, batch, inputs, &mut stored, &values, node));
    }
    Run { values, stored }
}

fn node_value(
    graph: &Graph,
    mode: Mode,
    batch: usize,
    inputs: &Named,
    stored: &mut Named,
    values: &[Vec<f64>],
    node: &Node,
) -> Vec<f64> {
    let value = |k: usize| &values[node.inputs[k].index()];
    let shape = |k: usize| graph.shape(node.inputs[k]);
    let samples = |s: &Shape| if s.batched { batch } else { 1 };
    // Maps f over the samples of value k; f gets one sample.
    let each = |k: usize, f: &dyn Fn(&[f64]) -> Vec<f64>| -> Vec<f64> {
        value(k).chunks(shape(k).len()).flat_map(f).collect()
    };
    let map = |f: &dyn Fn(f64) -> f64| value(0).iter().map(|&v| f(v)).collect::<Vec<f64>>();
    let dims = node.inputs.first().map(|id| graph.shape(*id).dims.clone()).unwrap_or_default();
    match &node.op {
        Op::Input { name } => inputs[name].1.clone(),
        Op::Parameter { index } => {
            let p = &graph.parameters[*index];
            let start: Vec<usize> = p.slice.iter().map(|r| r.start).collect();
            indices(&p.dims())
                .iter()
                .map(|i| {
                    let index: Vec<usize> = i.iter().zip(&start).map(|(a, b)| a + b).collect();
                    stored[&p.name].1[at(&p.stored, &index)]
                })
                .collect()
        }
        Op::Conv { stride, padding, dilation, groups } => {
            let w = &shape(1).dims;
            let (wv, out) = (value(1), &node.shape.dims);
            each(0, &|x| {
                let mut y = Vec::new();
                for o in indices(out) {
                    let group = o[0] / (w[0] / groups);
                    let mut sum = 0.0;
                    for c in 0..w[1] {
                        for k in indices(&w[2..]) {
                            let mut index = vec![group * w[1] + c];
                            for a in 0..k.len() {
                                index.push(
                                    (o[a + 1] * stride[a] + k[a] * dilation[a]).wrapping_sub(padding[a]),
                                );
                            }
                            if index.iter().zip(&dims).all(|(i, d)| i < d) {
                                sum += x[at(&dims, &index)] * wv[at(w, &[&[o[0], c], &k[..]].concat())];
                            }
                        }
                    }
                    y.push(sum);
                }
                y
            })
        }
        Op::Linear => each(0, &|x| {
            value(1)
                .chunks(x.len())
                .zip(value(2))
                .map(|(w, b)| w.iter().zip(x).map(|(w, x)| w * x).sum::<f64>() + b)
                .collect()
        }),
        Op::BatchNorm { epsilon, momentum } => {
            let channels = dims[0];
            let plane = total(&dims[1..]);
            let mut y = value(0).clone();
            for c in 0..channels {
                let of = |v: &[f64]| -> Vec<f64> {
                    v.chunks(plane)
                        .enumerate()
                        .filter(|(i, _)| i % channels == c)
                        .flat_map(|(_, p)| p.to_vec())
                        .collect()
                };
                let x = of(value(0));
                let n = x.len() as f64;
                let (mut mean, mut variance) = (value(3)[c], value(4)[c]);
                if mode != Mode::Eval {
                    mean = x.iter().sum::<f64>() / n;
                    variance = x.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
                    let keep = if mode == Mode::Train { 1.0 - f64::from(*momentum) } else { 0.0 };
                    for (k, new) in [(3, mean), (4, variance * n / (n - 1.0).max(1.0))] {
                        let Op::Parameter { index } = graph.node(node.inputs[k]).op else { continue };
                        let p = &graph.parameters[index];
                        if let Some((_, values)) = stored.get_mut(&p.name) {
                            let old = &mut values[p.slice[0].start + c];
                            *old = keep * *old + (1.0 - keep) * new;
                        }
                    }
                }
                for (i, v) in y.iter_mut().enumerate().filter(|(i, _)| i / plane % channels == c) {
                    *v = (value(0)[i] - mean) / (variance + f64::from(*epsilon)).sqrt() * value(1)[c]
                        + value(2)[c];
                }
            }
            y
        }
        Op::LeakyRelu { slope } => map(&|v| if v > 0.0 { v } else { v * f64::from(*slope) }),
        Op::Tanh => map(&f64::tanh),
        Op::Sigmoid => map(&|v| 1.0 / (1.0 + (-v).exp())),
        Op::Clamp { low, high } => map(&|v| v.max(f64::from(*low)).min(f64::from(*high))),
        Op::HardSigmoid => map(&hard_sigmoid),
        Op::HardSwish => map(&|v| v * hard_sigmoid(v)),
        Op::Scale { factor } => map(&|v| v * f64::from(*factor)),
        Op::Add => value(0).iter().zip(value(1)).map(|(a, b)| a + b).collect(),
        Op::Mul => value(0).iter().zip(value(1)).map(|(a, b)| a * b).collect(),
        Op::Bias | Op::Gain => {
            let plane = total(&dims[1..]);
            let vector = value(1);
            let bias = node.op == Op::Bias;
            // The vector of one example, or those of all.
            let pick = |i: usize| vector[i / plane % vector.len()];
            value(0).iter().enumerate().map(|(i, v)| if bias { v + pick(i) } else { v * pick(i) }).collect()
        }
        Op::Concat => (0..samples(&node.shape))
            .flat_map(|n| {
                (0..node.inputs.len()).flat_map(move |k| {
                    let len = shape(k).len();
                    value(k)[n * len..(n + 1) * len].to_vec()
                })
            })
            .collect(),
        Op::Slice { ranges } => each(0, &|x| {
            let inside = |i: &Vec<usize>| i.iter().zip(ranges).all(|(i, r)| r.contains(i));
            indices(&dims).iter().filter(|i| inside(i)).map(|i| x[at(&dims, i)]).collect()
        }),
        Op::Reshape { .. } => value(0).clone(),
        Op::Permute { axes } => each(0, &|x| {
            indices(&node.shape.dims)
                .iter()
                .map(|i| {
                    let mut from = vec![0; i.len()];
                    axes.iter().zip(i).for_each(|(&a, &i)| from[a] = i);
                    x[at(&dims, &from)]
                })
                .collect()
        }),
        Op::Normalize => {
            let norm = value(0).iter().map(|v| v * v).sum::<f64>().sqrt();
            map(&|v| v / norm)
        }
        Op::Pool { kind, window, stride, padding } => each(0, &|x| {
            indices(&node.shape.dims)
                .iter()
                .map(|o| {
                    let seen: Vec<f64> = indices(window)
                        .iter()
                        .filter_map(|k| {
                            let before = |a: usize| padding.get(a).copied().unwrap_or(0);
                            let inner =
                                (0..k.len()).map(|a| (o[a + 1] * stride[a] + k[a]).wrapping_sub(before(a)));
                            let index: Vec<usize> = std::iter::once(o[0]).chain(inner).collect();
                            let inside = index.iter().zip(&dims).all(|(i, d)| i < d);
                            inside.then(|| x[at(&dims, &index)])
                        })
                        .collect();
                    match kind {
                        PoolKind::Average => seen.iter().sum::<f64>() / seen.len() as f64,
                        PoolKind::Max => seen.into_iter().fold(f64::NEG_INFINITY, f64::max),
                    }
                })
                .collect()
        }),
        Op::GlobalAveragePool => {
            let plane = total(&dims[1..]);
            value(0).chunks(plane).map(|p| p.iter().sum::<f64>() / plane as f64).collect()
        }
        Op::LogSoftmax => each(0, &|x| {
            let log = x.iter().map(|v| v.exp()).sum::<f64>().ln();
            x.iter().map(|v| v - log).collect()
        }),
        Op::NegativeLogLikelihood => {
            let picked = value(0).chunks(dims[0]).zip(value(1)).map(|(x, &label)| x[label as usize]);
            vec![-picked.sum::<f64>() / batch as f64]
        }
    }
}
