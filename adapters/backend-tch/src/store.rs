//! Parameters and buffers by name, with their gradients and optimiser state.

use std::collections::BTreeMap;
use std::ops::Range;

use smash_core::backend::feeds::no_parameter;
use smash_core::graph::Parameter;
use smash_core::tensor::Tensor as HostTensor;
use smash_core::{Error, Result};
use tch::{Device, TchError, Tensor};

use crate::error::At;
use crate::host_tensor::{extents, upload};

/// A stored tensor with its training state. Values are replaced, never changed in place: kept runs and device
/// values may share them.
#[derive(Debug)]
pub(crate) struct Stored {
    /// The values.
    pub value: Tensor,
    /// Accumulated gradient since the last step.
    pub gradient: Option<Tensor>,
    /// Mask: one where an element got a gradient since the last step, zero elsewhere; `None`: everywhere.
    pub touched: Option<Tensor>,
    /// Optimiser state by the name of the moment.
    pub moments: BTreeMap<&'static str, Tensor>,
    /// Number of optimiser steps.
    pub count: u64,
}

/// All stored tensors.
#[derive(Debug)]
pub(crate) struct Store {
    /// Tensors by name.
    pub tensors: BTreeMap<String, Stored>,
    device: Device,
}

impl Store {
    /// An empty store.
    pub(crate) fn new(device: Device) -> Self {
        Self { tensors: BTreeMap::new(), device }
    }

    /// Looks up a tensor.
    pub(crate) fn get(&self, name: &str) -> Result<&Stored> {
        self.tensors.get(name).ok_or_else(|| no_parameter(name))
    }

    /// Looks up a tensor to modify it.
    pub(crate) fn get_mut(&mut self, name: &str) -> Result<&mut Stored> {
        self.tensors.get_mut(name).ok_or_else(|| no_parameter(name))
    }

    /// The value of a graph's parameter: a view of a slice of the stored tensor.
    pub(crate) fn load(&self, parameter: &Parameter) -> Result<Tensor> {
        let stored = self.get(&parameter.name)?;
        let found = extents(&stored.value);
        if found != parameter.stored {
            return Err(Error::backend(format!(
                "parameter {:?}: the graph expects the shape {:?}, stored is {found:?}",
                parameter.name, parameter.stored
            )));
        }
        boxed(&stored.value, &parameter.slice, 0).at(|| format!("parameter {:?}", parameter.name))
    }

    /// Replaces the values of a parameter's slice.
    pub(crate) fn replace(&mut self, parameter: &Parameter, values: &Tensor) -> Result<()> {
        let stored = self.get_mut(&parameter.name)?;
        let written = copied(&stored.value).and_then(|whole| {
            boxed(&whole, &parameter.slice, 0)?.f_copy_(values)?;
            Ok(whole)
        });
        stored.value = written.at(|| format!("buffer {:?}", parameter.name))?;
        Ok(())
    }

    /// Accumulates the gradient of a parameter's slice into that of the stored tensor.
    pub(crate) fn add_gradient(&mut self, parameter: &Parameter, gradient: &Tensor) -> Result<()> {
        let stored = self.get_mut(&parameter.name)?;
        add(stored, parameter, gradient).at(|| format!("the gradient of {:?}", parameter.name))
    }

    /// Drops all gradients.
    pub(crate) fn clear_gradients(&mut self) {
        for stored in self.tensors.values_mut() {
            stored.gradient = None;
            stored.touched = None;
        }
    }

    /// Creates or overwrites a tensor.
    pub(crate) fn write(&mut self, name: &str, value: &HostTensor) -> Result<()> {
        let uploaded = upload(value, self.device)?;
        match self.tensors.get_mut(name) {
            Some(stored) if extents(&stored.value) == value.shape() => stored.value = uploaded,
            _ => {
                let stored = Stored {
                    value: uploaded,
                    gradient: None,
                    touched: None,
                    moments: BTreeMap::new(),
                    count: 0,
                };
                self.tensors.insert(name.to_owned(), stored);
            }
        }
        Ok(())
    }
}

fn add(stored: &mut Stored, parameter: &Parameter, gradient: &Tensor) -> Result<(), TchError> {
    let first = stored.gradient.is_none();
    if parameter.is_whole() {
        stored.touched = None;
        stored.gradient = Some(match stored.gradient.take() {
            Some(sum) => sum.f_add(gradient)?,
            // Autograd may return one tensor for several inputs; a tensor that is accumulated into must not
            // be shared.
            None => copied(gradient)?,
        });
        return Ok(());
    }
    if first {
        stored.touched = Some(stored.value.f_zeros_like()?);
        stored.gradient = Some(stored.value.f_zeros_like()?);
    }
    if let Some(sum) = &stored.gradient {
        let mut part = boxed(sum, &parameter.slice, 0)?;
        let _ = part.f_add_(gradient)?;
    }
    if let Some(touched) = &stored.touched {
        let _ = boxed(touched, &parameter.slice, 0)?.f_fill_(1.0)?;
    }
    Ok(())
}

/// A slice of a tensor, as a view; the first range is of dimension `first`.
pub(crate) fn boxed(value: &Tensor, ranges: &[Range<usize>], first: usize) -> Result<Tensor, TchError> {
    let sizes = value.size();
    let mut view = value.shallow_clone();
    for (i, range) in ranges.iter().enumerate() {
        let dimension = first + i;
        if sizes[dimension] as usize != range.len() {
            view = view.f_narrow(dimension as i64, range.start as i64, range.len() as i64)?;
        }
    }
    Ok(view)
}

/// A contiguous copy that shares no memory.
pub(crate) fn copied(value: &Tensor) -> Result<Tensor, TchError> {
    let mut copy = value.f_zeros_like()?;
    copy.f_copy_(value)?;
    Ok(copy)
}
