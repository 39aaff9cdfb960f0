//! Export and foreign side in one process: components go through the vtable and come back.

mod dataset;
mod estimator;
mod graphs;
mod proposer;
mod space;
mod tensors;

use std::collections::BTreeMap;
use std::ptr;

use serde_json::json;
use smash_backend_native::NativeConfig;
use smash_core::backend::{
    Backend, BackendInfo, Feed, Fetch, InputGradient, Mode, Optimizer, Plan, Resources, Snapshot, StepGroup,
    StepReport,
};
use smash_core::component::{BackendConfig, Component, Kind};
use smash_core::graph::{Builder, Graph, Init, Parameter};
use smash_core::tensor::Tensor;
use smash_core::{Error, Result};

use crate::abi::{self, Buf, Code, ERR_BAD_STATE, ERR_PANIC, ERR_VERSION_MISMATCH, Host, Plugin};
use crate::backend::snapshot::{decode, encode};
use crate::host_functions::HOST;
use crate::plugin::ForeignPlugin;

/// An engine that panics when it compiles a graph.
#[derive(Debug)]
struct Panicking;

impl Backend for Panicking {
    fn info(&self) -> BackendInfo {
        BackendInfo { id: "panicking".into(), device: "cpu".into(), level: String::new(), threads: 1 }
    }
    fn compile(&mut self, _: &Graph) -> Result<Plan> {
        panic!("no plan at all")
    }
    fn release(&mut self, _: Plan) {}
    fn run(
        &mut self,
        _: Plan,
        _: Mode,
        _: &[(&str, Feed<'_>)],
        _: &[(&str, Fetch<'_>)],
    ) -> Result<Vec<Option<Tensor>>> {
        Err(Error::State("it was never compiled".into()))
    }
    fn backward(
        &mut self,
        _: Plan,
        _: &[(&str, Feed<'_>)],
        _: &[(&str, Fetch<'_>)],
    ) -> Result<Vec<InputGradient>> {
        Err(Error::Diverged("nothing but NaN".into()))
    }
    fn step(&mut self, _: &[StepGroup], _: Option<f64>) -> Result<StepReport> {
        Err(Error::invalid("/groups/0", "expected a parameter"))
    }
    fn gradient(&self, _: &str) -> Result<Option<Tensor>> {
        Ok(None)
    }
    fn contains(&self, _: &str) -> bool {
        true
    }
    fn read(&self, _: &str) -> Result<Tensor> {
        Ok(Tensor::zeros(&[1, 1, 1, 1, 1, 1, 1, 1, 1]))
    }
    fn write(&mut self, _: &str, _: &Tensor) -> Result<()> {
        Ok(())
    }
    fn drop_value(&mut self, _: &str) {}
    fn snapshot(&self) -> Result<Snapshot> {
        Ok(Snapshot::default())
    }
    fn restore(&mut self, _: &Snapshot) -> Result<()> {
        Ok(())
    }
}

/// Configuration of the panicking engine.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct PanickingConfig {
    /// Refuses to open.
    refuse: bool,
}

#[typetag::serde(name = "panicking")]
impl BackendConfig for PanickingConfig {
    fn open(&self, _: &Resources) -> Result<Box<dyn Backend>> {
        if self.refuse { Err(Error::backend("refused")) } else { Ok(Box::new(Panicking)) }
    }
}

inventory::submit! { Component::new::<PanickingConfig>(Kind::Backend, "panicking", "Panics.") }

unsafe extern "C" fn entry(host: *const Host, out: *mut *const Plugin, err: *mut *mut abi::Error) -> Code {
    const WANTED: &[(&str, &str)] = &[("Backend", "native"), ("Backend", "panicking")];
    // SAFETY: the caller's promise is the same.
    unsafe { crate::plugin::export::init("test", "0.1.0", WANTED, host, out, err) }
}

unsafe extern "C" fn wrong(host: *const Host, out: *mut *const Plugin, err: *mut *mut abi::Error) -> Code {
    // SAFETY: the caller's promise is the same.
    unsafe { crate::plugin::export::init("test", "0.1.0", &[("Backend", "none")], host, out, err) }
}

fn engine(id: &str) -> Box<dyn Backend> {
    // SAFETY: the entry function is of this very program.
    let plugin = unsafe { ForeignPlugin::init(entry) }.unwrap();
    assert_eq!((plugin.name.as_str(), plugin.version.as_str()), ("test", "0.1.0"));
    let component = plugin.components.iter().find(|c| c.id == id).unwrap();
    component.backend(&component.resolve(&json!({"type": id})).unwrap(), &Resources::threads(2)).unwrap()
}

/// y = w·x + b over a shared weight, and its loss.
fn graph() -> Graph {
    let mut b = Builder::new();
    let x = b.input("x", true, &[3]);
    let w = Parameter::shared("w", &[4, 5], vec![0..2, 1..4], Init::Orthogonal);
    let w = b.parameter(w).unwrap();
    let bias = b.parameter(Parameter::own("b", &[2], Init::Constant { value: 0.5 })).unwrap();
    let logits = b.linear(x, w, bias).unwrap();
    let graph = b.finish([("logits", logits)]);
    let logits = graph.output("logits").unwrap();
    graph.extend().with_loss(logits).unwrap()
}

/// The results and the snapshot of a few training steps, with all gradients on the way.
fn story(engine: &mut dyn Backend) -> (Vec<Option<Tensor>>, Vec<InputGradient>, Snapshot) {
    let numbers = |shape: &[usize]| {
        let count: usize = shape.iter().product();
        Tensor::new(shape.to_vec(), (0..count).map(|i| (i as f32 * 0.7).sin()).collect()).unwrap()
    };
    engine.write("w", &numbers(&[4, 5])).unwrap();
    engine.write("b", &numbers(&[2])).unwrap();
    let plan = engine.compile(&graph()).unwrap();
    let (x, labels) = (numbers(&[2, 3]), Tensor::new(vec![2], vec![0.0, 1.0]).unwrap());
    let inputs = [("x", Feed::Host(&x)), ("labels", Feed::Host(&labels))];
    let mut outputs = engine
        .run(
            plan,
            Mode::Train,
            &inputs,
            &[("loss", Fetch::Host), ("logits", Fetch::Device("kept")), ("logits", Fetch::Host)],
        )
        .unwrap();
    let one = Tensor::scalar(1.0);
    let gradients = engine
        .backward(plan, &[("loss", Feed::Host(&one))], &[("x", Fetch::Host), ("labels", Fetch::Host)])
        .unwrap();
    outputs.push(engine.gradient("w").unwrap());
    let optimizer = Optimizer::Sgd { lr: 0.1, momentum: 0.9, nesterov: true, weight_decay: 0.0 };
    let groups = [StepGroup { parameters: vec!["w".into(), "b".into()], optimizer }];
    assert!(engine.step(&groups, Some(1.0)).unwrap().applied);
    outputs.push(engine.gradient("w").unwrap());
    outputs.push(Some(engine.read("w").unwrap()));
    engine.drop_value("kept");
    assert!(engine.contains("w") && !engine.contains("v"));
    let snapshot = engine.snapshot().unwrap();
    engine.restore(&snapshot).unwrap();
    assert_eq!(engine.snapshot().unwrap(), snapshot);
    engine.release(plan);
    (outputs, gradients, snapshot)
}

#[test]
fn an_engine_is_the_same_on_the_other_side() {
    let mut native = NativeConfig::default().open(2).unwrap();
    let mut foreign = engine("native");
    assert_eq!(foreign.info(), native.info());
    let (here, there) = (story(&mut native), story(&mut *foreign));
    assert_eq!(here, there);
    assert!(matches!(there.1[..], [InputGradient::Host(_), InputGradient::Absent]));
    assert_eq!(there.0[1], None);
}

#[test]
fn errors_keep_their_kind_and_their_pointer() {
    let foreign = engine("native");
    let unknown = foreign.read("nothing").unwrap_err();
    assert!(matches!(&unknown, Error::Backend(_)), "{unknown:?}");
    assert_eq!(
        unknown.to_string(),
        NativeConfig::default().open(2).unwrap().read("nothing").unwrap_err().to_string()
    );

    let mut foreign = engine("panicking");
    let seed = Tensor::scalar(1.0);
    let error = foreign.backward(Plan(0), &[("loss", Feed::Host(&seed))], &[]).unwrap_err();
    assert!(matches!(error, Error::Diverged(_)));
    let Error::Invalid(problem) = foreign.step(&[], None).unwrap_err() else { panic!("expected a problem") };
    assert_eq!((problem.pointer.as_str(), problem.message.as_str()), ("/groups/0", "expected a parameter"));
    assert_eq!(foreign.read("x").unwrap().shape(), [1; 9]);
    let state = foreign.run(Plan(0), Mode::Eval, &[], &[]).unwrap_err();
    assert!(matches!(state, Error::State(_)));
}

#[test]
fn a_panic_is_caught_and_poisons() {
    let mut foreign = engine("panicking");
    let error = foreign.compile(&graph()).unwrap_err().to_string();
    assert!(error.contains("no plan at all") && error.contains(abi::code_name(ERR_PANIC)), "{error}");
    let error = foreign.compile(&graph()).unwrap_err().to_string();
    assert!(error.contains("panicked"), "{error}");
    assert_eq!(abi::code_name(ERR_BAD_STATE), "ERR_BAD_STATE");
}

#[test]
fn faulty_plugins_say_why() {
    // SAFETY: the entry function is of this very program.
    let error = unsafe { ForeignPlugin::init(wrong) }.unwrap_err().to_string();
    assert!(error.contains("Backend \"none\" is exported"), "{error}");
    let other = Host { abi_major: 9, ..HOST };
    let mut out = ptr::null();
    // SAFETY: the struct is valid for the call, which refuses it.
    assert_eq!(unsafe { entry(&raw const other, &raw mut out, ptr::null_mut()) }, ERR_VERSION_MISMATCH);
    // SAFETY: the entry function is of this very program.
    let plugin = unsafe { ForeignPlugin::init(entry) }.unwrap();
    let component = plugin.components.iter().find(|c| c.id == "panicking").unwrap();
    assert_eq!(component.schema["properties"]["refuse"]["type"], "boolean");
    let refused = component
        .backend(&json!({"type": "panicking", "refuse": true}), &Resources::threads(1))
        .err()
        .unwrap();
    assert_eq!(refused.to_string(), "backend: refused");
    let error = component.resolve(&json!({"type": "panicking", "refuse": 3})).unwrap_err().to_string();
    assert!(error.contains("boolean"), "{error}");
}

#[test]
fn snapshots_survive_no_damage() {
    let tensors = BTreeMap::from([
        ("a".to_owned(), Tensor::full(&[2, 3], 1.5)),
        ("b".to_owned(), Tensor::scalar(f32::NEG_INFINITY)),
    ]);
    let snapshot = Snapshot { tensors, counts: BTreeMap::from([("a".to_owned(), 7)]) };
    let bytes = encode(&snapshot).unwrap();
    assert_eq!(decode(&bytes).unwrap(), snapshot);
    for length in 0..bytes.len() {
        assert!(decode(&bytes[..length]).is_err(), "{length}");
    }
    assert!(decode(&[&bytes[..], &[0]].concat()).is_err());
    let mut absurd = bytes;
    absurd[..8].copy_from_slice(&u64::MAX.to_le_bytes());
    assert!(decode(&absurd).is_err());
}

#[test]
fn buffers_are_released_once() {
    let mut buf = Buf::text("grüße".into());
    assert_eq!(buf.len, 7);
    // SAFETY: text ends with a NUL that `len` does not count.
    assert_eq!(unsafe { *buf.data.add(buf.len) }, 0);
    let release = buf.release.unwrap();
    // SAFETY: the struct that was handed out; a second release finds it cleared.
    unsafe {
        release(&raw mut buf);
        assert!(buf.release.is_none() && buf.data.is_null());
        release(&raw mut buf);
    }
}
