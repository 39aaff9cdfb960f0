//! Snapshots: all state that training depends on, saved and restored.

use smash_core::Result;
use smash_core::backend::Snapshot;
use tch::Device;

use crate::host_tensor::{download, upload};
use crate::optimizer::MOMENTS;
use crate::store::Store;

/// All state that the next step depends on; gradients that were not applied yet are not part of it.
pub(crate) fn snapshot(store: &Store) -> Result<Snapshot> {
    let mut out = Snapshot::default();
    for (name, stored) in &store.tensors {
        out.tensors.insert(name.clone(), download(&stored.value)?);
        for (moment, values) in &stored.moments {
            out.insert_moment(moment, name, download(values)?);
        }
        if stored.count > 0 {
            out.counts.insert(name.clone(), stored.count);
        }
    }
    Ok(out)
}

/// A store with the state of a snapshot.
pub(crate) fn restore(device: Device, snapshot: &Snapshot) -> Result<Store> {
    let moments = snapshot.moments(&MOMENTS)?;
    let mut store = Store::new(device);
    for (name, value) in snapshot.parameters() {
        store.write(name, value)?;
    }
    for (moment, name, values) in moments {
        store.get_mut(name)?.moments.insert(moment, upload(values, device)?);
    }
    for (name, &count) in &snapshot.counts {
        store.get_mut(name)?.count = count;
    }
    Ok(store)
}
