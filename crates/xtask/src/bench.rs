//! The benchmark, with a server of PostgreSQL.

use anyhow::Result;

use crate::postgres;
use crate::workspace::{cargo, run};

/// Runs the benchmark with these arguments.
pub(crate) fn bench(arguments: &[String]) -> Result<()> {
    let server = postgres::Server::start_synced()?;
    let mut bench = cargo(["run", "--release", "--package", "whatsgate-bench", "--"]);
    run(bench.args(arguments).env(postgres::VARIABLE, server.address()))
}
