//! What Node programs make of the schemas.

use std::fs;

use anyhow::Result;

use super::gateway::Gateway;
use super::work::{check, command, work};
use crate::tools;
use crate::workspace::{copy, root};

const SOURCES: &str = "tests/consumers/javascript";

/// Every fixture against its schema, by ajv in strict mode.
pub(super) fn ajv(_: &Gateway) -> Result<String> {
    install()?;
    check(command("node", "javascript").arg("ajv.mjs").args(inputs()))
}

/// Types made of the bundle, and every fixture as a value of its type.
pub(super) fn types(_: &Gateway) -> Result<String> {
    install()?;
    let result = check(command("node", "javascript").arg("types.mjs").args(inputs()).arg("types"))?;
    let mut tsc = command("node", "javascript");
    tsc.arg("node_modules/typescript/bin/tsc");
    check(tsc.args([
        "--strict",
        "--noEmit",
        "--module",
        "nodenext",
        "--target",
        "es2022",
        "types/fixtures.ts",
    ]))?;
    Ok(result)
}

fn inputs() -> [std::path::PathBuf; 2] {
    [root().join("schemas"), root().join("tests/fixtures")]
}

fn install() -> Result<()> {
    let folder = work("javascript");
    fs::create_dir_all(&folder)?;
    for file in [".npmrc", "package.json", "package-lock.json", "bodies.mjs", "ajv.mjs", "types.mjs"] {
        copy(&root().join(SOURCES).join(file), &folder.join(file))?;
    }
    tools::npm_packages(&folder)
}
