#![doc = include_str!("../README.md")]

mod args;
mod commands;
mod context;
mod demo;
mod failure;
mod interrupt;
mod media;
mod output;
mod sandbox;
mod send;
mod sessions;
mod web_demo;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::args::{Cli, Command};
use crate::context::Context;
use crate::failure::Failure;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() && std::env::args_os().any(|argument| argument == "--json") => {
            return Failure::usage(error.to_string().trim_start_matches("error: ").trim_end()).report(true);
        }
        Err(error) => error.exit(),
    };
    start_log(cli.global.verbose);
    let json = cli.global.json;
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Failure::local(error).report(json),
    };
    match runtime.block_on(run(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(json),
    }
}

async fn run(cli: Cli) -> Result<(), Failure> {
    let context = Context::new(cli.global);
    match cli.command {
        Command::Demo(args) => demo::run(&context, args).await,
        Command::Send(args) => send::run(&context, args).await,
        Command::Seen(args) => commands::seen(&context, &args).await,
        Command::Typing(args) => commands::typing(&context, &args).await,
        Command::Check { number } => commands::check(&context, &number).await,
        Command::Chats => commands::chats(&context).await,
        Command::Media(args) => media::run(&context, args).await,
        Command::Sessions(command) => sessions::run(&context, command).await,
        Command::Events(args) => commands::events(&context, args).await,
        Command::Hook(command) => commands::hook(&context, command).await,
        Command::Listen(args) => commands::listen(&context, args).await,
        Command::Sandbox(args) => sandbox::run(&context, args).await,
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "whatsgate", &mut std::io::stdout());
            Ok(())
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
