//! The kit, with the adapter of the Rust client and with a client that makes mistakes.

mod adapters;
mod cases;
mod mistakes;
mod mutations;
mod reports;

use std::path::PathBuf;

use whatsgate_conformance::{CaseFile, KnownFailing, Pattern, Report, Runner, Trial, Verdict};

/// An example of this crate, which is built with its tests.
fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test is a program");
    let built = test.parent().and_then(|deps| deps.parent()).expect("a test lies in target/debug/deps");
    built.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

fn trials(only: &[&str]) -> Vec<Trial> {
    let files = CaseFile::own().expect("the files have no mistake");
    let only: Vec<_> = only.iter().copied().map(Pattern::new).collect();
    let trials: Vec<_> = Trial::all(&files).into_iter().filter(|trial| trial.is_of(&only)).collect();
    assert!(!trials.is_empty(), "no trial is meant by {only:?}");
    trials
}

fn bad(mistakes: &[&str]) -> Runner {
    Runner::new(example("bad")).arguments(mistakes.iter().copied())
}

async fn run(runner: &Runner, only: &[&str]) -> Report {
    runner.run(trials(only), &KnownFailing::default()).await.expect("there is an adapter")
}

/// The names of the trials that failed, each with what was found, in one text.
fn failures(report: &Report) -> Vec<String> {
    let failed = report.trials.iter().filter_map(|trial| match &trial.verdict {
        Verdict::Failed { findings } => Some(format!("{}: {}", trial.name, findings.join("; "))),
        _ => None,
    });
    failed.collect()
}

/// Clients in Rust pass everything, and there is much of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rust_client_passes() {
    let report = run(&Runner::new(example("rust")), &[]).await;
    assert_eq!(failures(&report), [""; 0]);
    assert!(report.is_good());
    assert!(report.trials.len() >= 1000, "{} trials", report.trials.len());
    assert_eq!(report.count("passed"), report.trials.len());
}
