//! Optimisers against their formulas in f64.

use smash_core::backend::{Backend, Feed, Fetch, Mode, Optimizer, StepGroup};
use smash_core::graph::{Builder, Graph, Init, Op, Parameter};
use smash_core::tensor::Tensor;

use super::harness::{close, numbers, tensor};
use crate::NativeBackend;

/// `y = p`, or a box of it: the seed is the gradient.
fn identity(slice: std::ops::Range<usize>) -> Graph {
    let mut b = Builder::new();
    let p = b.parameter(Parameter::shared("p", &[6], vec![slice], Init::Orthogonal)).unwrap();
    let y = b.op(Op::Scale { factor: 1.0 }, &[p]).unwrap();
    b.finish([("y", y)])
}

fn accumulate(backend: &mut NativeBackend, slice: std::ops::Range<usize>, gradient: &[f32]) {
    let plan = backend.compile(&identity(slice)).unwrap();
    backend.run(plan, Mode::Train, &[], &[]).unwrap();
    let seed = tensor(&[gradient.len()], gradient.to_vec());
    backend.backward(plan, &[("y", Feed::Host(&seed))], &[]).unwrap();
}

fn group(optimizer: Optimizer) -> Vec<StepGroup> {
    vec![StepGroup { parameters: vec!["p".into()], optimizer }]
}

/// Three steps with the box 2..5, all, and the box 0..3; `formula(step, p, g, touched, state)`.
fn compare(
    optimizer: Optimizer,
    clip: Option<f64>,
    formula: impl Fn(i32, &mut f64, f64, bool, &mut [f64; 2]),
) {
    let mut backend = NativeBackend::new("auto", 2).unwrap();
    let start = numbers("p", 6);
    backend.write("p", &tensor(&[6], start.clone())).unwrap();
    let mut p: Vec<f64> = start.iter().map(|&v| f64::from(v)).collect();
    let mut state = [[0.0; 2]; 6];
    for (i, slice) in [2..5, 0..6, 0..3].into_iter().enumerate() {
        let gradient = numbers(&format!("g{i}"), slice.len());
        accumulate(&mut backend, slice.clone(), &gradient);
        // Twice, to see gradients add up.
        accumulate(&mut backend, slice.clone(), &gradient);
        let mut g = [0.0; 6];
        slice.clone().zip(&gradient).for_each(|(k, v)| g[k] = 2.0 * f64::from(*v));
        let norm = g.iter().map(|v| v * v).sum::<f64>().sqrt();
        let scale = clip.map_or(1.0, |most| (most / norm).min(1.0));
        for k in 0..6 {
            formula(i as i32 + 1, &mut p[k], g[k] * scale, slice.contains(&k), &mut state[k]);
        }
        let report = backend.step(&group(optimizer), clip).unwrap();
        assert!(report.applied && (report.gradient_norm - norm).abs() < 1e-6);
        close(&format!("{optimizer:?} step {i}"), backend.read("p").unwrap().data(), &p, 1e-6);
        assert_eq!(backend.gradient("p").unwrap(), None);
    }
}

#[test]
fn sgd() {
    for nesterov in [false, true] {
        for momentum in [0.0, 0.9] {
            let optimizer = Optimizer::Sgd { lr: 0.1, momentum, nesterov, weight_decay: 0.01 };
            compare(optimizer, Some(0.5), |_, p, g, _, [v, _]| {
                let g = g + 0.01 * *p;
                *v = momentum * *v + g;
                *p -= 0.1 * if nesterov { g + momentum * *v } else { *v };
            });
        }
    }
}

#[test]
fn adam_and_adamw() {
    for decoupled in [false, true] {
        let optimizer = Optimizer::Adam {
            lr: 0.05,
            beta1: 0.9,
            beta2: 0.99,
            epsilon: 1e-8,
            weight_decay: 0.1,
            decoupled,
        };
        compare(optimizer, None, |t, p, g, touched, [m, v]| {
            let g = if decoupled { g } else { g + 0.1 * *p };
            if decoupled && touched {
                *p -= 0.05 * 0.1 * *p;
            }
            *m = 0.9 * *m + 0.1 * g;
            *v = 0.99 * *v + 0.01 * g * g;
            let (m, v) = (*m / (1.0 - 0.9f64.powi(t)), *v / (1.0 - 0.99f64.powi(t)));
            *p -= 0.05 * m / (v.sqrt() + 1e-8);
        });
    }
}

const SGD: Optimizer = Optimizer::Sgd { lr: 0.1, momentum: 0.9, nesterov: false, weight_decay: 0.1 };

#[test]
fn what_has_no_gradient_is_skipped() {
    let mut backend = NativeBackend::new("auto", 1).unwrap();
    for name in ["p", "q"] {
        backend.write(name, &Tensor::full(&[6], 1.0)).unwrap();
    }
    accumulate(&mut backend, 0..6, &[1.0; 6]);
    let both = [StepGroup { parameters: vec!["p".into(), "q".into()], optimizer: SGD }];
    backend.step(&both, None).unwrap();
    let snapshot = backend.snapshot().unwrap();
    assert_eq!(backend.read("q").unwrap(), Tensor::full(&[6], 1.0));
    assert_eq!(snapshot.counts.into_iter().collect::<Vec<_>>(), [("p".to_owned(), 1)]);
    let names: Vec<&str> = snapshot.tensors.keys().map(String::as_str).collect();
    assert_eq!(names, ["optimizer/momentum/p", "p", "q"]);
    // A step over other groups drops this gradient.
    accumulate(&mut backend, 0..6, &[1.0; 6]);
    backend.step(&[], None).unwrap();
    assert_eq!(backend.gradient("p").unwrap(), None);
}

#[test]
fn a_gradient_that_is_not_finite_changes_nothing() {
    let mut backend = NativeBackend::new("auto", 1).unwrap();
    backend.write("p", &Tensor::full(&[6], 1.0)).unwrap();
    for bad in [f32::NAN, f32::INFINITY] {
        accumulate(&mut backend, 1..3, &[1.0, bad]);
        let before = backend.snapshot().unwrap();
        assert!(!backend.step(&group(SGD), Some(1.0)).unwrap().applied);
        assert_eq!(backend.snapshot().unwrap(), before);
        assert_eq!(backend.gradient("p").unwrap(), None);
    }
}

#[test]
fn two_plans_add_up_before_a_step() {
    let mut backend = NativeBackend::new("auto", 1).unwrap();
    backend.write("p", &Tensor::full(&[6], 1.0)).unwrap();
    let (a, b) = (backend.compile(&identity(0..6)).unwrap(), backend.compile(&identity(1..2)).unwrap());
    backend.run(a, Mode::Train, &[], &[]).unwrap();
    backend.run(b, Mode::Train, &[], &[("y", Fetch::Device("seed"))]).unwrap();
    let seed = tensor(&[6], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    backend.backward(b, &[("y", Feed::Device("seed"))], &[]).unwrap();
    backend.backward(a, &[("y", Feed::Host(&seed))], &[]).unwrap();
    let sum = tensor(&[6], vec![1.0, 3.0, 3.0, 4.0, 5.0, 6.0]);
    assert_eq!(backend.gradient("p").unwrap(), Some(sum));
}
