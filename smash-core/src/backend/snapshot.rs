//! Naming of the tensors in a snapshot.

use super::Snapshot;
use crate::error::{Error, Result};
use crate::tensor::Tensor;

/// Prefix of the names of optimiser state.
const PREFIX: &str = "optimizer/";

impl Snapshot {
    /// Adds one moment of the optimiser state of a parameter.
    pub fn insert_moment(&mut self, moment: &str, parameter: &str, values: Tensor) {
        self.tensors.insert(format!("{PREFIX}{moment}/{parameter}"), values);
    }

    /// Parameters and buffers.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        let own = self.tensors.iter().filter(|(name, _)| !name.starts_with(PREFIX));
        own.map(|(name, values)| (name.as_str(), values))
    }

    /// The optimiser state as (moment, parameter, values); `known` are the moments that the engine has.
    ///
    /// # Errors
    /// For an unknown moment, a parameter that is missing or has another shape, and a step count of a missing
    /// parameter.
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

/// Checks that a parameter's name does not collide with optimiser state.
///
/// # Errors
/// For a name with the prefix of optimiser state.
pub fn check_name(name: &str) -> Result<()> {
    if name.starts_with(PREFIX) {
        return Err(Error::backend(format!(
            "{name:?}: names that start with {PREFIX:?} are optimiser state"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_named_and_fit_their_parameters() {
        let mut state = Snapshot::default();
        state.tensors.insert("block/w".into(), Tensor::zeros(&[2]));
        state.insert_moment("m", "block/w", Tensor::full(&[2], 1.0));
        state.counts.insert("block/w".into(), 3);
        let names: Vec<&str> = state.parameters().map(|(name, _)| name).collect();
        assert_eq!(names, ["block/w"]);
        let moments = state.moments(&["m", "v"]).unwrap();
        assert_eq!(moments, [("m", "block/w", &Tensor::full(&[2], 1.0))]);
        assert!(check_name("block/w").is_ok() && check_name("optimizer/m/block/w").is_err());

        let said = |change: &dyn Fn(&mut Snapshot)| {
            let mut state = state.clone();
            change(&mut state);
            state.moments(&["m", "v"]).unwrap_err().to_string()
        };
        assert!(
            said(&|s| s.insert_moment("x", "block/w", Tensor::zeros(&[2]))).contains("optimizer/x/block/w")
        );
        assert!(said(&|s| s.insert_moment("v", "none", Tensor::zeros(&[2]))).contains("not there"));
        assert!(said(&|s| s.insert_moment("v", "block/w", Tensor::zeros(&[3]))).contains("[3]"));
        assert!(said(&|s| s.counts.extend([("none".into(), 1)])).contains("count of \"none\""));
    }
}
