//! Clients in other languages through the conformance kit, `whatsgate conform`.
//!
//! The adapters lie in `tests/conformance`, a folder for each language, with the list of what its client is known to fail.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::gateway::Gateway;
use super::work::work;
use crate::workspace::{built, cargo, copy, output_of, root, run};

/// The folder of an adapter.
fn sources(language: &str) -> PathBuf {
    root().join("tests/conformance").join(language)
}

/// Lays an adapter's sources into a folder of a client's working folder, and returns it.
pub(super) fn lay(language: &str, client: &str, folder: &str) -> Result<PathBuf> {
    let folder = work(&format!("generators/{client}")).join(folder);
    fs::create_dir_all(&folder)?;
    for entry in fs::read_dir(sources(language))? {
        let path = entry?.path();
        copy(&path, &folder.join(path.file_name().unwrap_or_default()))?;
    }
    Ok(folder)
}

/// The npm package, which fails nothing.
pub(super) fn npm(_: &Gateway) -> Result<String> {
    let package = crate::npm::build()?;
    let adapter = sources("npm").join("adapter.mjs");
    conform("npm", Path::new("node"), [adapter.as_os_str(), package.join("node.mjs").as_os_str()], |_| ())
}

/// Runs the kit; what a client is known to fail must keep failing.
pub(super) fn conform<'a>(
    language: &str,
    program: &Path,
    arguments: impl IntoIterator<Item = &'a OsStr>,
    set: impl FnOnce(&mut Command),
) -> Result<String> {
    run(&mut cargo(["build", "--quiet", "--package", "whatsgate-cli"]))?;
    let report = work(&format!("conformance-{language}.json"));
    let mut kit = Command::new(built("whatsgate"));
    kit.current_dir(root())
        .args(["conform", "--report", "json", "--out"])
        .arg(&report)
        .arg("--client")
        .arg(program);
    for argument in arguments {
        kit.arg("--client-arg").arg(argument);
    }
    let known = sources(language).join("known-failing.txt");
    if known.exists() {
        kit.arg("--known-failing").arg(known);
    }
    set(&mut kit);
    output_of(&mut kit)?;
    let report: Value = serde_json::from_slice(&fs::read(report)?).context("the report is no JSON")?;
    let count = |verdict: &str| report["counts"][verdict].as_u64().unwrap_or_default();
    let trials = report["trials"].as_array().map_or(0, Vec::len);
    Ok(format!(
        "checked: {trials} trials of the kit: {} passed, {} fail as is known, {} of what the client does not have",
        count("passed"),
        count("known_failure"),
        count("skipped")
    ))
}
