#![doc = include_str!("../README.md")]
// The table is what this program is for.
#![allow(clippy::print_stdout)]

mod bare;
mod context;
mod jobs;
mod load;
mod measure;
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
        ["receive", side] => load::receive(side.parse()?),
        ["job", name, side] => {
            let job = jobs::find(name)?;
            let context = context::Context::from_env()?;
            let measured = measure::run(|| run::job(job, side.parse()?, &context))?;
            println!("{}", serde_json::to_string(&measured)?);
            Ok(())
        }
        ["--runs", runs, names @ ..] => report::print(names, runs.parse().context("--runs")?),
        names if names.iter().any(|name| name.starts_with('-')) => bail!("usage: [--runs N] [JOB...]"),
        names => report::print(names, 5),
    }
}
