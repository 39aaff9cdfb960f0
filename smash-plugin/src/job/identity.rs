//! The identity of a job: what two jobs must share for one to resume the other's run.

use std::fmt::Write as _;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Job, older};

impl Job {
    /// Whether this job can go on with a run of `before`: it is the same, but for constraints that may be
    /// looser.
    pub fn goes_on_with(&self, before: &Self) -> bool {
        let constrained = Self { constraints: before.constraints, ..self.clone() };
        self.constraints.are_looser_than(&before.constraints) && constrained.identity() == before.identity()
    }

    /// SHA-256 (hexadecimal) of everything that a result depends on: the resolved job without `threads` and
    /// the backend's `device`. A run can only be resumed by a job of the same identity.
    pub fn identity(&self) -> String {
        let mut document = self.resolved();
        older::written(&mut document);
        if let Some(fields) = document.as_object_mut() {
            fields.remove("threads");
            if let Some(backend) = fields.get_mut("backend").and_then(Value::as_object_mut) {
                backend.remove("device");
            }
        }
        // Sorted keys, whatever map type `serde_json` was compiled with: the hash depends on the order.
        document.sort_all_objects();
        Sha256::digest(document.to_string()).iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}
