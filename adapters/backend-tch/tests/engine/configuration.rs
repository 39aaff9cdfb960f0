//! The engine as an entry of a job, and what it says when it cannot start.

use serde_json::json;
use smash_backend_tch::TchConfig;
use smash_core::backend::{Backend, Resources};
use smash_core::component::{BackendConfig, Component, Kind};

use crate::device::THREADS;

#[test]
fn it_is_registered_with_its_schema() {
    let component =
        inventory::iter::<Component>().find(|c| c.kind == Kind::Backend && c.id == "tch").unwrap();
    let schema = (component.schema)(&mut schemars::SchemaGenerator::default()).to_value();
    let pattern = schema["properties"]["device"]["pattern"].as_str().unwrap();
    assert!(pattern.contains("cuda:"), "{pattern}");
    assert_eq!(schema["additionalProperties"], false);
}

#[test]
fn a_job_opens_it() {
    let config = json!({"type": "tch", "device": "cpu", "channels_last": false});
    let config: Box<dyn BackendConfig> = serde_json::from_value(config).unwrap();
    let info = config.open(&Resources::threads(THREADS)).unwrap().info();
    assert_eq!((info.id.as_str(), info.device.as_str(), info.threads), ("tch", "cpu", THREADS));
    assert_eq!(info.level, "libtorch-2.11.0");
    assert_eq!(serde_json::from_value::<TchConfig>(json!({})).unwrap(), TchConfig::default());
    assert!(serde_json::from_value::<TchConfig>(json!({"channel_last": true})).is_err());
    let error = TchConfig { device: "gpu".into(), ..TchConfig::default() }.open(THREADS).unwrap_err();
    assert!(error.to_string().contains("\"gpu\""), "{error}");
}

#[test]
fn cuda_opens_or_says_what_is_missing() {
    match (TchConfig { device: "cuda:0".into(), ..TchConfig::default() }).open(THREADS) {
        Ok(backend) => assert_eq!(backend.info().device, "cuda:0"),
        Err(error) => {
            let text = error.to_string();
            assert!(text.contains("libtorch_cuda.so in /") || text.contains("CUDA devices"), "{text}");
        }
    }
    let error = TchConfig { device: "cuda:999".into(), ..TchConfig::default() }.open(THREADS).unwrap_err();
    assert!(error.to_string().contains("cuda"), "{error}");
}
