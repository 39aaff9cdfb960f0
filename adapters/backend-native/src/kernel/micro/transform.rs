//! The constants of Winograd's minimal filtering F(m, r): `m` results of a filter of `r` taps from `m + r -
//! 1` products, where the definition takes `m * r`.
//!
//! A filter is the transpose of a product of polynomials, and such a product is known from its values at `m +
//! r - 1` points, infinity among them: one multiplication for each point (Lavin & Gray, "Fast algorithms for
//! convolutional neural networks", 2016, section 3; the construction is that of Toom and Cook). The input
//! transform and the filter transform take rows and taps to the points, the output transform takes the
//! products from there to the results.

/// The `m` of F(m, r): results at once. Also the largest `r`.
pub(crate) const RESULTS: usize = 4;
/// The points, of which infinity is the last. Also the most products, and the most rows that are read.
pub(crate) const POINTS: usize = FINITE.len() + 1;

/// The finite points. Chosen by the error of a sum over 64 channels, which is least where they are about the
/// powers of one number and lie symmetrically. Multiples of 1/8, so that the factors of the input transform
/// are exact. The last one is for four taps only.
const FINITE: [f64; 6] = [0.0, 0.75, -0.75, 1.5, -1.5, 0.375];

/// The output transform: what the product of each point is multiplied by in each result. It is the same for
/// every `r`.
pub(crate) const OUTPUT: [[f32; RESULTS]; POINTS] = output();

/// The transforms of F([`RESULTS`], r): product `p` is that of a sum over the rows that are read, each times
/// `input[p]`, and of one over taps, each times `filter[p]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Transform {
    /// How many products; as many rows are read.
    pub products: usize,
    /// The input transform: what each row is multiplied by.
    pub input: [[f32; POINTS]; POINTS],
    /// The filter transform: what each tap is multiplied by.
    pub filter: [[f32; RESULTS]; POINTS],
}

impl Transform {
    /// For a filter of `taps` taps; usable in constants.
    pub(crate) const fn new(taps: usize) -> Transform {
        let products = RESULTS + taps - 1;
        let mut transform =
            Transform { products, input: [[0.0; POINTS]; POINTS], filter: [[0.0; RESULTS]; POINTS] };
        let mut p = 0;
        while p < products {
            let finite = p + 1 < products;
            // The polynomial whose roots are the other points, and its value at this one.
            let mut rows = [0.0; POINTS];
            rows[0] = 1.0;
            let mut value = 1.0;
            let mut other = 0;
            while other + 1 < products {
                if other != p {
                    rows = times_root(rows, FINITE[other]);
                    if finite {
                        value *= FINITE[p] - FINITE[other];
                    }
                }
                other += 1;
            }
            // A power of two moves from one transform to the other, so that the sums of rows are about as
            // large as the rows.
            let scale = size(&rows);
            let mut i = 0;
            while i < POINTS {
                transform.input[p][i] = (rows[i] / scale) as f32;
                i += 1;
            }
            let mut tap = 0;
            while tap < taps {
                let at = match finite {
                    true => power(FINITE[p], tap),
                    false if tap + 1 == taps => 1.0,
                    false => 0.0,
                };
                transform.filter[p][tap] = (at * scale / value) as f32;
                tap += 1;
            }
            p += 1;
        }
        transform
    }

    /// Which point a product belongs to.
    pub(crate) const fn point(&self, product: usize) -> usize {
        if product + 1 == self.products { POINTS - 1 } else { product }
    }
}

const fn output() -> [[f32; RESULTS]; POINTS] {
    let mut output = [[0.0; RESULTS]; POINTS];
    let mut result = 0;
    while result < RESULTS {
        let mut point = 0;
        while point < FINITE.len() {
            output[point][result] = power(FINITE[point], result) as f32;
            point += 1;
        }
        result += 1;
    }
    output[POINTS - 1][RESULTS - 1] = 1.0;
    output
}

const fn power(base: f64, exponent: usize) -> f64 {
    let mut power = 1.0;
    let mut i = 0;
    while i < exponent {
        power *= base;
        i += 1;
    }
    power
}

/// A polynomial, the constant first, times `x - root`.
const fn times_root(polynomial: [f64; POINTS], root: f64) -> [f64; POINTS] {
    let mut product = [0.0; POINTS];
    let mut i = 0;
    while i < POINTS {
        product[i] = if i == 0 { 0.0 } else { polynomial[i - 1] } - root * polynomial[i];
        i += 1;
    }
    product
}

/// A power of two close to the largest number.
const fn size(numbers: &[f64; POINTS]) -> f64 {
    let mut most = 0.0;
    let mut i = 0;
    while i < POINTS {
        if numbers[i].abs() > most {
            most = numbers[i].abs();
        }
        i += 1;
    }
    let mut size = 1.0;
    while size * 1.5 < most {
        size *= 2.0;
    }
    while size > most * 1.5 {
        size *= 0.5;
    }
    size
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_results_of_the_definition() {
        for taps in 2..=RESULTS {
            let transform = Transform::new(taps);
            let rows: Vec<f64> = (0..RESULTS + taps - 1).map(|i| (i as f64 * 0.7).sin()).collect();
            let weights: Vec<f64> = (0..taps).map(|i| (i as f64 * 1.3).cos()).collect();
            let dot = |a: &[f32], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| f64::from(*a) * b).sum() };
            assert_eq!(transform.products, RESULTS + taps - 1);
            for result in 0..RESULTS {
                let product = |p: usize| {
                    let factor = f64::from(OUTPUT[transform.point(p)][result]);
                    factor * dot(&transform.input[p], &rows) * dot(&transform.filter[p], &weights)
                };
                let found: f64 = (0..transform.products).map(product).sum();
                let exact: f64 = weights.iter().zip(&rows[result..]).map(|(w, x)| w * x).sum();
                assert!((found - exact).abs() < 1e-6, "F(4, {taps}): {found} for {exact}");
            }
        }
    }
}
