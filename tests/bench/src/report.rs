//! The report of the benchmarks.

use serde::Serialize;

/// One benchmark, as `--json` prints it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Name of the benchmark.
    pub bench: String,
    /// Milliseconds on the native engine.
    pub native_ms: f64,
    /// Milliseconds on libtorch in its default mode: what a user of PyTorch gets.
    pub tch_ms: Option<f64>,
    /// Milliseconds on libtorch with channels last and a tuned allocator.
    pub tch_best_ms: Option<f64>,
    /// Milliseconds on libtorch on CUDA, as exact as on the CPU.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cuda_ms: Option<f64>,
    /// The same with `TensorFloat-32` (factors rounded to ten bits of mantissa).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cuda_tf32_ms: Option<f64>,
    /// Peak memory growth of the native engine's process, in mebibytes.
    pub native_mib: f64,
    /// The same for libtorch at its best.
    pub tch_best_mib: Option<f64>,
    /// The same for libtorch in its default mode.
    pub tch_mib: Option<f64>,
    /// GFLOP/s of the native engine; a multiply-add counts as two operations.
    pub gflops: f64,
    /// Fraction of the peak rate that the same run measured.
    pub peak_share: f64,
}

/// The header of the table.
pub const HEAD: &str = "BENCH                          native ms    tch ms  tch best ms   ratio  to best   GFLOP/s  of peak   native MiB  of tch";

impl Row {
    /// A line of the table.
    pub fn line(&self) -> String {
        let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |v| format!("{v:.1}"));
        let ratio = |value: Option<f64>| {
            value.map_or_else(|| "–".to_owned(), |v| format!("{:.2}×", v / self.native_ms))
        };
        let cuda = [("CUDA", self.cuda_ms), ("CUDA with TF32", self.cuda_tf32_ms)];
        let cuda = cuda.iter().filter_map(|(name, ms)| Some(format!("  {name} {:.1} ms", (*ms)?)));
        format!(
            "{:<30} {:>9.1} {:>9} {:>12} {:>7} {:>8} {:>9.0} {:>6.0} % {:>12.0} {:>7}",
            self.bench,
            self.native_ms,
            number(self.tch_ms),
            number(self.tch_best_ms),
            ratio(self.tch_ms),
            ratio(self.tch_best_ms),
            self.gflops,
            100.0 * self.peak_share,
            self.native_mib,
            self.tch_mib
                .map_or_else(|| "–".to_owned(), |mib| format!("{:.0} %", 100.0 * self.native_mib / mib)),
        ) + &cuda.collect::<String>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_json_has_every_key_with_and_without_libtorch() {
        let alone = Row {
            bench: "smash_step_default".into(),
            native_ms: 2.0,
            tch_ms: None,
            tch_best_ms: None,
            cuda_ms: None,
            cuda_tf32_ms: None,
            native_mib: 1.0,
            tch_best_mib: None,
            tch_mib: None,
            gflops: 3.0,
            peak_share: 0.5,
        };
        for row in [Row { tch_ms: Some(5.0), tch_best_ms: Some(4.0), ..alone.clone() }, alone] {
            let json = serde_json::to_value(&row).unwrap();
            for key in ["bench", "native_ms", "tch_ms", "tch_best_ms", "gflops", "peak_share"] {
                assert!(json.get(key).is_some(), "{key} is missing in {json}");
            }
            assert_eq!(json["tch_ms"].as_f64(), row.tch_ms);
            assert!(row.tch_ms.is_none() || row.line().contains("2.50×"), "{}", row.line());
        }
    }
}
