//! The matrix product, with every combination of transposed operands at both edges of memory.

use super::super::{Isa, Matrix, Primitives, Product, Tiling};
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
            let (row_stride, column_stride) = if variant & 1 == 0 { (k, 1) } else { (1, m) };
            let a_at = |i: usize, l: usize| i * row_stride + l * column_stride;
            let a_matrix = |data| Matrix { data, row_stride, column_stride };
            let (row_stride, column_stride) = if variant & 2 == 0 { (n, 1) } else { (1, k) };
            let b_at = |l: usize, j: usize| l * row_stride + j * column_stride;
            let b_matrix = |data| Matrix { data, row_stride, column_stride };
            let accumulate = variant & 4 != 0;
            let edge = Edge::BOTH[variant >> 3];
            let (a, b) = (Guarded::new(&a, edge), Guarded::new(&b, edge));
            for isa in Isa::available() {
                let mut c = Guarded::new(&start, edge);
                let (a, b) = (a_matrix(&a), b_matrix(&b));
                let product = Product { m, n, k, a, b, c: &mut c, accumulate };
                Primitives::new(isa, Tiling::Auto).matmul(product);
                for i in 0..m {
                    for j in 0..n {
                        let mut expected = if accumulate { f64::from(start[i * n + j]) } else { 0.0 };
                        for l in 0..k {
                            expected += f64::from(a.data[a_at(i, l)]) * f64::from(b.data[b_at(l, j)]);
                        }
                        let found = f64::from(c[i * n + j]);
                        assert!(
                            (found - expected).abs() < 1e-5 * (1.0 + k as f64).sqrt(),
                            "{m}x{n}x{k} at {}: {found} instead of {expected}",
                            isa.name()
                        );
                    }
                }
            }
        }
    }
}
