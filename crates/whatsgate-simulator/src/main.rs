//! Runs schedules: `whatsgate-simulator --seeds N [--from SEED] [--without RULE] [--only WORLD]`, or `--seed S` for one with
//! its trace.
// What it prints is what it is for, in round numbers.
#![allow(clippy::print_stdout, clippy::cast_precision_loss)]

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::{available_parallelism, scope};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Parser;
use whatsgate_simulator::rules::TESTED_BY_NAME;
use whatsgate_simulator::{Options, Outcome, Rule, Sums, Violation, Worlds, shrink, simulate};

/// Runs schedules of the durable layer, each from a seed.
#[derive(Parser)]
struct Args {
    /// How many schedules
    #[arg(long, default_value_t = 1000)]
    seeds: u64,
    /// The seed of the first one
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Only the schedule of this seed, with all that happens in it; one that fails is made small first
    #[arg(long)]
    seed: Option<u64>,
    /// For each rule the first schedules that fail without it
    #[arg(long)]
    table: bool,
    /// Without this rule
    #[arg(long, value_name = "RULE", value_parser = rule)]
    without: Option<Rule>,
    /// Only the schedules of the journal, or those of the outbox
    #[arg(long, value_name = "journal|outbox", value_parser = worlds, default_value = "both")]
    only: Worlds,
}

impl Args {
    fn options(&self) -> Options {
        Options { worlds: self.only, ..Options::default() }
    }
}

fn worlds(name: &str) -> Result<Worlds> {
    match name {
        "both" => Ok(Worlds::Both),
        "journal" => Ok(Worlds::Journal),
        "outbox" => Ok(Worlds::Outbox),
        _ => anyhow::bail!("there are schedules of the journal and of the outbox"),
    }
}

fn rule(name: &str) -> Result<Rule> {
    let names = || Rule::ALL.iter().map(|rule| rule.name()).collect::<Vec<_>>().join(", ");
    let found = Rule::ALL.iter().copied().find(|rule| rule.name().eq_ignore_ascii_case(name));
    found.with_context(|| format!("there is no such rule; there are {}", names()))
}

fn main() -> ExitCode {
    let args = Args::parse();
    if args.table {
        return table(&args);
    }
    let holds = match args.seed {
        Some(seed) => apply(args.without, || one(seed, &args)),
        None => many(&args),
    };
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs something in this thread, without a rule if one is named.
fn apply<R>(without: Option<Rule>, run: impl FnOnce() -> R) -> R {
    match without {
        Some(rule) => rule.without(run),
        None => run(),
    }
}

/// Looks for what fails without each rule.
fn table(args: &Args) -> ExitCode {
    let is_in_schedules = |rule: &Rule| TESTED_BY_NAME.iter().all(|tested| tested.rule != *rule);
    let is_asked_for = |rule: &Rule| args.without.map_or_else(|| is_in_schedules(rule), |only| only == *rule);
    let rules: Vec<_> = Rule::ALL.iter().copied().filter(is_asked_for).collect();
    let next = AtomicUsize::new(0);
    let (sender, receiver) = channel();
    let missed = scope(|scope| {
        for _ in 0..available_parallelism().map_or(1, usize::from) {
            let (sender, next, rules) = (sender.clone(), &next, &rules);
            scope.spawn(move || {
                while let Some(rule) = rules.get(next.fetch_add(1, Ordering::Relaxed)) {
                    // Nobody is left to hear it only if this ends.
                    let _ = sender.send((*rule, fail_without(*rule, args)));
                }
            });
        }
        drop(sender);
        let mut missed = 0;
        for (rule, found) in receiver {
            missed += usize::from(found.is_empty());
            println!("{}: {}", rule.name(), found.join(", "));
        }
        missed
    });
    if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The first schedules that fail without a rule.
fn fail_without(rule: Rule, args: &Args) -> Vec<String> {
    let mut found = Vec::new();
    for seed in args.from..args.from.saturating_add(args.seeds) {
        let outcome = rule.without(|| simulate(seed, &args.options()));
        if let Some(violation) = outcome.violation {
            found.push(format!("{seed} {} ({})", violation.check.name(), outcome.events));
            if found.len() >= 6 {
                break;
            }
        }
    }
    found
}

/// One schedule with its trace. Says whether it holds.
fn one(seed: u64, args: &Args) -> bool {
    let plain = simulate(seed, &args.options());
    let options = match &plain.violation {
        Some(violation) => {
            tell(seed, violation);
            let shrunk = shrink(seed, violation.check);
            let needed: Vec<_> = shrunk.needed.iter().map(|trouble| trouble.name()).collect();
            println!("needs: {}; planned events: {:?}", needed.join(", "), shrunk.options.most_events);
            shrunk.options
        }
        None => args.options(),
    };
    for line in simulate(seed, &Options { trace: true, ..options }).trace {
        println!("{line}");
    }
    plain.violation.is_none()
}

/// How many seeds a thread takes at a time.
const BLOCK: u64 = 16;
/// How many failing schedules are enough.
const MOST_FAILED: usize = 10;

/// What came of a block of schedules.
#[derive(Default)]
struct Sum {
    run: u64,
    seconds: u64,
    steps: u64,
    events: u64,
    sums: Sums,
    failed: Vec<(u64, Violation)>,
}

impl Sum {
    fn add(&mut self, outcome: Outcome) {
        self.run += 1;
        self.seconds += outcome.simulated.unsigned_abs() / 1000;
        self.steps += outcome.steps;
        self.events += outcome.events as u64;
        self.sums.add(outcome.sums);
        self.failed.extend(outcome.violation.map(|violation| (outcome.seed, violation)));
    }

    fn take(&mut self, block: Self) {
        self.run += block.run;
        self.seconds += block.seconds;
        self.steps += block.steps;
        self.events += block.events;
        self.sums.add(block.sums);
        self.failed.extend(block.failed);
    }
}

/// Many schedules on all cores, up to the tenth that fails. Says whether all hold.
fn many(args: &Args) -> bool {
    let begun = Instant::now();
    let end = args.from.saturating_add(args.seeds);
    let next = AtomicU64::new(args.from);
    let is_enough = AtomicBool::new(false);
    let (sender, receiver) = channel();
    let sum = scope(|scope| {
        for _ in 0..available_parallelism().map_or(1, usize::from) {
            let sender = sender.clone();
            scope.spawn(|| {
                let sender = sender;
                while !is_enough.load(Ordering::Relaxed) {
                    let first = next.fetch_add(BLOCK, Ordering::Relaxed);
                    if first >= end {
                        break;
                    }
                    let mut block = Sum::default();
                    // The switch of a rule is one of the thread.
                    apply(args.without, || {
                        for seed in first..end.min(first.saturating_add(BLOCK)) {
                            block.add(simulate(seed, &args.options()));
                        }
                    });
                    if sender.send((first, block)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let sum = collect(args, begun, &receiver);
        is_enough.store(true, Ordering::Relaxed);
        sum
    });
    let seconds = begun.elapsed().as_secs_f64().max(0.001);
    println!(
        "{} schedules in {seconds:.1} s ({:.0} a second), {} failed; {} events, {} steps; simulated time {:.0} times as fast \
         as real time",
        sum.run,
        sum.run as f64 / seconds,
        sum.failed.len(),
        sum.events,
        sum.steps,
        sum.seconds as f64 / seconds
    );
    let Sums { put, sent, unknown, doubled, clear_put, clear_unknown, clear_unknown_sent } = sum.sums;
    if put > 0 {
        println!(
            "{put} messages put, {sent} sent, {doubled} of them more than once by a policy or a person, {unknown} unknown in \
             the end ({:.2} %); where events tell {clear_unknown} of {clear_put} ({:.2} %), {clear_unknown_sent} of them sent",
            percent(unknown, put),
            percent(clear_unknown, clear_put)
        );
    }
    sum.failed.is_empty()
}

fn percent(part: u64, of: u64) -> f64 {
    100.0 * part as f64 / of.max(1) as f64
}

/// Puts what the threads found in the order of the seeds, and tells how far they are.
fn collect(args: &Args, begun: Instant, blocks: &Receiver<(u64, Sum)>) -> Sum {
    let mut sum = Sum::default();
    let mut waiting = BTreeMap::new();
    let mut next = args.from;
    let mut told = begun;
    loop {
        match blocks.recv_timeout(Duration::from_secs(1)) {
            Ok((first, block)) => {
                waiting.insert(first, block);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return sum,
        }
        while let Some(block) = waiting.remove(&next) {
            next = next.saturating_add(BLOCK);
            for (seed, violation) in &block.failed {
                tell(*seed, violation);
            }
            sum.take(block);
            if sum.failed.len() >= MOST_FAILED {
                return sum;
            }
        }
        if told.elapsed() >= Duration::from_secs(10) {
            told = Instant::now();
            let rate = sum.run as f64 / begun.elapsed().as_secs_f64();
            println!(
                "{} of {} schedules, {rate:.0} a second, {} failed",
                sum.run,
                args.seeds,
                sum.failed.len()
            );
            // Seen at once, also in a file; that nobody reads it changes nothing.
            let _ = std::io::stdout().flush();
        }
    }
}

fn tell(seed: u64, violation: &Violation) {
    let hours = violation.at as f64 / 3_600_000.0;
    println!("seed {seed}: {} fails after {hours:.2} h: {}", violation.check.name(), violation.detail);
}
