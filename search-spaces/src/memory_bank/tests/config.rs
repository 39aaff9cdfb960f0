//! The configuration: rules, defaults, schema, round trip.

use serde_json::json;

use super::*;

#[test]
fn derived_sizes_are_those_of_the_specification() {
    let sizes = |w| {
        let s = MemoryBankConfig { width: Some(w), ..reference() }.resolve().unwrap();
        (s.inputs(), s.widths(), s.budgets(), s.max_banks())
    };
    assert_eq!(sizes(4), ([64, 96, 112], [192, 224, 256], [832, 1632, 3184], 32));
    assert_eq!(sizes(8), ([128, 192, 224], [384, 448, 512], [1664, 3264, 6368], 64));
    assert_eq!(sizes(12), ([192, 288, 336], [576, 672, 768], [2496, 4896, 9552], 96));
    let s = reference().resolve().unwrap();
    assert_eq!(s.bank_sizes(0), [1, 2, 3, 4, 6, 8]);
    assert_eq!(s.bank_sizes(1), [1, 2, 3, 4, 5, 6, 8]);
    assert_eq!(s.bank_sizes(2), [1, 2, 3, 4, 5, 6, 7, 8]);
    let kernels: Vec<usize> = [0.0, 0.2, 0.25, 0.7, 0.75, 1.0].map(|p| s.kernels(p).len()).to_vec();
    assert_eq!(kernels, [1, 1, 2, 2, 3, 3]);
    assert_eq!([3, 5, 7].map(|k| s.max_dilation_of(k)), [3, 2, 1]);
    assert_eq!(s.groups(), [1, 2, 4, 8]);
}

#[test]
fn plane_channels_are_those_of_the_specification() {
    let channels = |config: MemoryBankConfig| config.build(&images()).unwrap().plane().channels;
    // The group field has F channels of its own here; the size of the authors' plane is the same.
    assert_eq!(channels(reference()), 91);
    for (w, expected) in [(4, 143), (8, 207), (12, 271)] {
        assert_eq!(channels(MemoryBankConfig { width: Some(w), ..preset(Preset::SmashV2) }), expected);
    }
}

#[test]
fn broken_rules_are_refused_by_name() {
    let base = MemoryBankConfig::default;
    let cases: Vec<(MemoryBankConfig, &str, &str)> = vec![
        (
            MemoryBankConfig { width: Some(2), max_width: Some(64), unit: Some(8), ..base() },
            "/max_width",
            "N_max 64 exceeds the input width in[0]=32 of block 0; raise width to 4",
        ),
        (MemoryBankConfig { max_width: Some(20), ..base() }, "/max_width", "multiple of unit = 8, found 20"),
        (MemoryBankConfig { unit: Some(0), ..base() }, "/unit", "expected 1 to 64, found 0"),
        (MemoryBankConfig { max_kernel: Some(4), ..base() }, "/max_kernel", "odd"),
        (MemoryBankConfig { stem: Some(Stem { kernel: 2, stride: 1 }), ..base() }, "/stem/kernel", "odd"),
        (MemoryBankConfig { stem: Some(Stem { kernel: 3, stride: 0 }), ..base() }, "/stem/stride", "found 0"),
        (
            MemoryBankConfig { compression: Some(5), max_width: Some(24), ..base() },
            "/compression",
            "slices of 5 units: its input has 4 units",
        ),
    ];
    for (config, pointer, message) in cases {
        let problems = config.validate();
        let problem = problems.iter().find(|p| p.pointer == pointer);
        assert!(problem.is_some_and(|p| p.message.contains(message)), "{problems:?}");
        assert!(config.resolve().is_err() && config.build(&images()).is_err());
    }
}

#[test]
fn every_preset_is_valid_and_round_trips() {
    for p in [Preset::Tiny, Preset::SmashV1, Preset::SmashV2, Preset::Tiny3d] {
        let config = preset(p);
        assert_eq!(config.validate(), []);
        let resolved = config.resolved();
        let text = serde_json::to_value(&resolved).unwrap();
        let back: MemoryBankConfig = serde_json::from_value(text).unwrap();
        assert_eq!(back, resolved);
        assert_eq!(back.resolve().unwrap(), config.resolve().unwrap());
    }
    assert_eq!(serde_json::to_value(MemoryBankConfig::default()).unwrap(), json!({}));
    assert!(serde_json::from_value::<MemoryBankConfig>(json!({"widht": 3})).is_err());
}

#[test]
fn schema_has_ranges_and_descriptions() {
    let schema = schemars::schema_for!(MemoryBankConfig).to_value();
    assert_eq!(schema["properties"]["max_kernel"]["minimum"], 3);
    assert_eq!(schema["properties"]["depth"]["maximum"], 64);
    for (name, property) in schema["properties"].as_object().unwrap() {
        assert!(property["description"].is_string(), "{name}: {property}");
    }
    assert_eq!(schema["additionalProperties"], false);
}
