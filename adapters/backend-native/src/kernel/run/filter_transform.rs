//! Winograd's filter transform of the weights, and its transpose.

use super::super::plan::{Plan, Terms, Winograd};

/// The filter transform: the terms of one result channel, of all source channels, from its weights, of which
/// `weight` is the first.
pub(crate) fn transform_filter(plan: &Plan, winograd: &Winograd, weight: &[f32], terms: &mut [f32]) {
    let columns = winograd.columns.len();
    let mut rest = terms;
    for (index, list) in winograd.lists.iter().enumerate() {
        let of_list;
        (of_list, rest) = rest.split_at_mut(plan.reads * winograd.terms(index));
        let channels = of_list.chunks_exact_mut(list.terms.len() * columns);
        for (to, weight) in channels.zip(weight.chunks(plan.weight_pitch.source)) {
            for (to, Terms { taps, factors, .. }) in to.chunks_exact_mut(columns).zip(&list.terms) {
                let [a, b, c, d] = taps.map(|tap| &weight[tap..tap + columns]);
                for ((((to, a), b), c), d) in to.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                    *to = factors[0] * a + factors[1] * b + factors[2] * c + factors[3] * d;
                }
            }
        }
    }
}

/// The transpose: adds the gradient of a result channel's weights, made of that of its terms.
pub(crate) fn transform_filter_transposed(
    plan: &Plan,
    winograd: &Winograd,
    terms: &[f32],
    weight: &mut [f32],
) {
    let columns = winograd.columns.len();
    let mut rest = terms;
    for (index, list) in winograd.lists.iter().enumerate() {
        let of_list;
        (of_list, rest) = rest.split_at(plan.reads * winograd.terms(index));
        let channels = of_list.chunks_exact(list.terms.len() * columns);
        for (from, weight) in channels.zip(weight.chunks_mut(plan.weight_pitch.source)) {
            for (from, Terms { taps, factors, .. }) in from.chunks_exact(columns).zip(&list.terms) {
                for (&tap, factor) in taps.iter().zip(factors).filter(|(_, factor)| **factor != 0.0) {
                    for (to, from) in weight[tap..tap + columns].iter_mut().zip(from) {
                        *to += factor * from;
                    }
                }
            }
        }
    }
}
