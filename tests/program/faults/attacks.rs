//! Longer attacks on run folders. `SMASH_ATTACKS` multiplies their numbers.

use std::fs;
use std::os::unix::fs::chown;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use smash_core::random::Seed;

use super::folders::{at_once, hostile};
use super::integrity::Original;
use super::kit::{FINISHED, copy, interrupt, place, refused, search, start, tree};

pub(super) fn times(number: usize) -> usize {
    let more = std::env::var("SMASH_ATTACKS").ok().and_then(|more| more.parse().ok());
    number * more.unwrap_or(1)
}

#[test]
#[ignore = "slow: 200 kills"]
fn random_kills_lose_nothing() {
    let whole = place();
    assert!(search(&whole, &[]).status.success());
    let mut random = Seed::new(1).split("kills").random();
    let (mut kills, mut runs) = (0, 0);
    while kills < times(200) {
        let place = place();
        runs += 1;
        for patience in 1.. {
            let mut child = place
                .command(&["search", "job.json", "--quiet", "--out", "run", "--resume"])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            // Ever later, so that the run ends at last although it begins each phase anew.
            sleep(Duration::from_micros(random.below(40_000 * patience.min(20)) as u64));
            if let Some(status) = child.try_wait().unwrap() {
                assert!(status.success(), "after {kills} kills: {status}");
                break;
            }
            child.kill().unwrap();
            child.wait().unwrap();
            kills += 1;
        }
        for name in FINISHED.iter().filter(|name| !["metrics.json", "run.svg"].contains(name)) {
            let name = format!("run/{name}");
            assert!(place.bytes(&name) == whole.bytes(&name), "after {kills} kills: {name}");
        }
        let names = tree(&place.path("run")).into_keys().map(|name| name.display().to_string());
        let left: Vec<_> = names.filter(|name| name.contains("tmp")).collect();
        assert!(left.is_empty(), "{left:?}");
    }
    println!("{kills} kills in {runs} runs");
}

#[test]
#[ignore = "slow: 1,000 flipped bits"]
fn a_thousand_flipped_bits_give_no_other_result() {
    let originals = [None, Some(10), Some(40), Some(75)].map(Original::new);
    let mut random = Seed::new(2).split("bits").random();
    let mut noticed = 0;
    for number in 0..times(1000) {
        let original = &originals[number % originals.len()];
        let names = original.names();
        noticed += usize::from(original.flip(&names[random.below(names.len())], &mut random));
    }
    println!("{} flipped bits: {noticed} refused, the others without effect on any result", times(1000));
}

#[test]
#[ignore = "slow: 50 rounds of 8 starts"]
fn fifty_rounds_of_parallel_starts() {
    for _ in 0..times(50) {
        at_once(&["search", "job.json"], "job", 8);
    }
}

#[test]
#[ignore = "slow: every name"]
fn files_of_another_owner_are_not_hurt() {
    if !Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n") {
        println!("SKIP files_of_another_owner_are_not_hurt: only root can give files away (run it as root)");
        return;
    }
    // A folder of somebody who hopes that root works in it: links to what only root may write.
    hostile(40, &|path, outside| {
        let target = outside.join("target");
        fs::write(&target, "precious").unwrap();
        if path.is_dir() {
            fs::remove_dir_all(path).unwrap();
        } else if path.exists() {
            fs::remove_file(path).unwrap();
        }
        std::os::unix::fs::symlink(&target, path).unwrap();
        std::os::unix::fs::lchown(path, Some(1234), Some(1234)).unwrap();
        chown(path.parent().unwrap(), Some(1234), Some(1234)).unwrap();
    });
}

#[test]
#[ignore = "slow: many resumes"]
fn a_folder_whose_names_change_all_the_time_hurts_nobody() {
    let original = place();
    interrupt(&original, 40, &[]);
    let outside = original.path("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("events.jsonl"), "precious").unwrap();
    fs::write(outside.join("state.json"), "precious").unwrap();
    let before = tree(&outside);
    for round in 0..times(30) {
        let place = place();
        copy(&original.path("run"), &place.path("run"));
        let mut child = start(&place, &["search", "job.json", "--quiet", "--out", "run", "--resume"]);
        let names = ["events.jsonl", "ranking.jsonl", "checkpoint/state.json", "lock"];
        while child.try_wait().unwrap().is_none() {
            for name in names {
                let path = place.path(&format!("run/{name}"));
                let away = path.with_extension("away");
                let _ = fs::rename(&path, &away);
                let _ = std::os::unix::fs::symlink(outside.join(path.file_name().unwrap()), &path);
                let _ = fs::rename(&away, &path);
            }
        }
        let output = child.wait_with_output().unwrap();
        if !output.status.success() {
            refused(&output, &[2, 3]);
        }
        assert_eq!(tree(&outside), before, "round {round}");
    }
}
