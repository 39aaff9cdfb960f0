//! A plugin's engine as a [`Backend`].

use std::ffi::c_void;
use std::ptr;

use smash_core::backend::{
    Backend, BackendInfo, Feed, Fetch, InputGradient, Mode, Plan, Snapshot, StepGroup, StepReport,
};
use smash_core::graph::Graph;
use smash_core::tensor::Tensor;
use smash_core::{Error, Result};

use super::vtable::Handle;
use crate::abi::{
    self, BackendVtable, Buf, Code, PLACE_DEVICE, PLACE_HOST, PLACE_NONE, TensorOut, TensorView,
};
use crate::snapshot;

/// An engine behind a vtable.
pub(super) struct ForeignBackend(Handle<BackendVtable>);

impl ForeignBackend {
    /// # Safety
    /// As [`Handle::new`].
    pub(super) unsafe fn new(vtable: *const BackendVtable, this: *mut c_void) -> Result<Self> {
        // SAFETY: promised by the caller.
        Ok(Self(unsafe { Handle::new(vtable, this) }?))
    }

    fn run_call(
        &self,
        feeds: &[(&str, Feed<'_>)],
        fetches: &[(&str, Fetch<'_>)],
        call: impl FnOnce(
            &BackendVtable,
            *mut c_void,
            &[abi::Feed],
            &[abi::Fetch],
            *mut TensorOut,
            *mut *mut abi::Error,
        ) -> Code,
    ) -> Result<Vec<InputGradient>> {
        let shapes: Vec<Vec<u64>> = feeds
            .iter()
            .map(|(_, feed)| match feed {
                Feed::Host(tensor) => shape_of(tensor),
                Feed::Device(_) => Vec::new(),
            })
            .collect();
        let feeds = feeds.iter().zip(&shapes).map(|((name, feed), shape)| {
            let (device, tensor) = match feed {
                Feed::Host(tensor) => (None, view(tensor, shape)),
                Feed::Device(device) => {
                    (Some(*device), TensorView { data: ptr::null(), shape: ptr::null(), rank: 0 })
                }
            };
            abi::Feed {
                name: name.as_ptr().cast(),
                name_len: name.len(),
                device: device.map_or(ptr::null(), |device| device.as_ptr().cast()),
                device_len: device.map_or(0, str::len),
                tensor,
            }
        });
        let wanted = fetches.iter().map(|(name, fetch)| {
            let device = match fetch {
                Fetch::Host => None,
                Fetch::Device(device) => Some(*device),
            };
            abi::Fetch {
                name: name.as_ptr().cast(),
                name_len: name.len(),
                device: device.map_or(ptr::null(), |device| device.as_ptr().cast()),
                device_len: device.map_or(0, str::len),
            }
        });
        let (feeds, wanted): (Vec<_>, Vec<_>) = (feeds.collect(), wanted.collect());
        let mut out: Vec<TensorOut> = fetches.iter().map(|_| empty()).collect();
        self.0.call(|vtable, this, err| call(vtable, this, &feeds, &wanted, out.as_mut_ptr(), err))?;
        out.into_iter().map(taken).collect()
    }
}

fn shape_of(tensor: &Tensor) -> Vec<u64> {
    tensor.shape().iter().map(|&extent| extent as u64).collect()
}

fn view(tensor: &Tensor, shape: &[u64]) -> TensorView {
    TensorView { data: tensor.data().as_ptr(), shape: shape.as_ptr(), rank: shape.len() }
}

fn empty() -> TensorOut {
    TensorOut { values: Buf::EMPTY, shape: [0; 8], rank: 0, place: PLACE_NONE }
}

/// Copies a tensor that the plugin returned, and releases its buffer.
fn taken(out: TensorOut) -> Result<InputGradient> {
    let values = out.values.take();
    match out.place {
        PLACE_NONE => Ok(InputGradient::Absent),
        PLACE_DEVICE => Ok(InputGradient::Device),
        PLACE_HOST => {
            let shape: Vec<usize> =
                out.shape.iter().take(out.rank as usize).map(|&extent| extent as usize).collect();
            let values = values.to_values();
            let count = values.len();
            let tensor = Tensor::new(shape.clone(), values);
            tensor.map(InputGradient::Host).ok_or_else(|| {
                Error::Plugin(format!("it handed out {count} values for a tensor of shape {shape:?}"))
            })
        }
        other => Err(Error::Plugin(format!("it handed out a tensor at place {other}"))),
    }
}

/// The tensor of a result that must have one.
fn required(gradient: InputGradient) -> Result<Tensor> {
    match gradient {
        InputGradient::Host(tensor) => Ok(tensor),
        _ => Err(Error::Plugin("it handed out no tensor where one was asked for".to_owned())),
    }
}

impl Backend for ForeignBackend {
    fn info(&self) -> BackendInfo {
        // SAFETY: `this` belongs to the vtable; out-pointers are valid for the call, as in every call below.
        let info = self.0.json("info", |vtable, this, out, err| unsafe { (vtable.info)(this, out, err) });
        let unknown = |_| BackendInfo { id: "?".into(), device: "?".into(), level: "?".into(), threads: 0 };
        info.unwrap_or_else(unknown)
    }

    fn compile(&mut self, graph: &Graph) -> Result<Plan> {
        let graph = graph.to_json();
        let mut plan = 0;
        self.0.call(|vtable, this, err| {
            // SAFETY: as in `info`.
            unsafe { (vtable.compile)(this, graph.as_ptr().cast(), graph.len(), &raw mut plan, err) }
        })?;
        Ok(Plan(plan))
    }

    fn release(&mut self, plan: Plan) {
        // SAFETY: as in `info`.
        self.0.peek(|vtable, this| unsafe { (vtable.release)(this, plan.0) });
    }

    fn run(
        &mut self,
        plan: Plan,
        mode: Mode,
        inputs: &[(&str, Feed<'_>)],
        outputs: &[(&str, Fetch<'_>)],
    ) -> Result<Vec<Option<Tensor>>> {
        let mode = match mode {
            Mode::Train => 0,
            Mode::Eval => 1,
            Mode::Calibrate => 2,
        };
        let results = self.run_call(inputs, outputs, |vtable, this, feeds, fetches, out, err| {
            let (f, n) = (fetches.as_ptr(), fetches.len());
            // SAFETY: as in `info`; there is room for one result per fetch.
            unsafe { (vtable.run)(this, plan.0, mode, feeds.as_ptr(), feeds.len(), f, n, out, err) }
        })?;
        let result = |(gradient, (_, fetch)): (InputGradient, &(&str, Fetch<'_>))| match fetch {
            Fetch::Device(_) => Ok(None),
            Fetch::Host => required(gradient).map(Some),
        };
        results.into_iter().zip(outputs).map(result).collect()
    }

    fn backward(
        &mut self,
        plan: Plan,
        output_gradients: &[(&str, Feed<'_>)],
        wanted: &[(&str, Fetch<'_>)],
    ) -> Result<Vec<InputGradient>> {
        self.run_call(output_gradients, wanted, |vtable, this, feeds, fetches, out, err| {
            let (f, n) = (fetches.as_ptr(), fetches.len());
            // SAFETY: as in `run`.
            unsafe { (vtable.backward)(this, plan.0, 0, feeds.as_ptr(), feeds.len(), f, n, out, err) }
        })
    }

    fn step(&mut self, groups: &[StepGroup], clip: Option<f64>) -> Result<StepReport> {
        let groups = serde_json::to_string(groups).map_err(|e| Error::backend(e.to_string()))?;
        let (mut gradient_norm, mut applied) = (f64::NAN, 0);
        self.0.call(|vtable, this, err| {
            let (text, len) = (groups.as_ptr().cast(), groups.len());
            let (norm, applied) = (&raw mut gradient_norm, &raw mut applied);
            // SAFETY: as in `info`.
            unsafe { (vtable.step)(this, text, len, clip.unwrap_or(f64::NAN), norm, applied, err) }
        })?;
        Ok(StepReport { gradient_norm, applied: applied != 0 })
    }

    fn gradient(&self, name: &str) -> Result<Option<Tensor>> {
        let mut out = empty();
        self.0.call(|vtable, this, err| {
            // SAFETY: as in `info`.
            unsafe { (vtable.gradient)(this, name.as_ptr().cast(), name.len(), &raw mut out, err) }
        })?;
        match taken(out)? {
            InputGradient::Absent => Ok(None),
            gradient => required(gradient).map(Some),
        }
    }

    fn contains(&self, name: &str) -> bool {
        // SAFETY: as in `info`.
        self.0.peek(|vtable, this| unsafe { (vtable.contains)(this, name.as_ptr().cast(), name.len()) != 0 })
    }

    fn read(&self, name: &str) -> Result<Tensor> {
        let mut out = empty();
        self.0.call(|vtable, this, err| {
            // SAFETY: as in `info`.
            unsafe { (vtable.read)(this, name.as_ptr().cast(), name.len(), &raw mut out, err) }
        })?;
        required(taken(out)?)
    }

    fn write(&mut self, name: &str, value: &Tensor) -> Result<()> {
        let shape = shape_of(value);
        let view = view(value, &shape);
        self.0.call(|vtable, this, err| {
            // SAFETY: as in `info`.
            unsafe { (vtable.write)(this, name.as_ptr().cast(), name.len(), &raw const view, err) }
        })
    }

    fn drop_value(&mut self, name: &str) {
        // SAFETY: as in `info`.
        self.0.peek(|vtable, this| unsafe { (vtable.drop_value)(this, name.as_ptr().cast(), name.len()) });
    }

    fn snapshot(&self) -> Result<Snapshot> {
        // SAFETY: as in `info`.
        let bytes = self.0.bytes(|vtable, this, out, err| unsafe { (vtable.snapshot)(this, out, err) })?;
        snapshot::decode(bytes.as_bytes())
    }

    fn restore(&mut self, snapshot: &Snapshot) -> Result<()> {
        let bytes = snapshot::encode(snapshot)?;
        // SAFETY: as in `info`.
        self.0.call(|vtable, this, err| unsafe { (vtable.restore)(this, bytes.as_ptr(), bytes.len(), err) })
    }
}
