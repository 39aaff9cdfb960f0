//! What it costs that an engine is a plugin: a training step of the HyperNet compiles two graphs, which cross
//! to the engine with the batch and the names of all parameters.

use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;
use serde_json::json;
use smash_backend_native::NativeConfig;
use smash_core::backend::{Backend, Resources};
use smash_core::component::StrategyConfig;
use smash_core::dataset::Data;
use smash_core::random::Seed;
use smash_core::session::{Parts, Session, Settings as SessionSettings};
use smash_core::smash::{HyperNetEstimatorConfig, SmashConfig};
use smash_core::strategy::Strategy;
use smash_core::testing::Blobs;
use smash_core::{Error, Result};
use smash_sdk::abi::{self, Code, Host, Plugin};
use smash_sdk::plugin::ForeignPlugin;
use smash_sdk::plugin::export::init;

use crate::measure::median;
use crate::workload::Settings;

/// Name of the benchmark.
pub const NAME: &str = "plugin_step_tiny";

/// Steps that are timed on each side.
const STEPS: usize = 600;

/// The cost of crossing on square images of one extent.
#[derive(Clone, Debug, Serialize)]
pub struct Crossing {
    bench: &'static str,
    extent: usize,
    /// Milliseconds of a step with the engine in this program.
    native_ms: f64,
    /// How many more it takes when the engine is behind the boundary of a plugin.
    more_ms: f64,
    /// The same in processor time of the thread that calls, which other programs do not lengthen.
    more_cpu_ms: f64,
    /// How many more by the clock, in parts of a step.
    share: f64,
}

impl Crossing {
    /// Times the same steps, of the same architectures on the same examples, on both sides by turns: medians
    /// of the steps and of their differences.
    ///
    /// # Errors
    /// When an engine fails.
    pub fn measure(extent: usize, threads: usize) -> Result<Self> {
        let here = Box::new(NativeConfig::default().open(threads)?);
        let mut sessions = [session(here, extent)?, session(behind_the_boundary(threads)?, extent)?];
        let (mut times, mut cpu) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
        for i in 0..STEPS {
            // Each is the first in every other step.
            for side in [i % 2, 1 - i % 2] {
                let (clock, thread) = (Instant::now(), thread_ms());
                sessions[side].step(&mut ())?;
                times[side].push(clock.elapsed().as_secs_f64() * 1e3);
                cpu[side].push(thread_ms() - thread);
            }
        }
        let (more_ms, more_cpu_ms) = (difference(&times), difference(&cpu));
        let native_ms = median(&mut times[0]);
        Ok(Self { bench: NAME, extent, native_ms, more_ms, more_cpu_ms, share: more_ms / native_ms })
    }

    /// A line of the report.
    pub fn line(&self) -> String {
        format!(
            "{NAME} {0}x{0}: {1:.2} ms, in a plugin {2:+.3} ms more: {3:+.2} %; {4:+.3} ms of the calling thread",
            self.extent,
            self.native_ms,
            self.more_ms,
            100.0 * self.share,
            self.more_cpu_ms
        )
    }
}

/// Processor time of this thread, in milliseconds.
fn thread_ms() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

/// The median of how much more the second side takes.
fn difference([here, there]: &[Vec<f64>; 2]) -> f64 {
    median(&mut there.iter().zip(here).map(|(there, here)| there - here).collect::<Vec<f64>>())
}

/// The entry of this program as a plugin. It is no symbol: libtorch's engine, which may be linked too, has
/// one of the usual name.
unsafe extern "C" fn entry(host: *const Host, out: *mut *const Plugin, err: *mut *mut abi::Error) -> Code {
    // SAFETY: the caller's promise is the same.
    unsafe {
        init(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), &[("Backend", "native")], host, out, err)
    }
}

/// The native engine through the vtable of a plugin, which is this program itself.
fn behind_the_boundary(threads: usize) -> Result<Box<dyn Backend>> {
    // SAFETY: the entry function is of this very program.
    let plugin = unsafe { ForeignPlugin::init(entry) }?;
    let native = plugin.components.iter().find(|component| component.id == "native");
    let native = native.ok_or_else(|| Error::State("the bench exports no engine".into()))?;
    native.backend(&native.resolve(&json!({"type": "native"}))?, &Resources::threads(threads))
}

/// A job of the preset `tiny` on images that are made up.
fn session(backend: Box<dyn Backend>, extent: usize) -> Result<Session> {
    let data = Data::new(Box::new(Blobs::new(4, &[extent, extent], 1000, 1)), Seed::new(0))?;
    let estimator = HyperNetEstimatorConfig { epochs: 30, batch: 50, ..HyperNetEstimatorConfig::default() };
    let config = SmashConfig { estimator, ..SmashConfig::default() };
    let estimator =
        config.estimator()?.ok_or_else(|| Error::State("a strategy without an estimator".into()))?;
    let space = Box::new(Settings::Tiny.space_for(data.task())?);
    let strategy = Strategy { proposer: config.proposer()?, estimator };
    Session::new(Parts { space, strategy, data, backend }, SessionSettings::default())
}
