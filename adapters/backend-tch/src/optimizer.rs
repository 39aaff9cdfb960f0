//! Optimiser steps over groups of parameters.

use std::collections::BTreeSet;

use smash_core::backend::{Optimizer, StepGroup, StepReport};
use smash_core::{Error, Result};
use tch::{Kind, TchError, Tensor};

use crate::error::At;
use crate::store::{Store, Stored};

/// Names of the optimiser state (moments and momentum).
pub(crate) const MOMENTS: [&str; 3] = ["m", "v", "momentum"];

/// Updates every parameter of the groups that has a gradient, then drops all gradients.
pub(crate) fn step(store: &mut Store, groups: &[StepGroup], clip: Option<f64>) -> Result<StepReport> {
    let mut seen = BTreeSet::new();
    let mut gradients = Vec::new();
    for name in groups.iter().flat_map(|group| &group.parameters) {
        if !seen.insert(name) {
            return Err(Error::backend(format!("parameter {name:?} is in the groups of a step twice")));
        }
        gradients.extend(store.get(name)?.gradient.as_ref());
    }
    let gradient_norm = norm(&gradients).at(|| "the norm of the gradients".into())?;
    let applied = gradient_norm.is_finite();
    if applied {
        let scale = match clip {
            Some(most) if gradient_norm > most => most / gradient_norm,
            _ => 1.0,
        };
        for group in groups {
            for name in &group.parameters {
                let stored = store.get_mut(name)?;
                apply(stored, &group.optimizer, scale).at(|| format!("a step of {name:?}"))?;
            }
        }
    }
    store.clear_gradients();
    Ok(StepReport { gradient_norm, applied })
}

/// Global gradient norm (Euclidean) in f64; only one number is copied from the device.
fn norm(gradients: &[&Tensor]) -> Result<f64, TchError> {
    if gradients.is_empty() {
        return Ok(0.0);
    }
    let squares = |gradient: &&Tensor| gradient.f_to_kind(Kind::Double)?.f_square()?.f_sum(None);
    let parts = gradients.iter().map(squares).collect::<Result<Vec<_>, _>>()?;
    Ok(Tensor::f_stack(&parts, 0)?.f_sum(None)?.f_double_value(&[])?.sqrt())
}

fn apply(stored: &mut Stored, optimizer: &Optimizer, scale: f64) -> Result<(), TchError> {
    let Some(gradient) = stored.gradient.take() else {
        return Ok(());
    };
    let gradient = if scale == 1.0 { gradient } else { gradient.f_mul_scalar(scale)? };
    stored.count += 1;
    match *optimizer {
        Optimizer::Sgd { lr, momentum, nesterov, weight_decay } => {
            sgd(stored, gradient, lr, momentum, nesterov, weight_decay)
        }
        Optimizer::Adam { lr, beta1, beta2, epsilon, weight_decay, decoupled } => {
            let gradient = if decoupled { gradient } else { decayed(gradient, &stored.value, weight_decay)? };
            if decoupled && weight_decay != 0.0 {
                stored.value = shrunk(stored, lr * weight_decay)?;
            }
            let m = blend(stored, "m", beta1, &gradient)?;
            let v = blend(stored, "v", beta2, &gradient.f_square()?)?;
            let corrections = [beta1, beta2].map(|beta| 1.0 - beta.powf(stored.count as f64));
            let root = v.f_mul_scalar(1.0 / corrections[1])?.f_sqrt()?.f_add_scalar(epsilon)?;
            let change = m.f_mul_scalar(lr / corrections[0])?.f_div(&root)?;
            stored.value = stored.value.f_sub(&change)?;
            stored.moments.insert("m", m);
            stored.moments.insert("v", v);
            Ok(())
        }
    }
}

fn sgd(
    stored: &mut Stored,
    gradient: Tensor,
    lr: f64,
    momentum: f64,
    nesterov: bool,
    weight_decay: f64,
) -> Result<(), TchError> {
    let gradient = decayed(gradient, &stored.value, weight_decay)?;
    let direction = if momentum == 0.0 {
        gradient
    } else {
        let velocity = match stored.moments.get("momentum") {
            Some(old) => old.f_mul_scalar(momentum)?.f_add(&gradient)?,
            None => gradient.shallow_clone(),
        };
        let ahead = if nesterov {
            gradient.f_add(&velocity.f_mul_scalar(momentum)?)?
        } else {
            velocity.shallow_clone()
        };
        stored.moments.insert("momentum", velocity);
        ahead
    };
    stored.value = stored.value.f_sub(&direction.f_mul_scalar(lr)?)?;
    Ok(())
}

/// The gradient with that of the L2 penalty added.
fn decayed(gradient: Tensor, value: &Tensor, weight_decay: f64) -> Result<Tensor, TchError> {
    if weight_decay == 0.0 { Ok(gradient) } else { gradient.f_add(&value.f_mul_scalar(weight_decay)?) }
}

/// The values after decoupled weight decay, which only applies where there was a gradient.
fn shrunk(stored: &Stored, by: f64) -> Result<Tensor, TchError> {
    match &stored.touched {
        None => stored.value.f_mul_scalar(1.0 - by),
        Some(touched) => stored.value.f_sub(&touched.f_mul_scalar(by)?.f_mul(&stored.value)?),
    }
}

/// A moment (exponential moving average) after this step.
fn blend(stored: &Stored, moment: &str, beta: f64, new: &Tensor) -> Result<Tensor, TchError> {
    let new = new.f_mul_scalar(1.0 - beta)?;
    match stored.moments.get(moment) {
        Some(old) => old.f_mul_scalar(beta)?.f_add(&new),
        None => Ok(new),
    }
}
