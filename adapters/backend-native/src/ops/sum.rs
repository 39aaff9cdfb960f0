//! Sums whose order depends on the length alone: short runs in f32 lanes, those in f64.

const LANES: usize = 16;
const BLOCK: usize = 16 * LANES;

/// Sum of `term` over all values.
pub(crate) fn sum(values: &[f32], term: impl Fn(f32) -> f32) -> f64 {
    let mut total = 0.0;
    for block in values.chunks(BLOCK) {
        let mut lanes = [0.0f32; LANES];
        let (body, rest) = block.as_chunks::<LANES>();
        for row in body {
            for (lane, &v) in lanes.iter_mut().zip(row) {
                *lane += term(v);
            }
        }
        for (lane, &v) in lanes.iter_mut().zip(rest) {
            *lane += term(v);
        }
        total += lanes.iter().map(|&lane| f64::from(lane)).sum::<f64>();
    }
    total
}

/// Sum of `term` over all pairs.
pub(crate) fn sum2(a: &[f32], b: &[f32], term: impl Fn(f32, f32) -> f32) -> f64 {
    let mut total = 0.0;
    for (a, b) in a.chunks(BLOCK).zip(b.chunks(BLOCK)) {
        let mut lanes = [0.0f32; LANES];
        let (a, a_rest) = a.as_chunks::<LANES>();
        let (b, b_rest) = b.as_chunks::<LANES>();
        for (a, b) in a.iter().zip(b) {
            for ((lane, &a), &b) in lanes.iter_mut().zip(a).zip(b) {
                *lane += term(a, b);
            }
        }
        for ((lane, &a), &b) in lanes.iter_mut().zip(a_rest).zip(b_rest) {
            *lane += term(a, b);
        }
        total += lanes.iter().map(|&lane| f64::from(lane)).sum::<f64>();
    }
    total
}

#[cfg(test)]
mod tests {
    #[test]
    fn sums_are_exact_enough() {
        for n in [0, 1, 15, 16, 300, 5000] {
            let v: Vec<f32> = (0..n).map(|i| (i % 97) as f32 - 40.0).collect();
            let expected: f64 = v.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
            assert_eq!(super::sum(&v, |x| x * x), expected);
            assert_eq!(super::sum2(&v, &v, |x, y| x * y), expected);
        }
    }
}
