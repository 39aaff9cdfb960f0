//! A trained network in the formats of others.

use std::collections::BTreeMap;

use smash_core::dataset::{Decoding, Normalise};
use smash_export::{Card, Network, OnnxOptions, PyTorchOptions};

use crate::{ModelCard, Registry, Result, StoredModel};

/// A format of others, with its options.
#[derive(Clone, Debug)]
pub enum ExportFormat {
    /// One ONNX file.
    Onnx(OnnxOptions),
    /// A folder with `model.py` and its weights.
    PyTorch(PyTorchOptions),
    /// The weights alone, by their names in the graph.
    Safetensors,
}

/// An exported file: its usual name and its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportedFile {
    /// The name, without a folder.
    pub name: &'static str,
    /// The contents.
    pub bytes: Vec<u8>,
}

/// Writes a trained network in another format. Its inputs are pixels or voxels from 0 to 1, or else
/// values as the dataset stores them: decoding and normalisation are inside. Its outputs are class
/// probabilities.
///
/// # Errors
/// When the architecture is not valid, or the format lacks an op of the network.
pub fn export(registry: &Registry, model: &StoredModel, format: &ExportFormat) -> Result<Vec<ExportedFile>> {
    let (graph, task) = model.network(registry)?;
    let card = card(model, graph.count().params, task.channels);
    let network = Network { graph: &graph, weights: &model.tensors, card };
    let file = |name, bytes| ExportedFile { name, bytes };
    Ok(match format {
        ExportFormat::Onnx(options) => vec![file("model.onnx", smash_export::onnx(&network, options)?)],
        ExportFormat::PyTorch(options) => {
            let module = smash_export::pytorch(&network, options)?;
            vec![file("model.py", module.source.into_bytes()), file("model.safetensors", module.weights)]
        }
        ExportFormat::Safetensors => {
            vec![file("weights.safetensors", smash_export::safetensors(&network)?)]
        }
    })
}

/// What a model knows beside its weights. One of an earlier version takes normalised examples.
fn card(model: &StoredModel, params: u64, channels: usize) -> Card {
    let architecture = &model.file.architecture.architecture;
    let hash = architecture.hash();
    let mut provenance = BTreeMap::from([
        ("space".to_owned(), architecture.space.clone()),
        ("architecture".to_owned(), hash.clone()),
        ("parameters".to_owned(), params.to_string()),
    ]);
    let mut known = Card { name: format!("smash-{hash}"), ..Card::default() };
    if let Some(card) = &model.file.card {
        let mut say = |key: &str, value: Option<String>| {
            provenance.extend(value.map(|value| (key.to_owned(), value)));
        };
        say("smash", Some(card.smash.clone()));
        say("seed", Some(card.seed.to_string()));
        say("engine", Some(card.engine.clone()));
        say("dataset", card.dataset.clone());
        say("layout", Some(card.layout.join(", ")));
        say("input", Some(input(&card.decoding).to_owned()));
        say("test_error", card.test_error.map(|error| error.to_string()));
        known.class_names.clone_from(&card.class_names);
        (known.mean, known.std) = scales(card, channels);
    }
    Card { provenance, ..known }
}

/// What the exported network takes.
fn input(decoding: &Decoding) -> &'static str {
    match decoding {
        Decoding::Values => "values as the dataset stores them",
        Decoding::Image { .. } => "pixels from 0 (black) to 1 (white)",
        Decoding::Voxels { .. } => "voxels, 0 (empty) or 1 (occupied)",
    }
}

/// The mean and standard deviation of each channel in the unit of the input, with which it is normalised:
/// what decoding makes of it and what normalisation makes of that, in one step. None where there is neither.
fn scales(card: &ModelCard, channels: usize) -> (Vec<f32>, Vec<f32>) {
    let range: Vec<[f32; 2]> = match &card.decoding {
        Decoding::Values => Vec::new(),
        Decoding::Image { range, .. } => range.clone(),
        Decoding::Voxels { range, .. } => vec![*range],
    };
    if range.is_empty() && card.normalise.is_none() {
        return (Vec::new(), Vec::new());
    }
    let number = |numbers: &[f64], channel: usize, default| {
        numbers.get(channel).or(numbers.first()).copied().unwrap_or(default)
    };
    let none = Normalise::default();
    let normalise = card.normalise.as_ref().unwrap_or(&none);
    let scale = |channel: usize| {
        let [low, high] = *range.get(channel).or(range.first()).unwrap_or(&[0.0, 1.0]);
        let (low, width) = (f64::from(low), f64::from(high) - f64::from(low));
        let (mean, std) = (number(&normalise.mean, channel, 0.0), number(&normalise.std, channel, 1.0));
        (((mean - low) / width) as f32, (std / width) as f32)
    };
    (0..channels).map(scale).unzip()
}

#[cfg(test)]
mod tests {
    use super::*;
    use smash_core::dataset::Resize;

    #[test]
    fn decoding_and_normalisation_are_one_step() {
        let mut card = ModelCard {
            class_names: None,
            layout: Vec::new(),
            decoding: Decoding::Values,
            normalise: None,
            graph: None,
            views: 1,
            dataset: None,
            seed: 0,
            smash: String::new(),
            engine: String::new(),
            test_error: None,
            test_loss: None,
        };
        assert_eq!(scales(&card, 2), (Vec::new(), Vec::new()));
        card.normalise = Some(Normalise { mean: vec![1.0, 2.0], std: vec![4.0, 5.0] });
        assert_eq!(scales(&card, 2), (vec![1.0, 2.0], vec![4.0, 5.0]));
        card.decoding = Decoding::Image { range: vec![[0.0, 2.0], [-1.0, 1.0]], resize: Resize::default() };
        assert_eq!(scales(&card, 2), (vec![0.5, 1.5], vec![2.0, 2.5]));
        card.normalise = None;
        card.decoding = Decoding::Voxels { range: [-1.0, 5.0], fill: "solid".into(), margin: 1 };
        let (mean, std) = scales(&card, 1);
        // Occupied: (1 − mean) / std = 5.
        assert!(
            ((1.0 - mean[0]) / std[0] - 5.0).abs() < 1e-6 && ((0.0 - mean[0]) / std[0] + 1.0).abs() < 1e-6
        );
    }
}
