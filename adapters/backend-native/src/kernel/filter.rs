//! Winograd's minimal filtering: several results of a short filter from fewer products than the definition takes.
//!
//! `m` neighbouring results of a filter of `r` taps are the product of two polynomials read backwards, and that product is known
//! from its values at `m + r - 1` points, infinity among them: one product each (Lavin & Gray, "Fast algorithms for convolutional
//! neural networks", 2016, section 3; the construction is that of Toom and Cook). What is read and the taps are each combined
//! into their values at the points, and the products into results.

/// The points for two results: up to three taps.
const TWO: [f64; 3] = [0.0, 1.0, -1.0];
/// The points for four results: up to four taps. Chosen by the error of a sum over 64 channels, which is least where the
/// points are about the powers of one number and lie symmetrically; multiples of 1/8, so that rows are combined exactly.
const FOUR: [f64; 6] = [0.0, 0.75, -0.75, 1.5, -1.5, 0.375];

/// How several results of a filter are computed from one product a point.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    /// The products.
    pub products: Vec<Product>,
}

/// A product of a sum over rows and a sum over taps.
#[derive(Clone, Debug)]
pub(super) struct Product {
    /// Which point it belongs to, in the order of [`points`]; infinity is the last.
    pub point: usize,
    /// What each row that is read is multiplied by.
    pub rows: Vec<f32>,
    /// What each tap is multiplied by.
    pub taps: Vec<f32>,
}

/// The finite points for so many results.
fn points(results: usize) -> &'static [f64] {
    if results == 2 { &TWO } else { &FOUR }
}

/// How many points there are, infinity included.
pub(super) fn count(results: usize) -> usize {
    points(results).len() + 1
}

/// The longest filter that so many results can be computed of.
pub(super) fn most_taps(results: usize) -> usize {
    count(results) + 1 - results
}

/// What the product of a point is multiplied by in a result.
pub(super) fn factor(results: usize, point: usize, result: usize) -> f32 {
    match points(results).get(point) {
        Some(point) => point.powi(result as i32) as f32,
        None => f32::from(u8::from(result + 1 == results)),
    }
}

impl Filter {
    /// The products for `results` results of a filter of `taps` taps.
    pub(super) fn new(results: usize, taps: usize) -> Filter {
        let used = &points(results)[..results + taps - 2];
        let products = (0..used.len()).map(|i| {
            let others: Vec<f64> = (0..used.len()).filter(|&j| j != i).map(|j| used[j]).collect();
            let scale: f64 = others.iter().map(|other| used[i] - other).product();
            let taps = (0..taps).map(|tap| used[i].powi(tap as i32) / scale).collect();
            // One root less than infinity has: the last row does not count.
            let rows = with_roots(&others).into_iter().chain([0.0]).collect();
            Product::balanced(i, rows, taps)
        });
        let mut last = vec![0.0; taps];
        last[taps - 1] = 1.0;
        let last = Product::balanced(points(results).len(), with_roots(used), last);
        Filter { products: products.chain([last]).collect() }
    }
}

impl Product {
    /// Moves a power of two from rows to taps, so that rows keep their size.
    fn balanced(point: usize, rows: Vec<f64>, taps: Vec<f64>) -> Product {
        let largest = rows.iter().fold(0.0, |most: f64, row| most.max(row.abs()));
        let scale = largest.log2().round().exp2();
        Product {
            point,
            rows: rows.iter().map(|row| (row / scale) as f32).collect(),
            taps: taps.iter().map(|tap| (tap * scale) as f32).collect(),
        }
    }
}

/// The coefficients, that of the constant first, of the polynomial with these roots.
fn with_roots(roots: &[f64]) -> Vec<f64> {
    let mut coefficients = vec![1.0];
    for root in roots {
        coefficients.insert(0, 0.0);
        for i in 1..coefficients.len() {
            coefficients[i - 1] -= root * coefficients[i];
        }
    }
    coefficients
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_results_of_the_definition() {
        for results in [2, 4] {
            for taps in 2..=most_taps(results) {
                let filter = Filter::new(results, taps);
                let rows: Vec<f64> = (0..results + taps - 1).map(|i| (i as f64 * 0.7).sin()).collect();
                let weights: Vec<f64> = (0..taps).map(|i| (i as f64 * 1.3).cos()).collect();
                let dot = |a: &[f32], b: &[f64]| -> f64 {
                    a.iter().zip(b).map(|(a, b)| f64::from(*a) * b).sum()
                };
                assert_eq!(filter.products.len(), results + taps - 1);
                for result in 0..results {
                    let found: f64 = filter
                        .products
                        .iter()
                        .map(|p| {
                            let factor = f64::from(factor(results, p.point, result));
                            factor * dot(&p.rows, &rows) * dot(&p.taps, &weights)
                        })
                        .sum();
                    let exact: f64 = weights.iter().zip(&rows[result..]).map(|(w, x)| w * x).sum();
                    assert!((found - exact).abs() < 1e-6, "F({results}, {taps}): {found} for {exact}");
                }
            }
        }
    }
}
