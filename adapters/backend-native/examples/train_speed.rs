//! Time of a training step: ten convolutions with batch norm at batch 50, 32×32, on all cores.
//! `cargo run --release -p smash-backend-native --example train_speed`
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::time::Instant;

use smash_backend_native::NativeBackend;
use smash_core::Result;
use smash_core::backend::{Backend, Feed, Fetch, Mode, Optimizer, StepGroup};
use smash_core::graph::{Builder, ConvSpec, Graph, Init, Parameter};
use smash_core::random::Seed;
use smash_core::tensor::Tensor;

fn network(width: usize) -> Result<Graph> {
    let mut b = Builder::new();
    let x = b.input("x", true, &[3, 32, 32]);
    let weight = |b: &mut Builder, name: String, dims: &[usize]| {
        b.parameter(Parameter::own(name, dims, Init::Orthogonal))
    };
    let w = weight(&mut b, "stem".into(), &[width, 3, 3, 3])?;
    let mut h = b.conv(x, w, ConvSpec::same(&[3, 3], &[1, 1], 1))?;
    for i in 0..9 {
        let channels = b.shape(h).channels();
        let own =
            |name: &str, value| Parameter::own(format!("{name}{i}"), &[channels], Init::Constant { value });
        let norm =
            [own("gamma", 1.0), own("beta", 0.0), own("mean", 0.0).buffer(), own("variance", 1.0).buffer()];
        let n = b.batch_norm(h, norm)?;
        let r = b.relu(n)?;
        let w = weight(&mut b, format!("w{i}"), &[width, channels, 3, 3])?;
        let c = b.conv(r, w, ConvSpec::same(&[3, 3], &[1, 1], 1))?;
        h = if i % 3 == 2 { b.average_pool(c, &[2, 2])? } else { b.add(c, h)? };
    }
    let r = b.relu(h)?;
    let g = b.global_average_pool(r)?;
    let (w, v) = (weight(&mut b, "w".into(), &[10, width])?, weight(&mut b, "b".into(), &[10])?);
    let logits = b.linear(g, w, v)?;
    b.with_loss(logits)
}

fn main() -> Result<()> {
    let width = std::env::args().nth(1).and_then(|v| v.parse().ok()).unwrap_or(32);
    let graph = network(width)?;
    let mut backend = NativeBackend::new("auto", 0)?;
    println!("{:?}, {} MMAC per example", backend.info(), graph.count().macs / 1_000_000);
    for p in &graph.parameters {
        backend.write(&p.name, &p.initial(Seed::new(1)))?;
    }
    let start = Instant::now();
    let plan = backend.compile(&graph)?;
    println!("compile {:.3} ms for {} nodes", start.elapsed().as_secs_f64() * 1e3, graph.nodes.len());
    let mut random = Seed::new(2).random();
    let x: Vec<f32> = (0..50 * 3 * 1024).map(|_| random.range(-1.0, 1.0) as f32).collect();
    let x = Tensor::new(vec![50, 3, 32, 32], x).unwrap_or_default();
    let labels = Tensor::new(vec![50], (0..50).map(|i| (i % 10) as f32).collect()).unwrap_or_default();
    let weights = graph.parameters.iter().filter(|p| p.role == smash_core::graph::Role::Weight);
    let optimizer = Optimizer::Adam {
        lr: 1e-3,
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
        weight_decay: 1e-4,
        decoupled: true,
    };
    let groups = [StepGroup { parameters: weights.map(|p| p.name.clone()).collect(), optimizer }];
    let one = Tensor::scalar(1.0);
    let fed = [("x", Feed::Host(&x)), ("labels", Feed::Host(&labels))];
    for _ in 0..8 {
        let times = [
            Instant::now(),
            {
                backend.run(plan, Mode::Train, &fed, &[("loss", Fetch::Host)])?;
                Instant::now()
            },
            {
                backend.backward(plan, &[("loss", Feed::Host(&one))], &[])?;
                Instant::now()
            },
            {
                backend.step(&groups, Some(5.0))?;
                Instant::now()
            },
        ];
        let ms = |i: usize| (times[i + 1] - times[i]).as_secs_f64() * 1e3;
        println!("forward {:7.1} ms  backward {:7.1} ms  step {:5.2} ms", ms(0), ms(1), ms(2));
    }
    let start = Instant::now();
    let loss = backend.run(plan, Mode::Eval, &fed, &[("loss", Fetch::Host)])?;
    println!("eval {:.1} ms, loss {:?}", start.elapsed().as_secs_f64() * 1e3, loss[0]);
    Ok(())
}
