#![doc = include_str!("../README.md")]

mod args;
mod campaign;
mod causes;
mod chats;
mod check;
mod command_error;
mod completions;
mod conform;
mod consume;
mod consumer_name;
mod consumers;
mod context;
mod dead_letters;
mod demo;
mod doctor;
mod drift;
mod events;
mod exec;
mod facts;
mod forward;
mod global;
mod hook;
mod interrupt;
mod journal;
mod keyed;
mod letter;
mod licenses;
mod limits;
mod lines;
mod linking;
mod listen;
mod listing;
mod media;
mod number;
mod outbox;
mod output;
mod progress;
mod qr;
mod recipient;
mod recordings;
mod replay;
mod report;
mod report_file;
mod sandbox;
mod secret;
mod seen;
mod send;
mod sending;
mod serve;
mod sessions;
mod since;
mod store_url;
mod subcommand;
mod tables;
mod text;
mod time_span;
mod tokens;
mod typing;
mod warnings;
mod web_demo;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind as ClapErrorKind};
use clap::parser::ValueSource;
use clap::{CommandFactory, FromArgMatches};
use tracing_subscriber::EnvFilter;
use whatsgate_native::API_KEY_VARIABLE;

use crate::args::Cli;
use crate::command_error::CommandError;
use crate::context::Context;
use crate::facts::{Facts, Uses};
use crate::global::Global;
use crate::interrupt::interrupted;
use crate::report::Reporter;
use crate::secret::{Key, Secret};
use crate::subcommand::Subcommand;
use crate::warnings::Notes;

fn main() -> ExitCode {
    if licenses::wanted(Cli::command) {
        return licenses::print();
    }
    let mut cli = match parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Somebody may have typed the key as an argument.
            let (plain, secret) = (error.to_string(), secret_of_environment());
            let said = secret.hide(&plain);
            if error.use_stderr() && std::env::args_os().any(|argument| argument == "--json") {
                let reporter = Reporter { json: true, verbose: 0, facts: Facts::local(), secret };
                return reporter.report(&CommandError::usage(said.trim_start_matches("error: ").trim_end()));
            }
            if error.use_stderr() && said != plain {
                eprint!("{said}");
                return ExitCode::from(2);
            }
            error.exit()
        }
    };
    let facts = cli.command.facts();
    if matches!(facts.uses, Uses::Nothing | Uses::SessionId) {
        // A sandbox shows its own key, which may be the same.
        cli.global.api_key = None;
    }
    let reporter = Reporter {
        json: cli.global.json,
        verbose: cli.global.verbose,
        facts,
        secret: Secret::new(cli.global.api_key.clone()),
    };
    start_log(&cli.global, facts.warns);
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

fn secret_of_environment() -> Secret {
    Secret::new(std::env::var(API_KEY_VARIABLE).ok().map(Key::from)).if_long()
}

/// Reads the command line, and refuses what the command would not use.
fn parse() -> Result<Cli, clap::Error> {
    let matches = Cli::command().try_get_matches().map_err(with_plain_usage)?;
    let cli = Cli::from_arg_matches(&matches)?;
    let typed = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    let unused: &[&str] = match cli.command.facts().uses {
        Uses::Nothing => &["api_key", "session", "base_url"],
        Uses::SessionId => &["api_key", "base_url"],
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

/// The error with the usage of its subcommand. Clap's own names whatever was given, also by the environment, as if it were
/// required.
fn with_plain_usage(mut error: clap::Error) -> clap::Error {
    let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) else { return error };
    let usage = usage.to_string();
    let mut command = Cli::command();
    command.build();
    let mut named = &mut command;
    for word in usage.split_whitespace().skip_while(|word| *word != "whatsgate").skip(1) {
        if named.find_subcommand(word).is_none() {
            break;
        }
        named = named.find_subcommand_mut(word).expect("it was found just now");
    }
    error.insert(ContextKind::Usage, ContextValue::StyledStr(named.render_usage()));
    error
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

fn start_log(global: &Global, warns: bool) {
    let log = tracing_subscriber::fmt().with_writer(std::io::stderr);
    let level = match global.verbose {
        _ if global.json => "off",
        // What fails in the end is reported anyway.
        0 => "off",
        1 => "warn,whatsgate_native=debug,whatsgate_sandbox=debug,whatsgate_serve=info,whatsgate_relay=info",
        _ => "debug",
    };
    if warns && level == "off" {
        let filter = if global.verbose > 0 { warnings::MORE } else { warnings::FILTER };
        let notes = Notes { json: global.json, secret: Secret::new(global.api_key.clone()).if_long() };
        log.with_env_filter(EnvFilter::new(filter)).event_format(notes).init();
    } else if level != "off" {
        log.with_env_filter(EnvFilter::new(level))
            .with_ansi(std::io::stderr().is_terminal())
            .without_time()
            .init();
    }
}
