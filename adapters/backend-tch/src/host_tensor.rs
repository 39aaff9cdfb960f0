//! Copies tensors between host and device.

use smash_core::tensor::Tensor as HostTensor;
use smash_core::{Error, Result};
use tch::{Device, Kind, Tensor};

use crate::error::At;

/// A shape in libtorch's type.
pub(crate) fn sizes(shape: &[usize]) -> Vec<i64> {
    shape.iter().map(|&extent| extent as i64).collect()
}

/// The shape of a tensor in the core's type.
pub(crate) fn extents(value: &Tensor) -> Vec<usize> {
    value.size().into_iter().map(|extent| extent as usize).collect()
}

/// Copies a host tensor to the device.
pub(crate) fn upload(value: &HostTensor, device: Device) -> Result<Tensor> {
    let copied = Tensor::f_from_slice(value.data());
    let shaped = copied.and_then(|t| t.f_reshape(sizes(value.shape())));
    shaped.and_then(|t| t.f_to_device(device)).at(|| format!("a tensor of the shape {:?}", value.shape()))
}

/// Copies a device tensor to the host.
pub(crate) fn download(value: &Tensor) -> Result<HostTensor> {
    let shape = extents(value);
    let len = shape.iter().product();
    let mut data = Vec::new();
    // The device may have more memory than the host, whose allocator aborts the process when it runs out.
    data.try_reserve_exact(len)
        .map_err(|e| Error::backend(format!("reading a value of the shape {shape:?}: the host: {e}")))?;
    data.resize(len, 0.0f32);
    let local =
        value.f_detach().and_then(|t| t.f_to_device(Device::Cpu)).and_then(|t| t.f_to_kind(Kind::Float));
    let copied = local.and_then(|t| t.f_contiguous()).and_then(|t| t.f_copy_data(&mut data, len));
    copied.at(|| format!("reading a value of the shape {shape:?}"))?;
    let full = || Error::backend(format!("the numbers of a value do not fill its shape {shape:?}"));
    HostTensor::new(shape.clone(), data).ok_or_else(full)
}
