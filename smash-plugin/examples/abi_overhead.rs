use serde_json::json;
use smash_core::session::Session;
use smash_plugin::{Job, Registry};
use std::time::Instant;
fn main() {
    let registry = Registry::builtin().unwrap();
    for preset in ["tiny", "smash_v1", "smash_v2"] {
        let job = Job::parse(&registry, &json!({"space":{"type":"memory_bank","preset":preset},"strategy":{"type":"random","search":{"candidates":100000}}})).unwrap();
        let mut s = Session::new(job.parts(&registry).unwrap(), job.settings()).unwrap();
        let (mut a, mut t, mut j, mut h, mut b) = (vec![], vec![], vec![], vec![], vec![]);
        for _ in 0..2000 {
            let c = Instant::now();
            let x = s.ask(1).unwrap().remove(0);
            a.push(c.elapsed().as_nanos());
            let c = Instant::now();
            let text = serde_json::to_string(&x).unwrap();
            j.push(c.elapsed().as_nanos());
            std::hint::black_box(text.len());
            let c = Instant::now();
            std::hint::black_box(x.proposal.architecture.hash());
            h.push(c.elapsed().as_nanos());
            let c = Instant::now();
            std::hint::black_box(s.space().build(&x.proposal.architecture, smash_core::space::Network::Standalone).unwrap().count());
            b.push(c.elapsed().as_nanos());
            let c = Instant::now();
            s.tell(x.id, Some(vec![1.0])).unwrap();
            t.push(c.elapsed().as_nanos());
        }
        for (n, v) in [("ask", &mut a), ("json", &mut j), ("hash", &mut h), ("build+count", &mut b), ("tell", &mut t)] { v.sort(); println!("{preset} {n} {} ns", v[1000]); }
    }
}
