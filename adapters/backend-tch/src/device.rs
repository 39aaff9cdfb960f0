//! Device names.

use smash_core::{Error, Result};
use tch::Device;

/// Parses a device name as in a job.
pub(crate) fn parse(name: &str) -> Result<Device> {
    let index = name.strip_prefix("cuda:").and_then(|index| index.parse().ok());
    match (name, index) {
        ("cpu", _) => Ok(Device::Cpu),
        (_, Some(index)) => Ok(Device::Cuda(index)),
        _ => Err(Error::backend(format!("device {name:?}: expected \"cpu\" or \"cuda:0\", \"cuda:1\" …"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(parse("cpu").unwrap(), Device::Cpu);
        assert_eq!(parse("cuda:3").unwrap(), Device::Cuda(3));
        for name in ["", "cuda", "cuda:", "cuda:-1", "mps", "CPU"] {
            assert!(parse(name).unwrap_err().to_string().contains(&format!("{name:?}")));
        }
    }
}
