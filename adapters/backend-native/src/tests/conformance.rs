//! The suite that every engine passes, at every kernel level; and that it notices an engine which does not.

use smash_core::Result;
use smash_core::backend::{
    Backend, BackendInfo, Feed, Fetch, InputGradient, Mode, Optimizer, Plan, Snapshot, StepGroup, StepReport,
};
use smash_core::conformance::{CHECKS, Deviation, Subject, Tolerance, run};
use smash_core::graph::Graph;
use smash_core::tensor::Tensor;

use super::harness::ways;
use crate::NativeBackend;

#[test]
fn every_level_conforms() {
    for (isa, tiling) in ways() {
        let mut open = || {
            let backend = NativeBackend::with_tiling(isa.name(), 2, tiling)?;
            Ok(Box::new(backend) as Box<dyn Backend>)
        };
        let cases = run(&mut open, Tolerance::default());
        let wrong: Vec<String> =
            cases.iter().filter(|case| case.outcome.is_err()).map(ToString::to_string).collect();
        assert!(wrong.is_empty(), "{}, {tiling:?}: {wrong:#?}", isa.name());
        let most = cases.iter().flat_map(|case| &case.outcome).fold(Deviation::default(), |a, b| a.max(*b));
        println!("{}, {tiling:?}: {} checks, {most}", isa.name(), cases.len());
    }
}

/// What an engine may get wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    /// Calibration moves the running statistics as training does.
    CalibrateTrains,
    /// No gradient becomes a gradient of zeros.
    ZeroForAbsent,
    /// AdamW is Adam.
    CoupledDecay,
    /// Clipping is ignored.
    NoClip,
    /// The square of the norm is reported.
    NormOfSquares,
    /// Nesterov's form is ignored.
    NoNesterov,
    /// Step counts are lost on the way through a snapshot.
    LosesCounts,
    /// Outputs are off by a thousandth.
    Inexact,
    /// Gradients come to the host, whatever was asked for.
    NothingOnDevice,
}

/// The native engine with one fault.
struct Faulty {
    inner: NativeBackend,
    fault: Fault,
}

impl Faulty {
    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }
}

impl Backend for Faulty {
    fn info(&self) -> BackendInfo {
        self.inner.info()
    }

    fn compile(&mut self, graph: &Graph) -> Result<Plan> {
        self.inner.compile(graph)
    }

    fn release(&mut self, plan: Plan) {
        self.inner.release(plan);
    }

    fn run(
        &mut self,
        plan: Plan,
        mode: Mode,
        inputs: &[(&str, Feed<'_>)],
        outputs: &[(&str, Fetch<'_>)],
    ) -> Result<Vec<Option<Tensor>>> {
        let trains = self.has(Fault::CalibrateTrains) && mode == Mode::Calibrate;
        let mut found = self.inner.run(plan, if trains { Mode::Train } else { mode }, inputs, outputs)?;
        if self.has(Fault::Inexact) {
            found.iter_mut().flatten().flat_map(|t| t.data_mut()).for_each(|v| *v *= 1.001);
        }
        Ok(found)
    }

    fn backward(
        &mut self,
        plan: Plan,
        seeds: &[(&str, Feed<'_>)],
        wanted: &[(&str, Fetch<'_>)],
    ) -> Result<Vec<InputGradient>> {
        let host = self.has(Fault::NothingOnDevice);
        let asked: Vec<_> =
            wanted.iter().map(|(name, fetch)| (*name, if host { Fetch::Host } else { *fetch })).collect();
        let mut found = self.inner.backward(plan, seeds, &asked)?;
        for gradient in &mut found {
            if self.has(Fault::ZeroForAbsent) && *gradient == InputGradient::Absent {
                *gradient = InputGradient::Host(Tensor::zeros(&[3, 2]));
            }
        }
        Ok(found)
    }

    fn step(&mut self, groups: &[StepGroup], clip: Option<f64>) -> Result<StepReport> {
        let mut groups = groups.to_vec();
        for group in &mut groups {
            match &mut group.optimizer {
                Optimizer::Sgd { nesterov, .. } if self.fault == Fault::NoNesterov => *nesterov = false,
                Optimizer::Adam { decoupled, .. } if self.fault == Fault::CoupledDecay => *decoupled = false,
                _ => {}
            }
        }
        let mut report = self.inner.step(&groups, clip.filter(|_| !self.has(Fault::NoClip)))?;
        if self.has(Fault::NormOfSquares) {
            report.gradient_norm *= report.gradient_norm;
        }
        Ok(report)
    }

    fn gradient(&self, name: &str) -> Result<Option<Tensor>> {
        self.inner.gradient(name)
    }

    fn contains(&self, name: &str) -> bool {
        self.inner.contains(name)
    }

    fn read(&self, name: &str) -> Result<Tensor> {
        self.inner.read(name)
    }

    fn write(&mut self, name: &str, value: &Tensor) -> Result<()> {
        self.inner.write(name, value)
    }

    fn drop_value(&mut self, name: &str) {
        self.inner.drop_value(name);
    }

    fn snapshot(&self) -> Result<Snapshot> {
        self.inner.snapshot()
    }

    fn restore(&mut self, snapshot: &Snapshot) -> Result<()> {
        let mut snapshot = snapshot.clone();
        if self.has(Fault::LosesCounts) {
            snapshot.counts.clear();
        }
        self.inner.restore(&snapshot)
    }
}

#[test]
fn the_suite_notices_faults() {
    for (fault, expected) in [
        (Fault::CalibrateTrains, "modes_of_batch_norm"),
        (Fault::ZeroForAbsent, "absent_is_not_zero"),
        (Fault::CoupledDecay, "adamw"),
        (Fault::NoClip, "clipping"),
        (Fault::NormOfSquares, "sgd"),
        (Fault::NoNesterov, "sgd"),
        (Fault::LosesCounts, "snapshot_and_restore"),
        (Fault::Inexact, "conv"),
        (Fault::NothingOnDevice, "joined_plans"),
    ] {
        let mut open = || {
            let inner = NativeBackend::new("portable", 1)?;
            Ok(Box::new(Faulty { inner, fault }) as Box<dyn Backend>)
        };
        let check = CHECKS.iter().find(|(name, _)| *name == expected).unwrap().1;
        let error = check(&mut Subject::new(&mut open, Tolerance::default())).unwrap_err();
        assert!(error.to_string().starts_with("conformance: "), "{fault:?}: {error}");
    }
}

#[test]
fn names_of_checks_are_unique() {
    let mut names: Vec<&str> = CHECKS.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), CHECKS.len());
}
