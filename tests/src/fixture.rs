//! A fixture of the authors' own network: `NAME.json` describes it, `NAME.f32` holds its tensors
//! (little-endian).

mod errors;
mod graphs;
mod names;
mod replay;
mod settle;
mod sides;

pub use settle::settle;

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use smash_core::backend::Optimizer;
use smash_core::space::WeightScheme;
use smash_core::task::Task;
use smash_core::tensor::Tensor;
use smash_search_spaces::memory_bank::{Block, Choices, Conv, MemoryBank, MemoryBankConfig, Operation};

/// One entry of the architecture for each block, op and convolution.
type Convs<T> = Vec<Vec<[T; 4]>>;

/// The architecture as the fixture writes it.
#[derive(Deserialize)]
struct Arch {
    incoming: Vec<Vec<Vec<usize>>>,
    outgoing: Vec<Vec<Vec<usize>>>,
    #[serde(rename = "G")]
    width: Vec<Vec<usize>>,
    ops: Convs<u8>,
    dilation: Convs<Vec<usize>>,
    kernel_sizes: Convs<Vec<usize>>,
    groups: Convs<usize>,
    bank_sizes: Vec<usize>,
}

/// A fixture in memory.
pub struct Fixture {
    /// What its files are called.
    pub name: String,
    json: Value,
    data: Vec<f32>,
}

/// The fixtures of a folder in order of their names; none when there is no such folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut out: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    out.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    out.sort();
    out
}

impl Fixture {
    /// The fixture whose description is in this file.
    pub fn read(path: &Path) -> Self {
        let bytes =
            fs::read(path.with_extension("f32")).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        Self {
            name: path.file_stem().unwrap().to_string_lossy().into_owned(),
            json: serde_json::from_slice(&fs::read(path).unwrap()).unwrap(),
            data: bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect(),
        }
    }

    /// The same fixture with other numbers in one tensor.
    pub fn with(mut self, tensor: &str, change: impl Fn(&mut [f32])) -> Self {
        let count = self.needed(tensor).data().len();
        let start = usize::try_from(self.json["tensors"][tensor]["offset"].as_u64().unwrap()).unwrap();
        change(&mut self.data[start..start + count]);
        self
    }

    fn field<T: DeserializeOwned>(&self, pointer: &str) -> Option<T> {
        let value = self.json.pointer(pointer).filter(|value| !value.is_null())?;
        Some(serde_json::from_value(value.clone()).unwrap_or_else(|e| panic!("{} {pointer}: {e}", self.name)))
    }

    fn need<T: DeserializeOwned>(&self, pointer: &str) -> T {
        self.field(pointer).unwrap_or_else(|| panic!("{}: no {pointer}", self.name))
    }

    /// A tensor by its whole name.
    fn tensor(&self, name: &str) -> Option<Tensor> {
        let entry = self.json["tensors"].get(name)?;
        let shape: Vec<usize> = serde_json::from_value(entry["shape"].clone()).unwrap();
        let start = usize::try_from(entry["offset"].as_u64().unwrap()).unwrap();
        let end = start + shape.iter().product::<usize>();
        Some(Tensor::new(shape, self.data[start..end].to_vec()).unwrap())
    }

    fn needed(&self, name: &str) -> Tensor {
        self.tensor(name).unwrap_or_else(|| panic!("{}: no tensor {name}", self.name))
    }

    /// What follows `prefix` in the names of tensors.
    fn names(&self, prefix: &str) -> Vec<String> {
        let tensors = self.json["tensors"].as_object().unwrap();
        tensors.keys().filter_map(|name| name.strip_prefix(prefix)).map(str::to_owned).collect()
    }

    /// Which network it holds: only the one-shot network has a HyperNet.
    fn network(&self) -> WeightScheme {
        if self.tensor("hyper_in").is_some() { WeightScheme::OneShot } else { WeightScheme::Standalone }
    }

    /// Largest kernel of the whole training: the one that the shared weights are made for.
    fn max_kernel(&self) -> usize {
        self.tensor("param/W.0.op.0.conv.weight").map_or_else(
            || {
                let arch: Arch = self.need("/arch");
                let used = arch.kernel_sizes.into_iter().flatten().flatten().flatten().max().unwrap_or(3);
                used.max(self.need("/config/max_kernel"))
            },
            |weight| weight.shape()[2],
        )
    }

    /// Share of the training after which kernels are annealed as far as they are in the fixture.
    fn progress(&self) -> f64 {
        let (now, last): (usize, usize) = (self.need("/max_kernel"), self.max_kernel());
        if last > 3 { 0.5 * (now - 3) as f64 / (last - 3) as f64 } else { 1.0 }
    }

    fn space(&self) -> MemoryBank {
        let config = |name: &str| self.need::<usize>(&format!("/config/{name}"));
        let on = |name: &str| self.field::<bool>(&format!("/config/{name}")).unwrap_or(false);
        let ops = match (on("var_op"), on("big_op")) {
            (true, _) => "variable",
            (_, true) => "big",
            _ => "single",
        };
        let config: MemoryBankConfig = serde_json::from_value(json!({
            "mode": "reference",
            "norm": self.field::<String>("/norm_style"),
            "unit": config("N"), "max_width": config("N_max"),
            "depth": config("depth"), "width": config("width"),
            "compression": config("depth_compression"),
            "ops": ops,
            "max_kernel": self.max_kernel(),
            "max_dilation": config("max_dilate"), "max_groups": config("max_groups"),
            "bottleneck": config("bottleneck"), "max_bottleneck": config("max_bottleneck"),
            "bottleneck_rule": "floor",
            "stem": {"kernel": self.needed("param/conv1.weight").shape()[2], "stride": 1},
            "width_rule": "peaked", "bank_size": "any",
        }))
        .unwrap();
        let x = self.needed("x");
        let task = Task {
            channels: x.shape()[1],
            extents: x.shape()[2..].to_vec(),
            classes: self.need("/config/nClasses"),
        };
        let space = config.build(&task).unwrap();
        let settings = space.settings();
        assert_eq!(settings.inputs(), self.need::<[usize; 3]>("/in_channels"), "{}", self.name);
        assert_eq!(settings.widths(), self.need::<[usize; 3]>("/widths"), "{}", self.name);
        assert_eq!(settings.budgets(), self.need::<[usize; 3]>("/nch_list"), "{}", self.name);
        space
    }

    fn choices(&self) -> Choices {
        let arch: Arch = self.need("/arch");
        let conv = |b: usize, i: usize, j: usize| Conv {
            kernel: arch.kernel_sizes[b][i][j][..].into(),
            dilation: arch.dilation[b][i][j][..].into(),
            groups: arch.groups[b][i][j],
        };
        let op = |b: usize, i: usize| Operation {
            reads: arch.incoming[b][i].clone(),
            writes: arch.outgoing[b][i].clone(),
            width: arch.width[b][i],
            convs: std::array::from_fn(|j| (arch.ops[b][i][j] == 1).then(|| conv(b, i, j))),
        };
        let block = |b: usize| Block {
            bank: arch.bank_sizes[b],
            ops: (0..arch.incoming[b].len()).map(|i| op(b, i)).collect(),
        };
        Choices { blocks: (0..arch.bank_sizes.len()).map(block).collect() }
    }

    /// The optimiser of the HyperNet or of everything else.
    fn optimizer(&self, hypernet: bool) -> Optimizer {
        let number = |name: &str| self.need::<f64>(&format!("/optimizer/{name}"));
        let decay = || {
            let part = if hypernet { "weight_decay_hyper" } else { "weight_decay_rest" };
            self.field(&format!("/optimizer/{part}")).unwrap_or_else(|| number("weight_decay"))
        };
        match self.need::<String>("/optimizer/kind").as_str() {
            "Adam" => Optimizer::Adam {
                lr: number("lr"),
                beta1: number("betas/0"),
                beta2: number("betas/1"),
                epsilon: number("eps"),
                weight_decay: decay(),
                decoupled: false,
            },
            "SGD" => Optimizer::Sgd {
                lr: number("lr"),
                momentum: number("momentum"),
                nesterov: self.need("/optimizer/nesterov"),
                weight_decay: decay(),
            },
            other => panic!("{}: unknown optimiser {other}", self.name),
        }
    }
}
