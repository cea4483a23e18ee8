//! Processes that are killed at random while many events come in, over every store.

use anyhow::{Result, ensure};
use clap::Args as Arguments;

use crate::postgres;
use crate::workspace::{cargo, run};

#[derive(Arguments)]
pub(crate) struct Args {
    /// How many events.
    #[arg(long, default_value_t = 100_000)]
    events: usize,
    /// How many kills.
    #[arg(long, default_value_t = 20)]
    kills: usize,
    /// Only these tests, by a part of their names, such as sqlite.
    tests: Option<String>,
}

pub(crate) fn kill(args: &Args) -> Result<()> {
    ensure!(args.kills < args.events, "more kills than events");
    let runtime = ["--release", "--package", "whatsgate-durable", "--all-features"];
    run(cargo(["build", "--examples"]).args(runtime))?;
    let server = postgres::Server::start()?;
    let mut test = cargo(["test", "--test", "kill"]);
    test.args(runtime).arg(args.tests.as_deref().unwrap_or("effects"));
    // One at a time: each is to have the machine for itself.
    test.args(["--", "--show-output", "--test-threads", "1"]);
    test.env(postgres::VARIABLE, server.address());
    test.env("WHATSGATE_KILL_EVENTS", args.events.to_string());
    test.env("WHATSGATE_KILLS", args.kills.to_string());
    run(&mut test)
}
