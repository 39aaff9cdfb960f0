//! The safetensors format.

use std::path::Path;

use ::safetensors::{Dtype, SafeTensors};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smash_core::Result;
use smash_core::component::{Component, DatasetConfig, Kind};
use smash_core::dataset::Dataset;

use crate::arrays::{self, Arrays, ArraysConfig};
use crate::check;
use crate::examples::{Examples, Values};
use crate::npy;

/// Examples from the tensors x and y of `.safetensors` files.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct SafetensorsConfig(pub ArraysConfig);

impl SafetensorsConfig {
    /// Reads all examples.
    ///
    /// # Errors
    /// [`Error::Invalid`](smash_core::Error::Invalid) at a field; [`Error::Data`](smash_core::Error::Data)
    /// with the file that is missing or damaged.
    pub fn read(&self) -> Result<Examples> {
        self.0.examples(read)
    }
}

#[typetag::serde(name = "safetensors")]
impl DatasetConfig for SafetensorsConfig {
    fn open(&self) -> Result<Box<dyn Dataset>> {
        Ok(Box::new(self.read()?))
    }
}

inventory::submit! {
    Component::new::<SafetensorsConfig>(Kind::Dataset, "safetensors", "Examples from the tensors x and y of .safetensors files.")
}

fn read(path: &Path) -> Result<Arrays, String> {
    let (mut file, len) = check::open(path)?;
    let bytes = check::bytes(&mut file, usize::try_from(len).unwrap_or(usize::MAX))?;
    let tensors =
        SafeTensors::deserialize(&bytes).map_err(|e| format!("expected a whole .safetensors file: {e}"))?;
    let tensor = |name: &str| {
        let names = tensors.names().into_iter().take(8).collect::<Vec<_>>().join(", ");
        tensors.tensor(name).map_err(|_| format!("expected the tensors x and y, found {names:?}"))
    };
    let [x, y] = [tensor("x")?, tensor("y")?];
    arrays::size(x.shape(), 1, len).map_err(|problem| format!("x: {problem}"))?;
    let values = match x.dtype() {
        Dtype::U8 => Values::Bytes(x.data().to_vec()),
        Dtype::F32 => arrays::floats(x.data()).map_err(|problem| format!("x: {problem}"))?,
        other => return Err(format!("x: expected the type U8 or F32, found {other:?}")),
    };
    let numbers = match y.dtype() {
        Dtype::U8 => "|u1",
        Dtype::I8 => "|i1",
        Dtype::U16 => "<u2",
        Dtype::I16 => "<i2",
        Dtype::U32 => "<u4",
        Dtype::I32 => "<i4",
        Dtype::U64 => "<u8",
        Dtype::I64 => "<i8",
        other => return Err(format!("y: expected whole numbers, found the type {other:?}")),
    };
    let y = arrays::labels(y.shape(), x.shape())
        .and_then(|count| npy::integers(&mut y.data(), numbers, count))
        .map_err(|problem| format!("y: {problem}"))?;
    Ok(Arrays { shape: x.shape().to_vec(), x: values, y })
}
