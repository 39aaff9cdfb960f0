//! Optimiser steps against their formulas in f64.

use super::Subject;
use super::call::accumulate;
use super::data::{numbers, tensor};
use super::subject::ensure;
use super::tolerance::Measure;
use crate::backend::{Backend, Optimizer, StepGroup};
use crate::error::Result;
use crate::tensor::Tensor;

fn group(optimizer: Optimizer) -> Vec<StepGroup> {
    vec![StepGroup { parameters: vec!["p".into()], optimizer }]
}

/// Accumulates a gradient of a slice of the parameter `p`, which has six values.
fn add(backend: &mut dyn Backend, slice: std::ops::Range<usize>, gradient: &[f32]) -> Result<()> {
    accumulate(backend, ("p", 6), slice, gradient)
}

/// One element's update:
/// `(step from 1, parameter, gradient, whether it had a gradient, two values of optimiser state)`.
type Formula<'a> = &'a dyn Fn(i32, &mut f64, f64, bool, &mut [f64; 2]);

/// Four steps, with gradients of the slice 2..5, of everything, of 0..3 and of 5..6.
fn compare(
    subject: &mut Subject<'_>,
    optimizer: Optimizer,
    clip: Option<f64>,
    formula: Formula<'_>,
) -> Result<()> {
    let mut backend = subject.open()?;
    let backend = backend.as_mut();
    let start = numbers("p", 6);
    backend.write("p", &tensor(&[6], start.clone())?)?;
    let mut p: Vec<f64> = start.iter().map(|&v| f64::from(v)).collect();
    let mut state = [[0.0; 2]; 6];
    for (i, slice) in [2..5, 0..6, 0..3, 5..6].into_iter().enumerate() {
        let gradient = numbers(&format!("g{i}"), slice.len());
        // Twice, to check accumulation.
        add(backend, slice.clone(), &gradient)?;
        add(backend, slice.clone(), &gradient)?;
        let mut g = [0.0; 6];
        slice.clone().zip(&gradient).for_each(|(k, v)| g[k] = 2.0 * f64::from(*v));
        let norm = g.iter().map(|v| v * v).sum::<f64>().sqrt();
        let scale = clip.map_or(1.0, |most| (most / norm).min(1.0));
        for k in 0..6 {
            formula(i as i32 + 1, &mut p[k], g[k] * scale, slice.contains(&k), &mut state[k]);
        }
        let report = backend.step(&group(optimizer), clip)?;
        let what = format!("{optimizer:?}, clip {clip:?}, step {}", i + 1);
        ensure(report.applied, || format!("{what}: a step with finite gradients was not applied"))?;
        subject.numbers(Measure::Steps, &format!("{what}, norm"), &[report.gradient_norm as f32], &[norm])?;
        subject.close(Measure::Steps, &what, &backend.read("p")?, (&[6], &p))?;
        let left = backend.gradient("p")?;
        ensure(left.is_none(), || format!("{what}: the gradient was not cleared, found {left:?}"))?;
    }
    Ok(())
}

/// Stochastic gradient descent with and without momentum, Nesterov momentum and weight decay.
///
/// # Errors
/// When the engine fails or is too far from the formula.
pub fn sgd(subject: &mut Subject<'_>) -> Result<()> {
    for (nesterov, momentum, decay) in
        [(false, 0.0, 0.0), (false, 0.0, 0.1), (true, 0.0, 0.1), (false, 0.9, 0.1), (true, 0.9, 0.1)]
    {
        let optimizer = Optimizer::Sgd { lr: 0.1, momentum, nesterov, weight_decay: decay };
        compare(subject, optimizer, None, &|_, p, g, _, [v, _]| {
            let g = g + decay * *p;
            *v = momentum * *v + g;
            *p -= 0.1 * if nesterov { g + momentum * *v } else { *v };
        })?;
    }
    Ok(())
}

fn adam_with(subject: &mut Subject<'_>, weight_decay: f64, decoupled: bool) -> Result<()> {
    let (lr, beta1, beta2, epsilon) = (0.05, 0.9, 0.99, 1e-3);
    let optimizer = Optimizer::Adam { lr, beta1, beta2, epsilon, weight_decay, decoupled };
    compare(subject, optimizer, None, &|t, p, g, touched, [m, v]| {
        let g = if decoupled { g } else { g + weight_decay * *p };
        if decoupled && touched {
            *p -= lr * weight_decay * *p;
        }
        *m = beta1 * *m + (1.0 - beta1) * g;
        *v = beta2 * *v + (1.0 - beta2) * g * g;
        let (m, v) = (*m / (1.0 - beta1.powi(t)), *v / (1.0 - beta2.powi(t)));
        *p -= lr * m / (v.sqrt() + epsilon);
    })
}

/// Adam, without weight decay and with L2 decay of the whole tensor.
///
/// # Errors
/// When the engine fails or is too far from the formula.
pub fn adam(subject: &mut Subject<'_>) -> Result<()> {
    adam_with(subject, 0.0, false)?;
    adam_with(subject, 0.1, false)
}

/// AdamW: only elements that had a gradient decay.
///
/// # Errors
/// When the engine fails or is too far from the formula.
pub fn adamw(subject: &mut Subject<'_>) -> Result<()> {
    adam_with(subject, 0.1, true)
}

/// Gradient clipping: gradients whose global norm, over all groups, exceeds the clip are scaled, others are
/// not; the reported norm is that before clipping.
///
/// # Errors
/// When the engine fails or is too far from the formula.
pub fn clipping(subject: &mut Subject<'_>) -> Result<()> {
    for clip in [0.5, 100.0] {
        let optimizer = Optimizer::Sgd { lr: 0.1, momentum: 0.9, nesterov: true, weight_decay: 0.01 };
        compare(subject, optimizer, Some(clip), &|_, p, g, _, [v, _]| {
            let g = g + 0.01 * *p;
            *v = 0.9 * *v + g;
            *p -= 0.1 * (g + 0.9 * *v);
        })?;
    }
    let mut backend = subject.open()?;
    let mut groups = Vec::new();
    for (name, gradient) in [("p", 3.0), ("q", 4.0)] {
        backend.write(name, &Tensor::zeros(&[1]))?;
        accumulate(backend.as_mut(), (name, 1), 0..1, &[gradient])?;
        let optimizer = Optimizer::Sgd { lr: 1.0, momentum: 0.0, nesterov: false, weight_decay: 0.0 };
        groups.push(StepGroup { parameters: vec![name.into()], optimizer });
    }
    let norm = backend.step(&groups, Some(1.0))?.gradient_norm as f32;
    let found = [norm, backend.read("p")?.data()[0], backend.read("q")?.data()[0]];
    subject.numbers(Measure::Steps, "norm, p and q of a step clipped to 1", &found, &[5.0, -0.6, -0.8])
}

const SGD: Optimizer = Optimizer::Sgd { lr: 0.1, momentum: 0.9, nesterov: false, weight_decay: 0.1 };

/// A parameter without a gradient is not stepped: no decay, no momentum, no step count. A step also drops the
/// gradients of parameters outside its groups.
///
/// # Errors
/// When the engine does otherwise.
pub fn without_a_gradient(subject: &mut Subject<'_>) -> Result<()> {
    let mut backend = subject.open()?;
    let ones = Tensor::full(&[6], 1.0);
    for name in ["p", "q"] {
        backend.write(name, &ones)?;
    }
    let both = [StepGroup { parameters: vec!["p".into(), "q".into()], optimizer: SGD }];
    add(backend.as_mut(), 0..6, &[1.0; 6])?;
    accumulate(backend.as_mut(), ("q", 6), 0..6, &[1.0; 6])?;
    backend.step(&both, None)?;
    let q = backend.read("q")?;
    add(backend.as_mut(), 0..6, &[1.0; 6])?;
    backend.step(&both, None)?;
    let found = backend.read("q")?;
    ensure(found == q, || format!("a parameter without a gradient: expected {q:?}, found {found:?}"))?;
    let counts: Vec<_> = backend.snapshot()?.counts.into_iter().collect();
    let expected = [("p".to_owned(), 2), ("q".to_owned(), 1)];
    ensure(counts == expected, || format!("step counts: expected {expected:?}, found {counts:?}"))?;
    add(backend.as_mut(), 0..6, &[1.0; 6])?;
    let report = backend.step(&[], None)?;
    ensure(report.applied && report.gradient_norm == 0.0, || format!("a step over nothing: {report:?}"))?;
    let left = backend.gradient("p")?;
    ensure(left.is_none(), || {
        format!("a gradient outside the groups of a step: expected none, found {left:?}")
    })
}

/// A step with a non-finite gradient changes nothing, reports this, and drops the gradients.
///
/// # Errors
/// When the engine does otherwise.
pub fn not_finite(subject: &mut Subject<'_>) -> Result<()> {
    let mut backend = subject.open()?;
    for name in ["p", "q"] {
        backend.write(name, &Tensor::full(&[6], 1.0))?;
    }
    let both = [StepGroup { parameters: vec!["q".into(), "p".into()], optimizer: SGD }];
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        for clip in [None, Some(1.0)] {
            add(backend.as_mut(), 1..3, &[1.0, bad])?;
            accumulate(backend.as_mut(), ("q", 6), 0..6, &[1.0; 6])?;
            let before = backend.snapshot()?;
            let report = backend.step(&both, clip)?;
            ensure(!report.applied, || format!("a gradient of {bad} was applied: {report:?}"))?;
            ensure(backend.snapshot()? == before, || {
                format!("a step with a gradient of {bad} changed state")
            })?;
            let left = (backend.gradient("p")?, backend.gradient("q")?);
            ensure(left == (None, None), || format!("gradients after a refused step: {left:?}"))?;
        }
    }
    Ok(())
}

/// A snapshot holds the optimiser state as `optimizer/<moment>/<parameter>`, and the step counts.
///
/// # Errors
/// When the engine does otherwise.
pub fn state(subject: &mut Subject<'_>) -> Result<()> {
    let mut backend = subject.open()?;
    for name in ["p", "untouched"] {
        backend.write(name, &Tensor::full(&[6], 1.0))?;
    }
    for _ in 0..2 {
        add(backend.as_mut(), 0..6, &[1.0; 6])?;
        backend.step(&group(SGD), None)?;
    }
    let snapshot = backend.snapshot()?;
    let counts: Vec<_> = snapshot.counts.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    ensure(counts == [("p", 2)], || format!("step counts: expected p: 2 alone, found {counts:?}"))?;
    let plain: Vec<_> = snapshot.tensors.keys().filter(|name| !name.starts_with("optimizer/")).collect();
    ensure(plain == ["p", "untouched"], || format!("expected p and untouched, found {plain:?}"))?;
    let state: Vec<_> = snapshot.tensors.iter().filter(|(name, _)| name.starts_with("optimizer/")).collect();
    let fits =
        |(name, value): &(&String, &Tensor)| name.splitn(3, '/').nth(2) == Some("p") && value.shape() == [6];
    ensure(!state.is_empty() && state.iter().all(fits), || {
        format!("expected optimizer/<moment>/p of the shape [6], found {state:?}")
    })
}
