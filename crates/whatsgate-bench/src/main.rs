#![doc = include_str!("../README.md")]
// The table is what this program is for.
#![allow(clippy::print_stdout)]

mod bare;
mod context;
mod durable;
mod jobs;
mod load;
mod measure;
mod pacing;
mod report;
mod run;
mod sdk;
mod server;

use anyhow::{Context, Result, bail};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["serve"] => server::serve(),
        ["durable"] => durable::print(3),
        ["pacing"] => pacing::print(),
        ["receive-into", store] => durable::receive(store),
        ["fill", path, events] => durable::fill(path, events),
        ["catch-up", path, events] => durable::catch_up(path, events),
        ["receive", side] => load::receive(side.parse()?),
        ["job", name, side] => {
            let job = jobs::find(name)?;
            let context = context::Context::from_env()?;
            let measured = measure::run(|| run::job(job, side.parse()?, &context))?;
            println!("{}", serde_json::to_string(&measured)?);
            Ok(())
        }
        ["--runs", runs, names @ ..] => report::print(names, runs.parse().context("--runs")?),
        names if names.iter().any(|name| name.starts_with('-')) => {
            bail!("usage: durable | pacing | [--runs N] [JOB...]")
        }
        names => report::print(names, 5),
    }
}
