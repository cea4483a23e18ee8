#![doc = include_str!("../README.md")]

mod args;
mod chats;
mod check;
mod command_error;
mod completions;
mod context;
mod demo;
mod events;
mod facts;
mod global;
mod hook;
mod interrupt;
mod lines;
mod linking;
mod listen;
mod media;
mod output;
mod progress;
mod qr;
mod recipient;
mod report;
mod sandbox;
mod secret;
mod seen;
mod send;
mod sessions;
mod tables;
mod text;
mod typing;
mod web_demo;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::error::ErrorKind as ClapErrorKind;
use clap::parser::ValueSource;
use clap::{CommandFactory, FromArgMatches};

use crate::args::Cli;
use crate::command_error::CommandError;
use crate::context::Context;
use crate::facts::{Subcommand, Uses};
use crate::interrupt::interrupted;
use crate::report::Reporter;
use crate::secret::Secret;

fn main() -> ExitCode {
    let mut cli = match parse() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() && std::env::args_os().any(|argument| argument == "--json") => {
            let reporter = Reporter { json: true, verbose: 0, changes: false, secret: Secret::default() };
            return reporter
                .report(&CommandError::usage(error.to_string().trim_start_matches("error: ").trim_end()));
        }
        Err(error) => error.exit(),
    };
    let facts = cli.command.facts();
    if facts.uses == Uses::Nothing {
        // A sandbox shows its own key, which may be the same.
        cli.global.api_key = None;
    }
    let reporter = Reporter {
        json: cli.global.json,
        verbose: cli.global.verbose,
        changes: facts.changes,
        secret: Secret::new(cli.global.api_key.clone()),
    };
    if !cli.global.json {
        start_log(cli.global.verbose);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return reporter.report(&CommandError::local(error)),
    };
    let result = runtime.block_on(run(cli));
    // Who is interrupted while standard input is read does not wait for its end.
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => reporter.report(&failure),
    }
}

/// Reads the command line, and refuses what the command would not use.
fn parse() -> Result<Cli, clap::Error> {
    let matches = Cli::command().try_get_matches()?;
    let cli = Cli::from_arg_matches(&matches)?;
    let typed = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    let unused: &[&str] = match cli.command.facts().uses {
        Uses::Nothing => &["api_key", "session", "base_url"],
        Uses::Account => &["session"],
        Uses::Session => &[],
    };
    match unused.iter().find(|id| typed(id)) {
        Some(id) => {
            let message = format!("--{} has no meaning for this command", id.replace('_', "-"));
            Err(Cli::command().error(ClapErrorKind::ArgumentConflict, message))
        }
        None => Ok(cli),
    }
}

async fn run(cli: Cli) -> Result<(), CommandError> {
    let context = Context::new(cli.global);
    let handles_interrupts = cli.command.facts().handles_interrupts;
    let interrupted = interrupted()?;
    tokio::select! {
        result = cli.command.run(&context) => result,
        () = interrupted, if !handles_interrupts => Err(CommandError::interrupted()),
    }
}

fn start_log(verbose: u8) {
    let level = match verbose {
        // What fails in the end is reported anyway.
        0 => "off",
        1 => "warn,whatsgate_native=debug,whatsgate_sandbox=debug",
        _ => "debug",
    };
    let filter = tracing_subscriber::EnvFilter::new(level);
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .without_time()
        .init();
}
