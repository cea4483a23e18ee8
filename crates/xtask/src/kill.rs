//! Processes that are killed at random while many events come in and many messages go out, over every store.

use anyhow::{Result, ensure};
use clap::Args as Arguments;

use crate::postgres;
use crate::serve;
use crate::workspace::{cargo, run, target};

#[derive(Arguments)]
pub(crate) struct Args {
    /// How many events.
    #[arg(long, default_value_t = 100_000)]
    events: usize,
    /// How many messages to send.
    #[arg(long, default_value_t = 10_000)]
    messages: usize,
    /// How many kills.
    #[arg(long, default_value_t = 20)]
    kills: usize,
    /// Only these tests, by a part of their names, such as sqlite; `serve` is the service from outside.
    tests: Option<String>,
}

pub(crate) fn kill(args: &Args) -> Result<()> {
    ensure!(args.kills < args.events.min(args.messages), "more kills than events or messages");
    if args.tests.as_deref().is_none_or(|tests| tests == "serve") {
        run(&mut cargo(["build", "--release", "--package", "whatsgate-cli"]))?;
        let Args { events, messages, kills, .. } = *args;
        let program = target().join("release").join(format!("whatsgate{}", std::env::consts::EXE_SUFFIX));
        serve::black_box(&program, &serve::Amount { messages, events, kills }, None)?;
        if args.tests.is_some() {
            return Ok(());
        }
    }
    let runtime = ["--release", "--package", "whatsgate-durable", "--all-features"];
    run(cargo(["build", "--examples"]).args(runtime))?;
    let server = postgres::Server::start()?;
    let mut test = cargo(["test", "--test", "kill"]);
    // One at a time: each is to have the machine for itself.
    test.args(runtime).args(["--", "--show-output", "--test-threads", "1"]);
    match &args.tests {
        Some(tests) => test.arg(tests),
        None => test.args(["effects::", "sends::"]),
    };
    test.env(postgres::VARIABLE, server.address());
    test.env("WHATSGATE_KILL_EVENTS", args.events.to_string());
    test.env("WHATSGATE_KILL_SENDS", args.messages.to_string());
    test.env("WHATSGATE_KILLS", args.kills.to_string());
    run(&mut test)
}
