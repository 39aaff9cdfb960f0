//! Named tensors, their gradients and optimiser state.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use smash_core::backend::feeds::no_parameter;
use smash_core::graph::Parameter;
use smash_core::tensor::Tensor;
use smash_core::{Error, Result};

use crate::boxes;
use crate::memory::{self, Buffer, Pool};

/// Which elements got a gradient since the last step.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Touched {
    /// None.
    #[default]
    Nothing,
    /// Those with a 1.
    Some(Vec<u8>),
    /// Every one.
    All,
}

/// A stored tensor with what training needs.
#[derive(Debug)]
pub(crate) struct Stored {
    /// Extents.
    pub shape: Vec<usize>,
    /// The numbers; shared with runs that read them.
    pub value: Arc<Buffer>,
    /// Sum of gradients since the last step.
    pub gradient: Option<Buffer>,
    /// Where the gradient comes from.
    pub touched: Touched,
    /// Optimiser state by moment.
    pub moments: BTreeMap<&'static str, Buffer>,
    /// How often it was stepped.
    pub count: u64,
}

/// All named tensors.
#[derive(Debug, Default)]
pub(crate) struct TensorStore {
    /// By name.
    pub tensors: BTreeMap<String, Stored>,
    /// Where buffers come from.
    pub pool: Pool,
}

impl TensorStore {
    /// The tensor of a name.
    pub(crate) fn get(&self, name: &str) -> Result<&Stored> {
        self.tensors.get(name).ok_or_else(|| no_parameter(name))
    }

    /// The tensor of a name, to be changed.
    pub(crate) fn get_mut(&mut self, name: &str) -> Result<&mut Stored> {
        self.tensors.get_mut(name).ok_or_else(|| no_parameter(name))
    }

    /// The tensor that a graph's parameter is a box of; its shape is checked.
    pub(crate) fn of(&self, parameter: &Parameter) -> Result<&Stored> {
        let stored = self.get(&parameter.name)?;
        if stored.shape != parameter.stored {
            return Err(Error::backend(format!(
                "parameter {:?}: the graph expects the shape {:?}, stored is {:?}",
                parameter.name, parameter.stored, stored.shape
            )));
        }
        Ok(stored)
    }

    /// The values of a parameter: shared if it is a whole tensor, gathered otherwise.
    pub(crate) fn load(&self, parameter: &Parameter) -> Result<Arc<Buffer>> {
        let stored = self.of(parameter)?;
        if parameter.is_whole() {
            return Ok(Arc::clone(&stored.value));
        }
        let mut out = self.pool.take(parameter.dims().iter().product())?;
        boxes::gather(&stored.value, &boxes::rows(&parameter.stored, &parameter.slice), &mut out);
        Ok(Arc::new(out))
    }

    /// Changes the values of a parameter: `change(old, i)` gives element `i` of the box.
    pub(crate) fn change(&mut self, parameter: &Parameter, change: impl Fn(f32, usize) -> f32) -> Result<()> {
        self.of(parameter)?;
        let stored = self.get_mut(&parameter.name)?;
        let values = memory::make_mut(&mut stored.value)?;
        let elements = boxes::rows(&parameter.stored, &parameter.slice).into_iter().flatten();
        for (i, at) in elements.enumerate() {
            values[at] = change(values[at], i);
        }
        Ok(())
    }

    /// Takes the gradient of a whole tensor out, to be added to and put back; `true` if there is one already,
    /// otherwise its contents are unspecified.
    pub(crate) fn take_gradient(&mut self, name: &str) -> Result<(Buffer, bool)> {
        let pool = self.pool.clone();
        let stored = self.get_mut(name)?;
        stored.touched = Touched::All;
        Ok(match stored.gradient.take() {
            Some(gradient) => (gradient, true),
            None => (pool.take(stored.value.len())?, false),
        })
    }

    /// Adds the gradient of a box.
    pub(crate) fn add_gradient(&mut self, parameter: &Parameter, from: &[f32]) -> Result<()> {
        let pool = self.pool.clone();
        let stored = self.get_mut(&parameter.name)?;
        let len = stored.value.len();
        let rows = boxes::rows(&parameter.stored, &parameter.slice);
        let gradient = match &mut stored.gradient {
            Some(gradient) => gradient,
            none => none.insert(pool.zeros(len)?),
        };
        boxes::scatter_add(from, &rows, gradient);
        if stored.touched == Touched::Nothing {
            stored.touched = Touched::Some(vec![0; len]);
        }
        if let Touched::Some(mask) = &mut stored.touched {
            rows.into_iter().for_each(|row: Range<usize>| mask[row].fill(1));
        }
        Ok(())
    }

    /// Drops all gradients.
    pub(crate) fn clear_gradients(&mut self) {
        for stored in self.tensors.values_mut() {
            stored.gradient = None;
            stored.touched = Touched::Nothing;
        }
    }

    /// Creates or overwrites a tensor.
    ///
    /// # Errors
    /// When the system has no more memory.
    pub(crate) fn write(&mut self, name: &str, value: &Tensor) -> Result<()> {
        let data = Arc::new(self.pool.copy(value.data())?);
        match self.tensors.get_mut(name) {
            Some(stored) if stored.shape == value.shape() => stored.value = data,
            _ => {
                let stored = Stored {
                    shape: value.shape().to_vec(),
                    value: data,
                    gradient: None,
                    touched: Touched::Nothing,
                    moments: BTreeMap::new(),
                    count: 0,
                };
                self.tensors.insert(name.to_owned(), stored);
            }
        }
        Ok(())
    }
}

/// A host tensor.
pub(crate) fn tensor(shape: &[usize], data: &[f32]) -> Result<Tensor> {
    Tensor::new(shape.to_vec(), data.to_vec())
        .ok_or_else(|| Error::backend(format!("{} numbers do not fill the shape {shape:?}", data.len())))
}
