//! `cargo xtask advisories`: whether something is known against a dependency.
//!
//! Not a part of the test command: what is known changes without the repository, and has to be downloaded. No package of
//! a registry brings the data along; see CONTRIBUTING.md.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::tools;
use crate::workspace::{npm_in, root, run};

/// Where the advisories are.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A checkout of the database of advisories, which is taken as it is; otherwise it is downloaded
    #[arg(long, value_name = "FOLDER")]
    database: Option<PathBuf>,
}

/// Looks into the lock files of what is published; with a database only into that of cargo.
pub(crate) fn advisories(args: &Args) -> Result<()> {
    let program = tools::cargo_audit()?;
    for lock in ["Cargo.lock", "tests/fuzz/Cargo.lock"] {
        let mut audit = Command::new(&program);
        audit.current_dir(root()).args(["audit", "--deny", "unsound", "--deny", "yanked", "--file", lock]);
        if let Some(database) = &args.database {
            audit.arg("--db").arg(database).args(["--no-fetch", "--stale"]);
        }
        run(&mut audit)?;
        eprintln!("nothing is known against {lock}");
    }
    if args.database.is_none() {
        // What is bundled into the npm package.
        run(&mut npm_in(
            &root().join("crates/whatsgate-wasm/pack"),
            ["audit", "--package-lock-only", "--audit=true"],
        ))?;
    }
    Ok(())
}
