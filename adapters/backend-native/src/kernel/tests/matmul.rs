//! The matrix product, with every combination of transposed operands at both edges of memory.

use super::super::{Level, matmul};
use super::cases::Numbers;
use super::guarded::{Edge, Guarded};

#[test]
fn products_match_the_definition() {
    let mut numbers = Numbers(5);
    let sizes =
        [(1, 1, 1), (50, 10, 64), (3, 100, 7), (130, 33, 20), (64, 200, 5), (9, 16, 0), (5, 0, 3), (3, 5, 4)];
    for (m, n, k) in sizes {
        if cfg!(miri) && m * n * k > 100 {
            continue;
        }
        let a = numbers.numbers(m * k);
        let b = numbers.numbers(k * n);
        let start = numbers.numbers(m * n);
        for variant in 0..16 {
            let a_strides = if variant & 1 == 0 { (k, 1) } else { (1, m) };
            let b_strides = if variant & 2 == 0 { (n, 1) } else { (1, k) };
            let accumulate = variant & 4 != 0;
            let edge = Edge::BOTH[variant >> 3];
            let (a, b) = (Guarded::new(&a, edge), Guarded::new(&b, edge));
            for level in Level::available() {
                let mut c = Guarded::new(&start, edge);
                matmul(level, m, n, k, &a, a_strides, &b, b_strides, &mut c, accumulate);
                for i in 0..m {
                    for j in 0..n {
                        let mut expected = if accumulate { f64::from(start[i * n + j]) } else { 0.0 };
                        for l in 0..k {
                            expected += f64::from(a[i * a_strides.0 + l * a_strides.1])
                                * f64::from(b[l * b_strides.0 + j * b_strides.1]);
                        }
                        let found = f64::from(c[i * n + j]);
                        assert!(
                            (found - expected).abs() < 1e-5 * (1.0 + k as f64).sqrt(),
                            "{m}x{n}x{k} at {}: {found} instead of {expected}",
                            level.name()
                        );
                    }
                }
            }
        }
    }
}
