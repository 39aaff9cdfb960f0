//! The safetensors format.

use std::path::Path;

use ::safetensors::tensor::TensorView;
use ::safetensors::{Dtype, SafeTensors};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smash_core::Result;
use smash_core::component::{Component, DatasetConfig, Kind};
use smash_core::dataset::Dataset;
use smash_core::json;

use crate::arrays::{self, Arrays, ArraysConfig, Labels};
use crate::check;
use crate::contents;
use crate::elements::{self, Element};
use crate::examples::Examples;

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

/// Reads the tensors x and y of a file.
///
/// # Errors
/// What was expected and what was found.
pub(crate) fn read(path: &Path, labels: Labels) -> Result<Arrays, String> {
    let (mut file, len) = check::open(path)?;
    let bytes = check::bytes(&mut file, usize::try_from(len).unwrap_or(usize::MAX))?;
    json::check_header(&bytes).map_err(|e| e.to_string())?;
    let tensors = SafeTensors::deserialize(&bytes).map_err(|e| match bytes.get(8) {
        Some(b'{') => format!("expected a whole .safetensors file: {e}"),
        _ => format!("expected a .safetensors file, found {}: {e}", contents::found(&bytes)),
    })?;
    let tensor = |name: &str| {
        let names = tensors.names().into_iter().take(8).collect::<Vec<_>>().join(", ");
        let expected = match labels {
            Labels::Needed => "the tensors x and y",
            Labels::IfAny => "a tensor x",
        };
        tensors.tensor(name).map_err(|_| format!("expected {expected}, found {names:?}"))
    };
    // Where no labels are needed, a file of one array has no need to name it.
    let x = match tensors.names()[..] {
        [only] if labels == Labels::IfAny => tensor(only)?,
        _ => tensor("x")?,
    };
    let labelled = labels == Labels::Needed || tensors.tensor("y").is_ok();
    let y = labelled.then(|| tensor("y")).transpose()?;
    arrays::size(x.shape(), 1, len).map_err(|problem| format!("x: {problem}"))?;
    let values = element(x.dtype(), "x")
        .and_then(|element| elements::values(x.data().to_vec(), element))
        .map_err(|problem| format!("x: {problem}"))?;
    let numbers = |y: TensorView| {
        element(y.dtype(), "y")
            .and_then(|element| elements::integers(y.data(), element))
            .and_then(|numbers| arrays::labels(numbers, y.shape(), x.shape()))
            .map_err(|problem| format!("y: {problem}"))
    };
    let y = y.map(numbers).transpose()?;
    Ok(Arrays { shape: x.shape().to_vec(), x: values, y })
}

/// The type of a tensor's elements.
fn element(dtype: Dtype, tensor: &str) -> Result<Element, String> {
    let (kind, width) = match dtype {
        Dtype::BOOL => (elements::Kind::Bool, 1),
        Dtype::U8 => (elements::Kind::Unsigned, 1),
        Dtype::U16 => (elements::Kind::Unsigned, 2),
        Dtype::U32 => (elements::Kind::Unsigned, 4),
        Dtype::U64 => (elements::Kind::Unsigned, 8),
        Dtype::I8 => (elements::Kind::Signed, 1),
        Dtype::I16 => (elements::Kind::Signed, 2),
        Dtype::I32 => (elements::Kind::Signed, 4),
        Dtype::I64 => (elements::Kind::Signed, 8),
        Dtype::F16 => (elements::Kind::Float, 2),
        Dtype::BF16 => (elements::Kind::Brain, 2),
        Dtype::F32 => (elements::Kind::Float, 4),
        Dtype::F64 => (elements::Kind::Float, 8),
        other => {
            let help = format!("convert it with {tensor} = {tensor}.astype(np.float32)");
            return Err(format!("expected numbers, found the type {other:?}: {help}"));
        }
    };
    Ok(Element::little(kind, width))
}
