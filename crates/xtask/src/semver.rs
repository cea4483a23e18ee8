//! `cargo xtask semver`: whether the libraries break who was content with the last release.

use std::process::Command;

use anyhow::{Context, Result};

use crate::workspace::{output_of, root, run};
use crate::{crates, tools};

/// What to compare with.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A revision instead of the last release
    #[arg(long, value_name = "REVISION")]
    baseline: Option<String>,
}

/// Compares the libraries with those of the last release, which is the newest tag `v…` before this version.
pub(crate) fn semver(args: &Args) -> Result<()> {
    let Some(baseline) = args.baseline.clone().or_else(last_release) else {
        eprintln!("nothing has been released yet, as no tag v… says so: there is nothing to break");
        return Ok(());
    };
    let program = tools::compiled("cargo-semver-checks", "0.51.0")?;
    let mut check = Command::new(&program);
    check.current_dir(root()).args(["semver-checks", "--baseline-rev", &baseline]);
    for krate in crates::published()?.iter().filter(|krate| krate.is_library) {
        check.args(["--package", &krate.name]);
    }
    run(&mut check).with_context(|| format!("compared with {baseline}"))
}

/// The newest tag of a version other than this one, which may be tagged already.
fn last_release() -> Option<String> {
    let own = format!("v{}", env!("CARGO_PKG_VERSION"));
    let mut describe = Command::new("git");
    describe.current_dir(root()).args(["describe", "--tags", "--abbrev=0", "--match", "v[0-9]*"]);
    let tag = output_of(describe.args(["--exclude", &own])).ok()?;
    Some(tag.trim().to_owned())
}
