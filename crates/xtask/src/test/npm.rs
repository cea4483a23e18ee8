//! `cargo xtask test-js`: the tests of the npm package as it is published, in Node and in browsers.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::watch;
use crate::npm;
use crate::tools::{self, CHROMIUM, FIREFOX};
use crate::workspace::{built, cargo, npm_in, output_of, root, run, target};

/// The test whose environments can be chosen; otherwise it takes a few that stand for the rest.
const ENVIRONMENTS: &str = "environments.test.mjs";

/// Builds the package and all that its tests need, says what it installs, and runs the named files of `tests/js`, or all,
/// or only those environments.
///
/// Returns which browsers are not available.
pub(crate) fn test(files: &[String], environments: Option<&str>) -> Result<Vec<String>> {
    let tests = root().join("tests/js");
    let package = npm::build()?;
    run(&mut cargo(["build", "--package", "whatsgate-sandbox", "--example", "serve"]))?;
    run(&mut cargo(["build", "--package", "whatsgate-wasm", "--example", "parity"]))?;
    run(&mut cargo(["build", "--package", "whatsgate-cli"]))?;
    tools::npm_packages(&tests)?;
    let archive = install_package(&tests, &package)?;
    let mut node = Command::new("node");
    node.current_dir(&tests).args(["--test", "--test-reporter=spec"]);
    node.env("PACKAGE", archive).env("ENVIRONMENTS_FOLDER", target().join("environments"));
    node.envs(watch::canaries())
        .env("WHATSGATE", built("whatsgate"))
        .env("SANDBOX", built("examples/serve"))
        .env("PARITY", built("examples/parity"));
    let mut unproved = Vec::new();
    for browser in [CHROMIUM, FIREFOX] {
        match browser.program() {
            Ok(program) => drop(node.env(browser.variable, program)),
            Err(error) => unproved.push(format!("the npm package in a browser: {error:#}")),
        }
    }
    let files = match environments {
        Some(names) => {
            node.env("ENVIRONMENTS", names);
            vec![ENVIRONMENTS.to_owned()]
        }
        None if files.is_empty() => all(&tests)?,
        None => files.to_vec(),
    };
    run(node.args(files))?;
    Ok(unproved)
}

/// Every file with tests: Node 20 has no patterns for files.
fn all(tests: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(tests)? {
        let name = entry?.file_name().into_string();
        files.extend(name.into_iter().filter(|name| name.ends_with(".test.mjs")));
    }
    files.sort();
    Ok(files)
}

/// Packs the package and installs what came out, so that a file missing in `files` is missed. Returns the archive.
fn install_package(tests: &Path, package: &Path) -> Result<PathBuf> {
    let folder = package.parent().context("the package has a folder around it")?;
    let mut pack = npm_in(package, ["pack", "--silent", "--pack-destination"]);
    let archive = folder.join(output_of(pack.arg(folder))?.trim());
    run(npm_in(tests, ["install", "--no-save", "--silent"]).arg(&archive))?;
    Ok(archive)
}
