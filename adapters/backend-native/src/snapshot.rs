//! All state as one value, and back.

use smash_core::backend::Snapshot;
use smash_core::{Error, Result};

use crate::optimizer::MOMENTS;
use crate::store::{Store, tensor};

/// What the names of optimiser state start with.
pub(crate) const PREFIX: &str = "optimizer/";

/// Everything that the next step depends on; gradients that wait for a step are not part of it.
pub(crate) fn snapshot(store: &Store) -> Result<Snapshot> {
    let mut out = Snapshot::default();
    for (name, stored) in &store.tensors {
        out.tensors.insert(name.clone(), tensor(&stored.shape, &stored.value)?);
        for (moment, values) in &stored.moments {
            out.tensors.insert(format!("{PREFIX}{moment}/{name}"), tensor(&stored.shape, values)?);
        }
        if stored.count > 0 {
            out.counts.insert(name.clone(), stored.count);
        }
    }
    Ok(out)
}

/// A store with the snapshot's state.
pub(crate) fn restore(pool: &crate::memory::Pool, snapshot: &Snapshot) -> Result<Store> {
    let mut store = Store { pool: pool.clone(), ..Store::default() };
    let is_state = |name: &str| name.starts_with(PREFIX);
    for (name, value) in snapshot.tensors.iter().filter(|(name, _)| !is_state(name)) {
        store.write(name, value)?;
    }
    for (full, value) in snapshot.tensors.iter().filter(|(name, _)| is_state(name)) {
        let found = full[PREFIX.len()..].split_once('/');
        let known = found.and_then(|(moment, name)| Some((*MOMENTS.iter().find(|m| **m == moment)?, name)));
        let Some((moment, name)) = known else {
            return Err(Error::backend(format!(
                "snapshot: {full:?} is no optimiser state that this engine knows"
            )));
        };
        let stored = store.get_mut(name).map_err(|_| {
            Error::backend(format!("snapshot: optimiser state {full:?} of a parameter that is not there"))
        })?;
        if stored.shape != value.shape() {
            return Err(Error::backend(format!(
                "snapshot: {full:?} has the shape {:?}, the parameter {:?}",
                value.shape(),
                stored.shape
            )));
        }
        stored.moments.insert(moment, pool.copy(value.data())?);
    }
    for (name, &count) in &snapshot.counts {
        let stored = store.get_mut(name);
        stored
            .map_err(|_| Error::backend(format!("snapshot: a count of {name:?}, which is not there")))?
            .count = count;
    }
    Ok(store)
}
