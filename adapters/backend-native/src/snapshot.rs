//! All state as one value, and back.

use smash_core::Result;
use smash_core::backend::Snapshot;

use crate::optimizer::MOMENTS;
use crate::store::{TensorStore, tensor};

/// Everything that the next step depends on; gradients that wait for a step are not part of it.
pub(crate) fn snapshot(store: &TensorStore) -> Result<Snapshot> {
    let mut out = Snapshot::default();
    for (name, stored) in &store.tensors {
        out.tensors.insert(name.clone(), tensor(&stored.shape, &stored.value)?);
        for (moment, values) in &stored.moments {
            out.insert_moment(moment, name, tensor(&stored.shape, values)?);
        }
        if stored.count > 0 {
            out.counts.insert(name.clone(), stored.count);
        }
    }
    Ok(out)
}

/// A store with the snapshot's state.
pub(crate) fn restore(pool: &crate::memory::Pool, snapshot: &Snapshot) -> Result<TensorStore> {
    let moments = snapshot.moments(&MOMENTS)?;
    let mut store = TensorStore { pool: pool.clone(), ..TensorStore::default() };
    for (name, value) in snapshot.parameters() {
        store.write(name, value)?;
    }
    for (moment, name, values) in moments {
        store.get_mut(name)?.moments.insert(moment, pool.copy(values.data())?);
    }
    for (name, &count) in &snapshot.counts {
        store.get_mut(name)?.count = count;
    }
    Ok(store)
}
