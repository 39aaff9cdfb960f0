//! A plugin's engine as a [`Backend`].

use std::ffi::c_void;
use std::ptr;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use smash_core::backend::{
    Backend, BackendInfo, Feed, Fetch, InputGradient, Mode, Plan, Snapshot, StepGroup, StepReport,
};
use smash_core::graph::Graph;
use smash_core::tensor::Tensor;
use smash_core::{Error, Result};

use crate::abi::{
    self, BackendVtable, Code, DlManaged, DlTensor, MODE_CALIBRATE, MODE_EVAL, MODE_TRAIN, PLACE_DEVICE,
    PLACE_HOST, PLACE_NONE, PlanCall, TensorOut,
};
use crate::tensor;
use crate::vtable::Handle;

use super::snapshot;

/// An engine behind a vtable.
pub(crate) struct ForeignBackend {
    handle: Handle<BackendVtable>,
    /// Whether it reads graphs in their binary form.
    binary: bool,
}

/// The forms of a graph that an engine reads besides JSON, in its `info`.
#[derive(Default, Deserialize)]
struct Forms {
    /// The latest version of the binary form; 0 for none.
    #[serde(default)]
    binary_graphs: u32,
}

impl ForeignBackend {
    /// # Safety
    /// As [`Handle::new`].
    pub(crate) unsafe fn new(vtable: *const BackendVtable, this: *mut c_void) -> Result<Self> {
        // SAFETY: promised by the caller.
        Ok(Self::of(unsafe { Handle::new(vtable, this) }?))
    }

    /// An engine that is borrowed for a call.
    ///
    /// # Safety
    /// As [`Handle::new`]; `this` outlives the result.
    pub(crate) unsafe fn borrowed(vtable: *const BackendVtable, this: *mut c_void) -> Result<Self> {
        // SAFETY: promised by the caller.
        Ok(Self::of(unsafe { Handle::borrowed(vtable, this) }?))
    }

    fn of(handle: Handle<BackendVtable>) -> Self {
        // An engine that cannot say so gets JSON, and tells what is wrong when it is asked for the rest.
        let forms: Forms = info(&handle).unwrap_or_default();
        Self { handle, binary: forms.binary_graphs >= Graph::BINARY }
    }

    fn run_call(
        &self,
        (plan, mode): (u64, u32),
        feeds: &[(&str, Feed<'_>)],
        fetches: &[(&str, Fetch<'_>)],
        call: impl FnOnce(&BackendVtable, *mut c_void, *const PlanCall, *mut *mut abi::Error) -> Code,
    ) -> Result<Vec<InputGradient>> {
        // The shapes first: the descriptions of the tensors point to them.
        let mut shapes: Vec<Vec<i64>> = feeds.iter().map(|(_, feed)| shape_of(feed)).collect();
        let tensors: Vec<DlTensor> =
            feeds.iter().zip(&mut shapes).map(|((_, feed), shape)| borrowed(feed, shape)).collect();
        let feeds = feeds.iter().zip(&tensors).map(|((name, feed), tensor)| {
            let device = match feed {
                Feed::Host(_) => None,
                Feed::Device(device) => Some(*device),
            };
            abi::Feed {
                struct_size: size_of::<abi::Feed>(),
                name: name.as_ptr().cast(),
                name_len: name.len(),
                device: device.map_or(ptr::null(), |device| device.as_ptr().cast()),
                device_len: device.map_or(0, str::len),
                tensor: if device.is_some() { ptr::null() } else { ptr::from_ref(tensor) },
            }
        });
        let wanted = fetches.iter().map(|(name, fetch)| {
            let device = match fetch {
                Fetch::Host => None,
                Fetch::Device(device) => Some(*device),
            };
            abi::Fetch {
                struct_size: size_of::<abi::Fetch>(),
                name: name.as_ptr().cast(),
                name_len: name.len(),
                device: device.map_or(ptr::null(), |device| device.as_ptr().cast()),
                device_len: device.map_or(0, str::len),
            }
        });
        let (feeds, wanted): (Vec<_>, Vec<_>) = (feeds.collect(), wanted.collect());
        let mut outs = vec![
            TensorOut {
                struct_size: size_of::<TensorOut>(),
                place: PLACE_NONE,
                reserved: 0,
                tensor: ptr::null_mut(),
            };
            fetches.len()
        ];
        let arguments = PlanCall {
            struct_size: size_of::<PlanCall>(),
            plan,
            mode,
            reserved: 0,
            feeds: feeds.as_ptr(),
            n_feeds: feeds.len(),
            feed_stride: size_of::<abi::Feed>(),
            fetches: wanted.as_ptr(),
            n_fetches: wanted.len(),
            fetch_stride: size_of::<abi::Fetch>(),
            outs: outs.as_mut_ptr(),
            out_stride: size_of::<TensorOut>(),
        };
        self.handle.call(|vtable, this, err| call(vtable, this, &raw const arguments, err))?;
        // All of them, so that no tensor is lost when one of them is faulty.
        let taken: Vec<Result<InputGradient>> = outs.into_iter().map(taken).collect();
        taken.into_iter().collect()
    }
}

/// What an engine says of itself.
fn info<T: DeserializeOwned>(handle: &Handle<BackendVtable>) -> Result<T> {
    // SAFETY: `this` belongs to the vtable; out-pointers are valid for the call, as in every call below.
    handle.json("info", |vtable, this, out, err| unsafe { (vtable.info)(this, out, err) })
}

fn shape_of(feed: &Feed<'_>) -> Vec<i64> {
    match feed {
        Feed::Host(tensor) => tensor.shape().iter().map(|&extent| extent as i64).collect(),
        Feed::Device(_) => Vec::new(),
    }
}

/// The description of a tensor that the engine borrows for a call; of a device value nobody looks at it.
fn borrowed(feed: &Feed<'_>, shape: &mut [i64]) -> DlTensor {
    let data = match feed {
        Feed::Host(tensor) => tensor.data(),
        Feed::Device(_) => &[],
    };
    tensor::borrow(data, shape)
}

/// Copies a tensor that the plugin returned, and gives it back.
fn taken(out: TensorOut) -> Result<InputGradient> {
    match out.place {
        PLACE_NONE => Ok(InputGradient::Absent),
        PLACE_DEVICE => Ok(InputGradient::Device),
        PLACE_HOST => imported(out.tensor).map(InputGradient::Host),
        other => Err(Error::Plugin(format!("it handed out a tensor at place {other}"))),
    }
}

fn imported(managed: *mut DlManaged) -> Result<Tensor> {
    // SAFETY: the plugin handed it over in a call that succeeded.
    unsafe { tensor::import(managed, "a tensor that it handed out") }
        .map_err(|(_, message)| Error::Plugin(message))
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
        let unknown = |_| BackendInfo { id: "?".into(), device: "?".into(), level: "?".into(), threads: 0 };
        info(&self.handle).unwrap_or_else(unknown)
    }

    fn compile(&mut self, graph: &Graph) -> Result<Plan> {
        let graph = if self.binary { graph.to_bytes() } else { graph.to_json().into_bytes() };
        let mut plan = 0;
        self.handle.call(|vtable, this, err| {
            // SAFETY: as in `info`.
            unsafe { (vtable.compile)(this, graph.as_ptr().cast(), graph.len(), &raw mut plan, err) }
        })?;
        Ok(Plan(plan))
    }

    fn release(&mut self, plan: Plan) {
        // SAFETY: as in `info`.
        self.handle.peek(|vtable, this| unsafe { (vtable.release)(this, plan.0) });
    }

    fn run(
        &mut self,
        plan: Plan,
        mode: Mode,
        inputs: &[(&str, Feed<'_>)],
        outputs: &[(&str, Fetch<'_>)],
    ) -> Result<Vec<Option<Tensor>>> {
        let mode = match mode {
            Mode::Train => MODE_TRAIN,
            Mode::Eval => MODE_EVAL,
            Mode::Calibrate => MODE_CALIBRATE,
        };
        let results = self.run_call((plan.0, mode), inputs, outputs, |vtable, this, call, err| {
            // SAFETY: as in `info`; the call and all that it points to live until it returns.
            unsafe { (vtable.run)(this, call, err) }
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
        self.run_call((plan.0, 0), output_gradients, wanted, |vtable, this, call, err| {
            // SAFETY: as in `run`.
            unsafe { (vtable.backward)(this, call, err) }
        })
    }

    fn step(&mut self, groups: &[StepGroup], clip: Option<f64>) -> Result<StepReport> {
        let groups = serde_json::to_string(groups).map_err(|e| Error::backend(e.to_string()))?;
        let (mut gradient_norm, mut applied) = (f64::NAN, 0);
        self.handle.call(|vtable, this, err| {
            let (text, len) = (groups.as_ptr().cast(), groups.len());
            let (norm, applied) = (&raw mut gradient_norm, &raw mut applied);
            // SAFETY: as in `info`.
            unsafe { (vtable.step)(this, text, len, clip.unwrap_or(f64::NAN), norm, applied, err) }
        })?;
        Ok(StepReport { gradient_norm, applied: applied != 0 })
    }

    fn gradient(&self, name: &str) -> Result<Option<Tensor>> {
        let mut out = ptr::null_mut();
        self.handle.call(|vtable, this, err| {
            // SAFETY: as in `info`.
            unsafe { (vtable.gradient)(this, name.as_ptr().cast(), name.len(), &raw mut out, err) }
        })?;
        if out.is_null() { Ok(None) } else { imported(out).map(Some) }
    }

    fn contains(&self, name: &str) -> bool {
        // SAFETY: as in `info`.
        self.handle
            .peek(|vtable, this| unsafe { (vtable.contains)(this, name.as_ptr().cast(), name.len()) != 0 })
    }

    fn read(&self, name: &str) -> Result<Tensor> {
        let mut out = ptr::null_mut();
        self.handle.call(|vtable, this, err| {
            // SAFETY: as in `info`.
            unsafe { (vtable.read)(this, name.as_ptr().cast(), name.len(), &raw mut out, err) }
        })?;
        imported(out)
    }

    fn write(&mut self, name: &str, value: &Tensor) -> Result<()> {
        let mut shape = shape_of(&Feed::Host(value));
        let value = tensor::borrow(value.data(), &mut shape);
        self.handle.call(|vtable, this, err| {
            // SAFETY: as in `info`.
            unsafe { (vtable.write)(this, name.as_ptr().cast(), name.len(), &raw const value, err) }
        })
    }

    fn drop_value(&mut self, name: &str) {
        // SAFETY: as in `info`.
        self.handle
            .peek(|vtable, this| unsafe { (vtable.drop_value)(this, name.as_ptr().cast(), name.len()) });
    }

    fn snapshot(&self) -> Result<Snapshot> {
        // SAFETY: as in `info`.
        let bytes =
            self.handle.bytes(|vtable, this, out, err| unsafe { (vtable.snapshot)(this, out, err) })?;
        snapshot::decode(bytes.as_bytes())
    }

    fn restore(&mut self, snapshot: &Snapshot) -> Result<()> {
        let bytes = snapshot::encode(snapshot)?;
        // SAFETY: as in `info`.
        self.handle
            .call(|vtable, this, err| unsafe { (vtable.restore)(this, bytes.as_ptr(), bytes.len(), err) })
    }
}
