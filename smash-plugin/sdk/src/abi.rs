//! The structs of the C ABI, as `include/smash.h` declares them, under their names there without `Smash`.
//!
//! Each noun has its structs in its own folder, beside what exports and imports it; here they are together.
//! Rules that hold everywhere: structs only grow at their end and begin with their size; memory is freed by
//! the library that allocated it; inputs are borrowed for the call; out-parameters are written only on
//! [`OK`], `*err` only on failure.

mod code;
pub mod layout;

pub use code::*;

pub use crate::api::{
    Api, CONTINUE, CTX_ALLOW_ENV_PATHS, CTX_ALLOW_PLUGINS, Context, ContextOptions, Dataset, EVENT_CANDIDATE,
    EVENT_EPOCH, EVENT_OTHER, EVENT_PHASE, EVENT_STEP, LogFn, Model, PAUSE, PHASE_RETRAINING,
    PHASE_SEARCHING, PHASE_TRAINING, ProgressFn, Reader, RunOptions, STOP, Search, Space, Writer,
};
pub use crate::backend::layout::{
    BackendVtable, Feed, Fetch, MODE_CALIBRATE, MODE_EVAL, MODE_TRAIN, PLACE_DEVICE, PLACE_HOST, PLACE_NONE,
    PlanCall, TensorOut,
};
pub use crate::buf::Buf;
pub use crate::dataset::layout::DatasetVtable;
pub use crate::estimator::layout::{EstimatorContext, EstimatorVtable};
pub use crate::plugin::layout::{
    Component, CreateFn, EARLIER_SYMBOL, Host, INIT_SYMBOL, InitFn, KIND_BACKEND, KIND_DATASET,
    KIND_ESTIMATOR, KIND_PROPOSER, KIND_SPACE, Plugin, ResolveFn,
};
pub use crate::proposer::layout::{Outcome, ProposerVtable, TellFn, UNKNOWN};
pub use crate::space::layout::{DecideFn, NETWORK_ONE_SHOT, NETWORK_STANDALONE, SpaceVtable};
pub use crate::tensor::layout::{
    DL_CPU, DL_FLOAT, DL_INT, DL_UINT, DLPACK_MAJOR, DLPACK_MINOR, DlManaged, DlTensor,
};
