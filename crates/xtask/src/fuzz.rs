//! `cargo xtask fuzz`: whoever reads bytes from outside, against inputs that grow by what they reach.
//!
//! libFuzzer needs the compiler's counters of coverage, which every compiler has, and none of its sanitizers: there is no
//! unsafe code to watch.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::workspace::{cargo, exists, output_of, root, run, target};

/// The targets of `tests/fuzz/src/targets.rs`.
const TARGETS: [&str; 6] = ["reply", "webhook", "media", "gateway", "admin", "faults"];

/// How many parts of the time each target gets: replies are of thirteen kinds, and most bytes come in with them.
const PARTS: [u64; 6] = [4, 2, 2, 2, 1, 1];

/// Where libFuzzer counts which parts of the program an input reaches.
const COUNTERS: [&str; 6] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Ccodegen-units=1",
];

/// How long to go on, and with what.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How long in all
    #[arg(long, default_value_t = 1)]
    minutes: u64,
    /// Only this target
    #[arg(long, value_name = "NAME", value_parser = TARGETS)]
    target: Option<String>,
}

/// Goes on for the time that was asked for. What was found worth keeping stays in `target/fuzz/corpus`.
pub(crate) fn fuzz(args: &Args) -> Result<()> {
    build()?;
    let time = Duration::from_secs(args.minutes * 60);
    if let Some(name) = &args.target {
        return run_target(name, time).map(drop);
    }
    run_all(time)
}

/// A short run for the test command. Tells what could not be proved for want of a compiler of C++.
pub(crate) fn test() -> Result<Vec<String>> {
    if !exists(std::env::var_os("CXX").unwrap_or_else(|| "c++".into())) {
        return Ok(vec!["that no bytes make a reader panic: libFuzzer wants a C++ compiler".to_owned()]);
    }
    build()?;
    run_all(Duration::from_secs(20))?;
    Ok(Vec::new())
}

fn run_all(time: Duration) -> Result<()> {
    let parts: u64 = PARTS.iter().sum();
    let mut all = 0;
    for (name, part) in TARGETS.iter().zip(PARTS) {
        all += run_target(name, Duration::from_secs((time.as_secs() * part / parts).max(1)))?;
    }
    eprintln!("{all} inputs in all");
    Ok(())
}

fn build() -> Result<()> {
    let host = host()?;
    // With a target of its own the counters are not built into build scripts and macros.
    let mut command = cargo(["build", "--release", "--locked", "--target", &host]);
    command
        .arg("--manifest-path")
        .arg(root().join("tests/fuzz/Cargo.toml"))
        .arg("--target-dir")
        .arg(folder());
    run(command.env("CARGO_ENCODED_RUSTFLAGS", COUNTERS.join("\u{1f}")))
}

/// Runs one target, and returns how many inputs it was given.
fn run_target(name: &str, time: Duration) -> Result<u64> {
    let program = folder().join(host()?).join("release/whatsgate-fuzz");
    let [seeds, corpus, failures] =
        ["seeds", "corpus", "failures"].map(|kind| folder().join(kind).join(name));
    if seeds.exists() {
        fs::remove_dir_all(&seeds)?;
    }
    for folder in [&seeds, &corpus, &failures] {
        fs::create_dir_all(folder)?;
    }
    let fuzzer = || {
        let mut fuzzer = Command::new(&program);
        fuzzer.current_dir(root()).env("FUZZ_TARGET", name);
        fuzzer
    };
    output_of(fuzzer().env("FUZZ_SEEDS", &seeds))?;
    let mut command = fuzzer();
    command.arg(&corpus).arg(&seeds);
    command.arg(format!("-max_total_time={}", time.as_secs()));
    command.arg(format!("-dict={}", root().join("tests/fuzz/json.dict").display()));
    command.arg(format!("-artifact_prefix={}/", failures.display()));
    command.args(["-print_final_stats=1", "-timeout=10", "-max_len=8192", "-verbosity=0"]);
    let output = command.output().with_context(|| format!("cannot start {}", program.display()))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "{name} failed; the input is in {}\n{said}",
        relative(&failures).display()
    );
    let count = said.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    let count = count
        .and_then(|count| count.trim().parse().ok())
        .context("libFuzzer does not say how much it did")?;
    eprintln!("{name:8} {count:9} inputs in {} s", time.as_secs());
    Ok(count)
}

fn relative(path: &Path) -> &Path {
    path.strip_prefix(root()).unwrap_or(path)
}

fn folder() -> std::path::PathBuf {
    target().join("fuzz")
}

/// The target that cargo builds for by itself.
fn host() -> Result<String> {
    let version = output_of(Command::new("rustc").current_dir(root()).arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc does not name its host")?.to_owned())
}
