//! `cargo xtask bench --criterion`: benchmarks the native engine alone with criterion, which stores its
//! measurements and shows whether a change made it faster; `cargo xtask bench` compares it with libtorch.
//! Elements per second are floating-point operations.

use criterion::{Criterion, SamplingMode, Throughput};
use smash_bench::workload::all;
use smash_bench::{Engine, THREADS};
use smash_core::Result;

fn main() -> Result<()> {
    // Criterion's minimum of ten samples: a step of all architectures takes seconds.
    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    for workload in all()? {
        let mut engine = Engine::Native.open(THREADS)?;
        let mut group = criterion.benchmark_group("native");
        group.sampling_mode(SamplingMode::Flat).throughput(Throughput::Elements(workload.flops() as u64));
        let mut outcome = Ok(());
        group.bench_function(workload.name(), |bencher| {
            bencher.iter(|| {
                let done = (0..workload.items()).try_for_each(|item| workload.run(item, &mut *engine));
                if done.is_err() {
                    outcome = done;
                }
            });
        });
        group.finish();
        outcome?;
    }
    criterion.final_summary();
    Ok(())
}
