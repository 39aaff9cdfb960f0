//! The names in a snapshot.

use super::Snapshot;
use crate::error::{Error, Result};
use crate::tensor::Tensor;

/// What the names of optimiser state start with.
const PREFIX: &str = "optimizer/";

impl Snapshot {
    /// Adds the state that an optimiser keeps for a parameter.
    pub fn insert_moment(&mut self, moment: &str, parameter: &str, values: Tensor) {
        self.tensors.insert(format!("{PREFIX}{moment}/{parameter}"), values);
    }

    /// Parameters and buffers.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        let own = self.tensors.iter().filter(|(name, _)| !name.starts_with(PREFIX));
        own.map(|(name, values)| (name.as_str(), values))
    }

    /// What an optimiser keeps, as (moment, parameter, values); `known` are the moments that the engine has.
    ///
    /// # Errors
    /// For another moment, a parameter that is not there, or one of another shape; and for a count of a parameter that is
    /// not there.
    pub fn moments<'a>(&'a self, known: &[&'static str]) -> Result<Vec<(&'static str, &'a str, &'a Tensor)>> {
        let mut moments = Vec::new();
        for (full, values) in &self.tensors {
            let Some(state) = full.strip_prefix(PREFIX) else { continue };
            let found = state.split_once('/');
            let found = found.and_then(|(m, name)| Some((*known.iter().find(|known| **known == m)?, name)));
            let (moment, name) = found.ok_or_else(|| {
                Error::backend(format!("snapshot: {full:?} is no optimiser state that this engine knows"))
            })?;
            let parameter = self.tensors.get(name).ok_or_else(|| {
                Error::backend(format!("snapshot: optimiser state {full:?} of a parameter that is not there"))
            })?;
            if parameter.shape() != values.shape() {
                return Err(Error::backend(format!(
                    "snapshot: {full:?} has the shape {:?}, the parameter {:?}",
                    values.shape(),
                    parameter.shape()
                )));
            }
            moments.push((moment, name, values));
        }
        match self.counts.keys().find(|name| !self.tensors.contains_key(*name)) {
            Some(name) => Err(Error::backend(format!("snapshot: a count of {name:?}, which is not there"))),
            None => Ok(moments),
        }
    }
}

/// Refuses a name for a parameter that means optimiser state.
///
/// # Errors
/// For such a name.
pub fn check_name(name: &str) -> Result<()> {
    if name.starts_with(PREFIX) {
        return Err(Error::backend(format!(
            "{name:?}: names that start with {PREFIX:?} are optimiser state"
        )));
    }
    Ok(())
}
