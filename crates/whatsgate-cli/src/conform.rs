//! `whatsgate conform`.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use serde_json::json;
use tokio::sync::watch;
use whatsgate_conformance::{CaseFile, KnownFailing, Pattern, Progress, Report, RunError, Runner, Trial};

use crate::command_error::CommandError;
use crate::context::Context;
use crate::facts::Facts;
use crate::interrupt::interrupted_or_left;
use crate::output::{Output, bytes};
use crate::report_file::{ReportFile, is_same};
use crate::subcommand::Subcommand;
use crate::time_span::deadline;

/// Prove a client of the gateway, in any language, by some 2,700 trials
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  whatsgate conform --client ./adapter
  whatsgate conform --client ./adapter --only sends --only 'wire/get-chats.*'
  whatsgate conform --client node --client-arg adapter.mjs --known-failing known.txt
  whatsgate conform --client ./adapter --report junit --out report.xml
  whatsgate conform --list

The client needs an adapter, a program of a hundred lines that reads questions and writes
answers, a line of JSON each: the README of the crate whatsgate-conformance describes it.
All trials run on this computer, without an account.

A trial is named GROUP/CASE/PERMUTATION. A pattern stands for whole names: sends for
all of that group, but not send; * stands for anything, as in */bom and *chats*. The groups
are wire, errors, sends, events and files.

A list of known failures has a pattern and a reason in each line:
  wire/*/bom    # its JSON parser refuses a byte order mark
What stands there must keep failing.

The client conforms if no trial fails that is not known to, none passes that is known to
fail, at least one passes, and no pattern of the list is idle, that is, without a trial of
such a name. With --json the members of the result are client, conforms, problems (of the
run as a whole), counts by verdict, failing (trials with their findings), idle and stopped.

An adapter that hangs is ended, with all that it started. Ctrl+C does so too, and still
reports what came until then.

Exit codes:
  0  the client conforms
  1  it does not, or the run could not be made, or was stopped
  2  the command line has a mistake; nothing was run")]
pub(crate) struct Conform {
    /// The adapter of the client: a program without arguments, those go into --client-arg
    #[arg(long, value_name = "PROGRAM", required_unless_present = "list")]
    client: Option<PathBuf>,
    /// An argument for the adapter; give it once for each
    #[arg(long = "client-arg", value_name = "ARGUMENT", allow_hyphen_values = true)]
    client_arguments: Vec<String>,
    /// Only the trials of this group, or of this pattern
    #[arg(long, value_name = "GROUP/PATTERN")]
    only: Vec<String>,
    /// What the client is known to fail, and must keep failing
    #[arg(long, value_name = "FILE")]
    known_failing: Option<PathBuf>,
    /// Cases of your own, beside those of the kit
    #[arg(long, value_name = "FILE")]
    cases: Vec<PathBuf>,
    /// The form of the report
    #[arg(long, value_enum, default_value_t = Form::Table)]
    report: Form,
    /// Write the report into this file, and a table to the terminal
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// How many processes of the adapter run at once
    #[arg(long, default_value_t = 2, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=64))]
    processes: u16,
    /// How long an answer may take before the adapter counts as hanging, such as 300ms, 20s, 2m
    #[arg(long, default_value = "20s", value_name = "TIME", value_parser = deadline)]
    deadline: Duration,
    /// At how many trials in a row the adapter may hang before it is given up
    #[arg(long, default_value_t = 5, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..))]
    give_up_after: u16,
    /// Print the names of the trials, and run none
    #[arg(long)]
    list: bool,
}

/// How often a line tells how far the run is, where no terminal is watched.
const EVERY: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Form {
    Table,
    Json,
    Junit,
}

impl Subcommand for Conform {
    fn facts(&self) -> Facts {
        Facts::local().handling_interrupts()
    }

    async fn run(self, context: &Context) -> Result<(), CommandError> {
        let trials = trials(&self.cases, &self.only)?;
        let Some(client) = self.client.filter(|_| !self.list) else {
            let names: Vec<_> = trials.iter().map(Trial::name).collect();
            return context.output.result(&json!({ "trials": names }), names.join("\n"));
        };
        let known = self.known_failing.as_deref().map(known).transpose()?.unwrap_or_default();
        if let Some(out) = &self.out {
            let mut read = [&client].into_iter().chain(&self.cases).chain(&self.known_failing);
            if read.any(|path| is_same(path, out)) {
                return Err(CommandError::usage(
                    "--out: the run reads this file; the report needs one of its own",
                ));
            }
        }
        // Before minutes are spent on what could not be kept.
        let out = self.out.map(ReportFile::open).transpose()?;
        let runner = Runner::new(client).arguments(self.client_arguments);
        let runner = runner.processes(self.processes.into()).deadline(self.deadline);
        let runner = runner.give_up_after(self.give_up_after.into());
        let mut is_interrupted = false;
        let interrupted = interrupted_or_left()?;
        let stop = async {
            interrupted.await;
            is_interrupted = true;
        };
        let report = match watched(runner, trials, &known, stop, &context.output).await {
            Err(RunError::Stopped) => return Err(CommandError::interrupted()),
            run => run.map_err(CommandError::local)?,
        };
        let text = match self.report {
            Form::Table => report.table(),
            Form::Json => report.json().map_err(CommandError::local)? + "\n",
            Form::Junit => report.junit(),
        };
        if let Some(file) = out {
            file.write(&text)?;
            context.output.result(&summary(&report), report.table().trim_end())?;
        } else if self.report == Form::Table {
            context.output.result(&summary(&report), text.trim_end())?;
        } else {
            bytes(text.as_bytes())?;
        }
        if is_interrupted {
            return Err(CommandError::interrupted());
        }
        if report.is_good() {
            return Ok(());
        }
        Err(CommandError::local(anyhow::anyhow!("the client does not conform: {}", wrong(&report))))
    }
}

/// Runs the trials and shows how far they are: on a terminal all the time, elsewhere in a line now and then.
async fn watched(
    runner: Runner,
    trials: Vec<Trial>,
    known: &KnownFailing,
    stop: impl Future<Output = ()>,
    output: &Output,
) -> Result<Report, RunError> {
    let all = trials.len();
    let spinner = output.spinner("trials").counting(all as u64);
    let (tell, told) = watch::channel(None);
    let runner = runner.watched(move |progress| {
        tell.send_replace(Some(progress));
    });
    let said = |progress: &Progress| format!("{} failed", progress.failed);
    let mut moving = told.clone();
    let bar = async {
        while moving.changed().await.is_ok() {
            if let Some(progress) = &*moving.borrow_and_update() {
                spinner.set(progress.done as u64, said(progress));
            }
        }
        std::future::pending().await
    };
    let lines = async {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.tick().await;
        loop {
            ticks.tick().await;
            if spinner.is_hidden() {
                let progress = *told.borrow();
                let failed = progress.map(|progress| format!(", {}", said(&progress))).unwrap_or_default();
                let done = progress.map_or(0, |progress| progress.done);
                output.note(&format!("{done} of {all} trials{failed}"));
            }
        }
    };
    tokio::select! {
        report = runner.run_until(trials, known, stop) => report,
        never = bar => never,
        never = lines => never,
    }
}

/// What is wrong, in a line.
fn wrong(report: &Report) -> String {
    let all = report.trials.len();
    let counted = [
        ("failed", format!("of {all} trials failed")),
        ("unexpectedly_passed", format!("of {all} trials passed, which is known to fail")),
    ];
    let counted = counted.into_iter().filter(|(verdict, _)| report.count(verdict) > 0);
    let counted = counted.map(|(verdict, text)| format!("{} {text}", report.count(verdict)));
    counted.chain(report.problems()).collect::<Vec<_>>().join("; ")
}

/// What scripts get beside the report.
fn summary(report: &Report) -> serde_json::Value {
    json!({
        "client": report.client,
        "conforms": report.is_good(),
        "problems": report.problems(),
        "counts": report.counts,
        "failing": report.failing().collect::<Vec<_>>(),
        "idle": report.idle,
        "stopped": report.stopped,
    })
}

fn trials(files: &[PathBuf], only: &[String]) -> Result<Vec<Trial>, CommandError> {
    let mut cases = CaseFile::own().map_err(CommandError::local)?;
    for path in files {
        let text = read(path)?;
        cases.push(CaseFile::read(&path.display().to_string(), &text).map_err(CommandError::local)?);
    }
    let trials = Trial::all(&cases);
    let patterns: Vec<_> = only.iter().map(Pattern::new).collect();
    for pattern in &patterns {
        if !trials.iter().any(|trial| pattern.matches(trial.name())) {
            return Err(CommandError::usage(format!(
                "--only {}: no trial is named like that; --list shows the names",
                pattern.as_str()
            )));
        }
    }
    Ok(trials.into_iter().filter(|trial| trial.is_of(&patterns)).collect())
}

fn known(path: &std::path::Path) -> Result<KnownFailing, CommandError> {
    let known = read(path)?.parse::<KnownFailing>();
    known.with_context(|| path.display().to_string()).map_err(CommandError::local)
}

fn read(path: &std::path::Path) -> Result<String, CommandError> {
    let text = std::fs::read_to_string(path);
    text.with_context(|| format!("{}: it cannot be read", path.display())).map_err(CommandError::local)
}
