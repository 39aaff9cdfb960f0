//! One optimiser step over groups of parameters.

use std::collections::BTreeSet;

use rayon::prelude::*;
use smash_core::backend::{Optimizer, StepGroup, StepReport};
use smash_core::{Error, Result};

use crate::memory::{Buffer, Pool, make_mut};
use crate::store::{Stored, TensorStore, Touched};

/// Names of the optimiser state.
pub(crate) const MOMENTS: [&str; 3] = ["m", "v", "momentum"];

/// Elements per task; sums are taken per task, in order.
const CHUNK: usize = 1 << 14;

/// Steps every parameter of the groups that has a gradient, then drops all gradients.
pub(crate) fn step(store: &mut TensorStore, groups: &[StepGroup], clip: Option<f64>) -> Result<StepReport> {
    let mut seen = BTreeSet::new();
    let mut squares = 0.0;
    for name in groups.iter().flat_map(|group| &group.parameters) {
        if !seen.insert(name) {
            return Err(Error::backend(format!("parameter {name:?} is in the groups of a step twice")));
        }
        if let Some(gradient) = &store.get(name)?.gradient {
            squares += sum_of_squares(gradient);
        }
    }
    let gradient_norm = squares.sqrt();
    let applied = gradient_norm.is_finite();
    if applied {
        // Without a match on the option: the compiler compares with its number before it asks whether there
        // is one, which memory checkers report.
        let most = clip.unwrap_or(f64::INFINITY);
        let scale = if gradient_norm > most { (most / gradient_norm) as f32 } else { 1.0 };
        let pool = store.pool.clone();
        for group in groups {
            for name in &group.parameters {
                apply(&pool, store.get_mut(name)?, &group.optimizer, scale)?;
            }
        }
    }
    store.clear_gradients();
    Ok(StepReport { gradient_norm, applied })
}

fn sum_of_squares(values: &[f32]) -> f64 {
    let square = |&v: &f32| f64::from(v) * f64::from(v);
    let parts: Vec<f64> = values
        .par_chunks(CHUNK)
        .map(|chunk| {
            let mut lanes = [0.0; 8];
            let (body, rest) = chunk.as_chunks::<8>();
            body.iter().for_each(|row| lanes.iter_mut().zip(row).for_each(|(sum, v)| *sum += square(v)));
            lanes.iter().sum::<f64>() + rest.iter().map(square).sum::<f64>()
        })
        .collect();
    parts.iter().sum()
}

fn apply(pool: &Pool, stored: &mut Stored, optimizer: &Optimizer, scale: f32) -> Result<()> {
    let Some(gradient) = stored.gradient.take() else {
        return Ok(());
    };
    stored.count += 1;
    let count = stored.count as f64;
    let mut moment = |name: &'static str| -> Result<Buffer> {
        stored.moments.remove(name).map_or_else(|| pool.zeros(gradient.len()), Ok)
    };
    match *optimizer {
        Optimizer::Sgd { lr, momentum, nesterov, weight_decay } => {
            let (lr, factor, decay) = (lr as f32, momentum as f32, weight_decay as f32);
            let values = make_mut(&mut stored.value)?;
            if momentum == 0.0 {
                let chunks = values.par_chunks_mut(CHUNK).zip(gradient.par_chunks(CHUNK));
                chunks.for_each(|(p, g)| {
                    p.iter_mut().zip(g).for_each(|(p, g)| *p -= lr * (g * scale + decay * *p));
                });
                return Ok(());
            }
            let mut velocity = moment("momentum")?;
            let chunks = values.par_chunks_mut(CHUNK).zip(velocity.par_chunks_mut(CHUNK));
            chunks.zip(gradient.par_chunks(CHUNK)).for_each(|((p, v), g)| {
                for ((p, v), g) in p.iter_mut().zip(v).zip(g) {
                    let g = g * scale + decay * *p;
                    *v = factor * *v + g;
                    *p -= lr * if nesterov { g + factor * *v } else { *v };
                }
            });
            stored.moments.insert("momentum", velocity);
        }
        Optimizer::Adam { lr, beta1, beta2, epsilon, weight_decay, decoupled } => {
            let adam = Adam {
                rate: (lr / (1.0 - libm::pow(beta1, count))) as f32,
                beta1: beta1 as f32,
                rest1: (1.0 - beta1) as f32,
                beta2: beta2 as f32,
                rest2: (1.0 - beta2) as f32,
                correction2: (1.0 / (1.0 - libm::pow(beta2, count))) as f32,
                epsilon: epsilon as f32,
                coupled: if decoupled { 0.0 } else { weight_decay as f32 },
                shrink: if decoupled { (1.0 - lr * weight_decay) as f32 } else { 1.0 },
                scale,
            };
            let (mut m, mut v) = (moment("m")?, moment("v")?);
            let mask = match &stored.touched {
                Touched::Some(mask) if decoupled && weight_decay != 0.0 => Some(mask.as_slice()),
                _ => None,
            };
            let values = make_mut(&mut stored.value)?;
            let chunks =
                values.par_chunks_mut(CHUNK).zip(m.par_chunks_mut(CHUNK)).zip(v.par_chunks_mut(CHUNK));
            chunks.zip(gradient.par_chunks(CHUNK)).enumerate().for_each(|(i, (((p, m), v), g))| match mask {
                None => p.iter_mut().zip(m).zip(v).zip(g).for_each(|(((p, m), v), g)| {
                    *p *= adam.shrink;
                    adam.element(p, m, v, *g);
                }),
                Some(mask) => {
                    let touched = &mask[i * CHUNK..];
                    p.iter_mut().zip(m).zip(v).zip(g).zip(touched).for_each(
                        |((((p, m), v), g), &touched)| {
                            *p *= if touched == 1 { adam.shrink } else { 1.0 };
                            adam.element(p, m, v, *g);
                        },
                    );
                }
            });
            stored.moments.insert("m", m);
            stored.moments.insert("v", v);
        }
    }
    Ok(())
}

/// Adam's constants of one step.
struct Adam {
    rate: f32,
    beta1: f32,
    rest1: f32,
    beta2: f32,
    rest2: f32,
    correction2: f32,
    epsilon: f32,
    coupled: f32,
    shrink: f32,
    scale: f32,
}

impl Adam {
    #[inline]
    fn element(&self, p: &mut f32, m: &mut f32, v: &mut f32, g: f32) {
        let g = g * self.scale + self.coupled * *p;
        *m = self.beta1 * *m + self.rest1 * g;
        *v = self.beta2 * *v + self.rest2 * g * g;
        *p -= self.rate * *m / ((*v * self.correction2).sqrt() + self.epsilon);
    }
}
