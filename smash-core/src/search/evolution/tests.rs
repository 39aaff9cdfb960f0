use super::*;
use crate::task::Task;
use crate::testing::ToySpace;

fn space() -> ToySpace {
    ToySpace::new(&Task { channels: 2, extents: vec![4, 4], classes: 2 })
}

fn config() -> EvolutionConfig {
    EvolutionConfig { candidates: 30, population: 4, sample: 2, rate: 0.3, crossover: 0.5 }
}

fn proposal(next: Next) -> Proposal {
    match next {
        Next::Proposal(proposal) => *proposal,
        other => panic!("expected a proposal, found {other:?}"),
    }
}

#[test]
fn children_wait_for_the_population_but_not_for_each_other() {
    let space = space();
    let mut search = Evolution::new(config());
    let ask = |search: &mut Evolution, i| search.ask(&space, Seed::new(i)).unwrap();
    let first: Vec<Proposal> = (0..4).map(|i| proposal(ask(&mut search, i))).collect();
    assert!(first.iter().all(|p| p.phase == SAMPLED));
    for (i, p) in (0_u32..).zip(&first) {
        assert_eq!(ask(&mut search, 9), Next::Wait);
        // One evaluation fails.
        search.tell(p, &Outcome::from((i != 2).then_some(vec![f64::from(i)]))).unwrap();
    }
    let children: Vec<Proposal> = (4..30).map(|i| proposal(ask(&mut search, i))).collect();
    assert!(children.iter().all(|p| [MUTATION, CROSSOVER].contains(&p.phase.as_str())));
    assert!(children.iter().any(|p| p.phase == MUTATION) && children.iter().any(|p| p.phase == CROSSOVER));
    assert!(children.iter().all(|p| space.validate(&p.architecture).is_ok()));
    assert_eq!((ask(&mut search, 30), search.total()), (Next::Done, Some(30)));
}

#[test]
fn the_oldest_dies_even_if_it_is_the_best() {
    let space = space();
    let mut search = Evolution::new(config());
    for i in 0..12 {
        let p = proposal(search.ask(&space, Seed::new(i)).unwrap());
        search.tell(&p, &Outcome::of([i as f64])).unwrap();
        let oldest = (i + 1).saturating_sub(4);
        let living: Vec<f64> = search.state.living.iter().map(|(_, value)| *value).collect();
        assert_eq!(living, (oldest..=i).map(|i| i as f64).collect::<Vec<_>>());
    }
    let p = proposal(search.ask(&space, Seed::new(12)).unwrap());
    for failed in [Outcome::default(), Outcome::of([f64::NAN])] {
        let before = search.state.living.clone();
        search.tell(&p, &failed).unwrap();
        assert_eq!(search.state.living, before, "a failed child replaces nobody");
    }
}

#[test]
fn a_reload_changes_nothing() {
    let space = space();
    let (mut whole, mut cut) = (Evolution::new(config()), Evolution::new(config()));
    for i in 0..30 {
        let saved: Value = serde_json::from_str(&cut.save().unwrap().to_string()).unwrap();
        cut = Evolution::new(config());
        cut.load(&saved).unwrap();
        assert_eq!(cut.state, whole.state);
        let next = whole.ask(&space, Seed::new(i)).unwrap();
        assert_eq!(cut.ask(&space, Seed::new(i)).unwrap(), next);
        let p = proposal(next);
        let value = 1.0 / (1.0 + (i * 7 % 5) as f64);
        whole.tell(&p, &Outcome::of([value])).unwrap();
        cut.tell(&p, &Outcome::of([value])).unwrap();
    }
    assert!(cut.load(&Value::from(3)).is_err());
}

#[test]
fn parents_are_the_best_of_a_sample() {
    let space = space();
    let mut search = Evolution::new(EvolutionConfig { sample: 4, rate: 0.0, crossover: 0.0, ..config() });
    let first: Vec<Proposal> = (0..4).map(|i| proposal(search.ask(&space, Seed::new(i)).unwrap())).collect();
    for (p, value) in first.iter().zip([3.0, 1.0, 2.0, 4.0]) {
        search.tell(p, &Outcome::of([value])).unwrap();
    }
    let child = proposal(search.ask(&space, Seed::new(4)).unwrap());
    assert_eq!(child.architecture, first[1].architecture);
}

#[test]
fn without_a_finite_score_it_goes_on_at_random() {
    let space = space();
    let mut search = Evolution::new(config());
    for i in 0..6 {
        let p = proposal(search.ask(&space, Seed::new(i)).unwrap());
        assert_eq!(p.phase, SAMPLED);
        search.tell(&p, &Outcome::default()).unwrap();
    }
}
