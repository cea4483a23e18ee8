//! Runs schedules: `whatsgate-simulator --seeds N [--from SEED] [--without RULE]`, or `--seed S` for one with its trace.
// What it prints is what it is for, in round numbers.
#![allow(clippy::print_stdout, clippy::cast_precision_loss)]

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Parser;
use whatsgate_simulator::{Check, Options, Rule, Violation, shrink, simulate};

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
    let run = || match args.seed {
        Some(seed) => one(seed),
        None => many(&args),
    };
    let holds = match args.without {
        Some(rule) => rule.without(run),
        None => run(),
    };
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Looks for what fails without each rule.
fn table(args: &Args) -> ExitCode {
    let mut missed = 0;
    for rule in Rule::ALL.iter().copied().filter(|rule| args.without.is_none_or(|only| only == *rule)) {
        let mut found = Vec::new();
        for seed in args.from..args.from.saturating_add(args.seeds) {
            let outcome = rule.without(|| simulate(seed, &Options::default()));
            if let Some(violation) = outcome.violation {
                found.push(format!("{seed} {} ({})", violation.check.name(), outcome.events));
                if found.len() >= 6 {
                    break;
                }
            }
        }
        missed += u8::from(found.is_empty());
        println!("{}: {}", rule.name(), found.join(", "));
    }
    if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// One schedule with its trace. Says whether it holds.
fn one(seed: u64) -> bool {
    let plain = simulate(seed, &Options::default());
    let options = match &plain.violation {
        Some(violation) => {
            tell(seed, violation);
            let shrunk = shrink(seed, violation.check);
            let needed: Vec<_> = shrunk.needed.iter().map(|trouble| trouble.name()).collect();
            println!("needs: {}; planned events: {:?}", needed.join(", "), shrunk.options.most_events);
            shrunk.options
        }
        None => Options::default(),
    };
    for line in simulate(seed, &Options { trace: true, ..options }).trace {
        println!("{line}");
    }
    plain.violation.is_none()
}

/// Many schedules, up to the tenth that fails. Says whether all hold.
fn many(args: &Args) -> bool {
    let begun = Instant::now();
    let (mut run, mut simulated, mut steps, mut events) = (0_u64, 0_u64, 0_u64, 0_u64);
    let mut failed: Vec<(u64, Check)> = Vec::new();
    for seed in args.from..args.from.saturating_add(args.seeds) {
        let outcome = simulate(seed, &Options::default());
        run += 1;
        simulated += outcome.simulated.unsigned_abs() / 1000;
        steps += outcome.steps;
        events += outcome.events as u64;
        if let Some(violation) = outcome.violation {
            tell(seed, &violation);
            failed.push((seed, violation.check));
            if failed.len() >= 10 {
                break;
            }
        }
    }
    let seconds = begun.elapsed().as_secs_f64().max(0.001);
    let per_second = |count: u64| count as f64 / seconds;
    println!(
        "{run} schedules in {seconds:.1} s ({:.0} a second), {} failed; {events} events, {steps} steps; simulated time \
         {:.0} times as fast as real time",
        per_second(run),
        failed.len(),
        per_second(simulated)
    );
    failed.is_empty()
}

fn tell(seed: u64, violation: &Violation) {
    let hours = violation.at as f64 / 3_600_000.0;
    println!("seed {seed}: {} fails after {hours:.2} h: {}", violation.check.name(), violation.detail);
}
