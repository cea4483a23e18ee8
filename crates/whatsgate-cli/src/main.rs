#![doc = include_str!("../README.md")]

mod args;
mod commands;
mod context;
mod demo;
mod failure;
mod interrupt;
mod media;
mod needs;
mod output;
mod report;
mod sandbox;
mod send;
mod sessions;
mod text;
mod web_demo;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::error::ErrorKind as ClapErrorKind;
use clap::parser::ValueSource;
use clap::{CommandFactory, FromArgMatches};

use crate::args::{Cli, Command};
use crate::context::Context;
use crate::failure::Failure;
use crate::interrupt::interrupted;
use crate::report::Reporter;
use crate::text::Secret;

fn main() -> ExitCode {
    let mut cli = match parse() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() && std::env::args_os().any(|argument| argument == "--json") => {
            let reporter = Reporter { json: true, verbose: 0, changes: false, secret: Secret::default() };
            return reporter
                .report(&Failure::usage(error.to_string().trim_start_matches("error: ").trim_end()));
        }
        Err(error) => error.exit(),
    };
    if !cli.command.uses_account() {
        // A sandbox shows its own key, which may be the same.
        cli.global.api_key = None;
    }
    let reporter = Reporter {
        json: cli.global.json,
        verbose: cli.global.verbose,
        changes: cli.command.changes(),
        secret: Secret::new(cli.global.api_key.clone()),
    };
    if !cli.global.json {
        start_log(cli.global.verbose);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return reporter.report(&Failure::local(error)),
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
    let unused: &[&str] = match &cli.command {
        command if !command.uses_account() => &["api_key", "session", "base_url"],
        command if !command.uses_session() => &["session"],
        _ => &[],
    };
    match unused.iter().find(|id| typed(id)) {
        Some(id) => {
            let message = format!("--{} has no meaning for this command", id.replace('_', "-"));
            Err(Cli::command().error(ClapErrorKind::ArgumentConflict, message))
        }
        None => Ok(cli),
    }
}

async fn run(cli: Cli) -> Result<(), Failure> {
    let context = Context::new(cli.global);
    // Those that run until they are interrupted, and those that know better what it means, see to it themselves.
    let sees_to_it = match &cli.command {
        Command::Demo(args) => args.to.is_some(),
        Command::Sessions(args::Sessions::Create { wait, .. }) => *wait,
        Command::Send(_) | Command::Events(_) | Command::Listen(_) | Command::Sandbox(_) => true,
        _ => false,
    };
    let interrupted = interrupted()?;
    tokio::select! {
        result = run_command(&context, cli.command) => result,
        () = interrupted, if !sees_to_it => Err(Failure::interrupted()),
    }
}

async fn run_command(context: &Context, command: Command) -> Result<(), Failure> {
    match command {
        Command::Demo(args) => demo::run(context, args).await,
        Command::Send(args) => send::run(context, args).await,
        Command::Seen(args) => commands::seen(context, &args).await,
        Command::Typing(args) => commands::typing(context, &args).await,
        Command::Check { number } => commands::check(context, &number).await,
        Command::Chats => commands::chats(context).await,
        Command::Media(args) => media::run(context, args).await,
        Command::Sessions(command) => sessions::run(context, command).await,
        Command::Events(args) => commands::events(context, args).await,
        Command::Hook(command) => commands::hook(context, command).await,
        Command::Listen(args) => commands::listen(context, args).await,
        Command::Sandbox(args) => sandbox::run(context, args).await,
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "whatsgate", &mut script);
            output::bytes(&script)
        }
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
