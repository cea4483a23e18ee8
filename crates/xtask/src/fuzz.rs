//! `cargo xtask fuzz`: whoever reads bytes from outside, against inputs that grow by what they reach.
//!
//! libFuzzer needs the compiler's counters of coverage, which every compiler has, and none of its sanitizers: there is no
//! unsafe code of ours to watch.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::workspace::{cargo, exists, output_of, root, run, target};

/// A target of `tests/fuzz/src/targets.rs`.
struct Target {
    name: &'static str,
    /// How many parts of the time it gets: replies are of thirteen kinds, and most bytes come in with them.
    time: u32,
    /// How many parts of the executions it gets: those that take a store or a service each time get few.
    executions: u64,
}

const fn of(name: &'static str, time: u32, executions: u64) -> Target {
    Target { name, time, executions }
}

const TARGETS: [Target; 15] = [
    of("reply", 4, 24),
    of("webhook", 2, 30),
    of("media", 2, 30),
    of("gateway", 2, 10),
    of("admin", 1, 8),
    of("faults", 1, 32),
    of("journal", 1, 16),
    of("rows", 2, 1),
    of("draft", 1, 2),
    of("list", 2, 3),
    of("typed", 1, 6),
    of("config", 1, 6),
    of("kept", 1, 30),
    of("service", 3, 1),
    of("relay", 2, 1),
];

/// In how many rounds a number of executions is reached, so that the last target does not wait for all others.
const ROUNDS: u64 = 10;

/// Where libFuzzer counts which parts of the program an input reaches.
const COUNTERS: [&str; 5] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];

/// How long to go on, and with what.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How long in all
    #[arg(long, default_value_t = 1)]
    minutes: u64,
    /// Until there were so many executions in all, however long that takes; what fails is counted, and the others go on
    #[arg(long, value_name = "NUMBER", conflicts_with = "minutes")]
    executions: Option<u64>,
    /// Only this target
    #[arg(long, value_name = "NAME", value_parser = TARGETS.map(|target| target.name))]
    target: Option<String>,
}

/// Goes on for as long as was asked for. What was found worth keeping stays in `target/fuzz/corpus`.
pub(crate) fn fuzz(args: &Args) -> Result<()> {
    let fuzzer = Fuzzer::build()?;
    let chosen: Vec<_> =
        TARGETS.iter().filter(|target| args.target.as_ref().is_none_or(|name| name == target.name)).collect();
    match args.executions {
        Some(executions) => fuzzer.run_until(executions, &chosen),
        None => fuzzer.run_for(Duration::from_secs(args.minutes * 60), &chosen),
    }
}

/// A short run for the test command. Tells what could not be proved for want of a compiler of C++.
pub(crate) fn test() -> Result<Vec<String>> {
    if !exists(std::env::var_os("CXX").unwrap_or_else(|| "c++".into())) {
        return Ok(vec!["that no bytes make a reader panic: libFuzzer wants a C++ compiler".to_owned()]);
    }
    Fuzzer::build()?.run_for(Duration::from_secs(20), &TARGETS.iter().collect::<Vec<_>>())?;
    Ok(Vec::new())
}

/// When a target has done enough.
#[derive(Clone, Copy)]
enum Until {
    Time(Duration),
    Executions(u64),
}

/// What became of a target.
#[derive(Clone, Copy, Default)]
struct Done {
    executions: u64,
    time: Duration,
    failures: u32,
}

struct Fuzzer {
    program: PathBuf,
}

impl Fuzzer {
    fn build() -> Result<Self> {
        let host = host()?;
        // With a target of its own the counters are not built into build scripts and macros.
        let mut command = cargo(["build", "--release", "--locked", "--target", &host]);
        command
            .arg("--manifest-path")
            .arg(root().join("tests/fuzz/Cargo.toml"))
            .arg("--target-dir")
            .arg(folder());
        run(command.env("CARGO_ENCODED_RUSTFLAGS", COUNTERS.join("\u{1f}")))?;
        Ok(Self { program: folder().join(host).join("release/whatsgate-fuzz") })
    }

    fn run_for(&self, time: Duration, targets: &[&Target]) -> Result<()> {
        let parts: u32 = targets.iter().map(|target| target.time).sum();
        let mut all = 0;
        for target in targets {
            let time = (time * target.time / parts).max(Duration::from_secs(1));
            let (done, said) = self.run(target.name, Until::Time(time))?;
            ensure!(done.failures == 0, "{} failed; {said}", target.name);
            eprintln!("{:8} {:9} inputs in {} s", target.name, done.executions, time.as_secs());
            all += done.executions;
        }
        eprintln!("{all} inputs in all");
        Ok(())
    }

    fn run_until(&self, executions: u64, targets: &[&Target]) -> Result<()> {
        let parts: u64 = targets.iter().map(|target| target.executions).sum();
        let mut done = vec![Done::default(); targets.len()];
        for round in 1..=ROUNDS {
            for (target, done) in targets.iter().zip(&mut done) {
                let wanted = executions * target.executions * round / (parts * ROUNDS);
                let left = wanted.saturating_sub(done.executions).max(1);
                let (more, said) = self.run(target.name, Until::Executions(left))?;
                if more.failures > 0 {
                    eprintln!("{} failed; {said}", target.name);
                }
                done.executions += more.executions;
                done.time += more.time;
                done.failures += more.failures;
            }
            eprintln!("round {round} of {ROUNDS}\n{}", table(targets, &done));
        }
        let failures: u32 = done.iter().map(|done| done.failures).sum();
        ensure!(failures == 0, "{failures} runs failed");
        Ok(())
    }

    /// Runs one target; also returns where the input is that it failed with, and what it said.
    fn run(&self, name: &str, until: Until) -> Result<(Done, String)> {
        let [seeds, corpus, failures, scratch] =
            ["seeds", "corpus", "failures", "scratch"].map(|kind| folder().join(kind).join(name));
        for folder in [&seeds, &scratch] {
            if folder.exists() {
                fs::remove_dir_all(folder)?;
            }
        }
        for folder in [&seeds, &corpus, &failures, &scratch] {
            fs::create_dir_all(folder)?;
        }
        let fuzzer = || {
            let mut fuzzer = Command::new(&self.program);
            fuzzer.current_dir(root()).env("FUZZ_TARGET", name).env("FUZZ_SCRATCH", &scratch);
            fuzzer
        };
        output_of(fuzzer().env("FUZZ_SEEDS", &seeds))?;
        let mut command = fuzzer();
        command.arg(&corpus).arg(&seeds);
        command.arg(match until {
            Until::Time(time) => format!("-max_total_time={}", time.as_secs()),
            Until::Executions(executions) => format!("-runs={executions}"),
        });
        command.arg(format!("-dict={}", root().join("tests/fuzz/json.dict").display()));
        command.arg(format!("-artifact_prefix={}/", failures.display()));
        command.args(["-print_final_stats=1", "-timeout=30", "-max_len=8192", "-verbosity=0"]);
        let began = Instant::now();
        let output = command.output().with_context(|| format!("cannot start {}", self.program.display()))?;
        let time = began.elapsed();
        let said = String::from_utf8_lossy(&output.stderr);
        let count = said.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
        let count = count.and_then(|count| count.trim().parse().ok());
        let executions = count.with_context(|| format!("libFuzzer does not say how much it did: {said}"))?;
        let done = Done { executions, time, failures: u32::from(!output.status.success()) };
        Ok((done, format!("the input is in {}\n{said}", relative(&failures).display())))
    }
}

/// What was done, a target each line, and all of them.
fn table(targets: &[&Target], done: &[Done]) -> String {
    let row = |name: &str, done: &Done| {
        let a_second = u128::from(done.executions) * 1000 / done.time.as_millis().max(1);
        format!("{name:8} {:12} {a_second:14} {:8}\n", done.executions, done.failures)
    };
    let mut all = Done::default();
    let mut table = format!("{:8} {:>12} {:>14} {:>8}\n", "target", "executions", "executions/s", "failures");
    for (target, done) in targets.iter().zip(done) {
        table += &row(target.name, done);
        all.executions += done.executions;
        all.time += done.time;
        all.failures += done.failures;
    }
    table + &row("all", &all)
}

fn relative(path: &Path) -> &Path {
    path.strip_prefix(root()).unwrap_or(path)
}

fn folder() -> PathBuf {
    target().join("fuzz")
}

/// The target that cargo builds for by itself.
fn host() -> Result<String> {
    let version = output_of(Command::new("rustc").current_dir(root()).arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc does not name its host")?.to_owned())
}
