//! `cargo xtask demo`: the web demo, built with the npm package and served by the sandbox.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::workspace::{cargo, copy, npm_in, root, run};
use crate::{npm, tools};

/// Builds the package and the page, and serves both with the sandbox on one port until it is interrupted.
pub(crate) fn serve(arguments: &[String]) -> Result<()> {
    let mut demo = OsString::from("--demo=");
    demo.push(build()?);
    let mut sandbox = cargo(["run", "--quiet", "--package", "whatsgate-cli", "--", "sandbox"]);
    run(sandbox.arg(demo).args(arguments))
}

/// Builds the page and returns its folder.
pub(crate) fn build() -> Result<PathBuf> {
    let package = npm::build()?;
    place(&package, &root().join("target/npm/whatsgate"))?;
    let sources = sources();
    tools::npm_packages(&sources)?;
    run(&mut npm_in(&sources, ["run", "build"]))?;
    Ok(sources.join("dist"))
}

/// The folder of the page's sources and tests.
pub(crate) fn sources() -> PathBuf {
    root().join("web-demo")
}

/// Copies the package to where the page's package.json names it, if cargo builds elsewhere.
fn place(package: &Path, wanted: &Path) -> Result<()> {
    fs::create_dir_all(wanted)?;
    if package.canonicalize()? == wanted.canonicalize()? {
        return Ok(());
    }
    for entry in fs::read_dir(package)? {
        let entry = entry?;
        let (from, to) = (entry.path(), wanted.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            place(&from, &to)?;
        } else {
            copy(&from, &to)?;
        }
    }
    Ok(())
}
