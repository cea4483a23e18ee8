//! The service, driven from outside by a program in another language while it is killed.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::postgres;
use crate::workspace::{built, cargo, root, run};

/// How much of it.
pub(crate) struct Amount {
    pub(crate) messages: usize,
    pub(crate) events: usize,
    pub(crate) kills: usize,
}

/// The step of the test run.
pub(crate) fn test() -> Result<Vec<String>> {
    if Command::new("python3").arg("--version").output().is_err() {
        return Ok(vec![
            "that the service loses and doubles nothing when it is killed, and the calls of the modules for 1C: python3 is \
                missing"
                .to_owned(),
        ]);
    }
    run(&mut cargo(["build", "--package", "whatsgate-cli"]))?;
    one_c(&built("whatsgate"))?;
    let amount = Amount { messages: 400, events: 3_000, kills: 6 };
    black_box(&built("whatsgate"), &amount, None)?;
    match postgres::Server::start() {
        // After each kill the poll waits for the lease of the dead process.
        Ok(server) => {
            let amount = Amount { kills: 1, ..amount };
            black_box(&built("whatsgate"), &amount, Some(&server.address())).map(|()| Vec::new())
        }
        Err(error) => Ok(vec![format!("the same over PostgreSQL: {error:#}")]),
    }
}

/// Makes the calls of the modules for 1C.
fn one_c(program: &Path) -> Result<()> {
    run(Command::new("python3").arg(root().join("tests/serve/one_c.py")).arg(program))
}

/// Sends and receives through the service, kills it, and counts at the gateway.
pub(crate) fn black_box(program: &Path, amount: &Amount, store: Option<&str>) -> Result<()> {
    let mut python = Command::new("python3");
    python.arg(root().join("tests/serve/blackbox.py")).arg(program);
    for (name, value) in
        [("--messages", amount.messages), ("--events", amount.events), ("--kills", amount.kills)]
    {
        python.arg(name).arg(value.to_string());
    }
    if let Some(store) = store {
        python.arg("--store").arg(store);
    }
    run(&mut python)
}
