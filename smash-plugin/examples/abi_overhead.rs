//! What a call through the C table costs: nothing done, and one candidate asked and told.
//!
//!     cargo run --release -p smash-plugin --example abi_overhead
#![allow(clippy::print_stdout, reason = "an example for people")]

use std::error::Error;
use std::ptr::{self, null_mut};
use std::time::Instant;

use smash_plugin::abi::smash_get_api;
use smash_sdk::abi::{Api, Buf, MAJOR, MINOR, OK, Search};

/// Calls that are timed.
const CALLS: u32 = 2000;

/// Strategies, with the setting that says how many candidates there are.
const STRATEGIES: [(&str, &str); 3] =
    [("random", "candidates"), ("evolution", "candidates"), ("perturbation_chain", "perturbation")];

/// Median time of a call, in nanoseconds.
fn median(mut call: impl FnMut() -> Result<(), Box<dyn Error>>) -> Result<u128, Box<dyn Error>> {
    let mut times = Vec::new();
    for _ in 0..CALLS {
        let clock = Instant::now();
        call()?;
        times.push(clock.elapsed().as_nanos());
    }
    times.sort_unstable();
    Ok(times[times.len() / 2])
}

fn good(code: i32) -> Result<(), Box<dyn Error>> {
    if code == OK { Ok(()) } else { Err(format!("code {code}").into()) }
}

/// The bytes of a buffer, which is freed.
fn bytes(mut buf: Buf) -> Vec<u8> {
    // SAFETY: the library handed it out, with so many bytes.
    let bytes = unsafe { std::slice::from_raw_parts(buf.data, buf.len) }.to_vec();
    if let Some(release) = buf.release {
        // SAFETY: as above, once.
        unsafe { release(&raw mut buf) }
    }
    bytes
}

fn search(api: &Api, job: &str) -> Result<*mut Search, Box<dyn Error>> {
    let (mut context, mut search) = (null_mut(), null_mut());
    // SAFETY: texts and places are lent for the calls; null is allowed where it stands.
    unsafe {
        good((api.context_create)(ptr::null(), &raw mut context, null_mut()))?;
        let (job, len) = (job.as_ptr().cast(), job.len());
        good((api.search_create)(context, job, len, ptr::null(), &raw mut search, null_mut()))?;
        (api.context_free)(context);
    }
    Ok(search)
}

fn main() -> Result<(), Box<dyn Error>> {
    // SAFETY: the table is static.
    let api = unsafe { smash_get_api(MAJOR, MINOR).as_ref() }.ok_or("no such version")?;
    let presets = ["tiny", "smash_v1", "smash_v2"];
    for (preset, strategy, count) in
        presets.iter().flat_map(|preset| STRATEGIES.map(|(strategy, count)| (preset, strategy, count)))
    {
        let job = format!(
            r#"{{"space": {{"type": "memory_bank", "preset": "{preset}"}},
                "strategy": {{"type": "{strategy}", "estimator": {{"type": "host"}}, "search": {{"{count}": {}}}}}}}"#,
            CALLS + 1
        );
        let search = search(api, &job)?;
        let mut id = 0;
        let ask_and_tell = median(|| {
            let mut out = Buf::EMPTY;
            // SAFETY: as in `search`.
            good(unsafe { (api.search_ask)(search, 1, &raw mut out, null_mut()) })?;
            std::hint::black_box(bytes(out));
            let results = format!(r#"[{{"trial_id": {id}, "status": "ok", "values": [0.5]}}]"#);
            id += 1;
            // SAFETY: as in `search`.
            good(unsafe { (api.search_tell)(search, results.as_ptr().cast(), results.len(), null_mut()) })
        })?;
        println!("memory_bank {preset:8} {strategy:18}  ask + tell  {:7.1} µs", ask_and_tell as f64 / 1e3);
        // Telling nothing goes through the guard, the handle and the parser.
        let clock = Instant::now();
        for _ in 0..CALLS {
            // SAFETY: as in `search`.
            good(unsafe { (api.search_tell)(search, c"[]".as_ptr(), 2, null_mut()) })?;
        }
        let nothing = clock.elapsed().as_nanos() / u128::from(CALLS);
        println!("memory_bank {preset:8} {strategy:18}  tell nothing {nothing:6} ns");
        // SAFETY: made above.
        unsafe { (api.search_free)(search) };
    }
    Ok(())
}
