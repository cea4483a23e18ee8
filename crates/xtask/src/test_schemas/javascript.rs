//! What Node programs make of the schemas.

use std::fs;

use anyhow::Result;

use super::gateway::Gateway;
use super::tools::{Place, copy, run};

const SOURCES: &str = "tests/consumers/javascript";

/// Every fixture against its schema, by ajv in strict mode.
pub(super) fn ajv(place: &Place, _: &Gateway) -> Result<String> {
    install(place)?;
    run(place.command("node", "javascript").arg("ajv.mjs").args(inputs(place)))
}

/// Types made of the bundle, and every fixture as a value of its type.
pub(super) fn types(place: &Place, _: &Gateway) -> Result<String> {
    install(place)?;
    let result = run(place.command("node", "javascript").arg("types.mjs").args(inputs(place)).arg("types"))?;
    let mut tsc = place.command("node", "javascript");
    tsc.arg("node_modules/typescript/bin/tsc");
    run(tsc.args([
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

fn inputs(place: &Place) -> [std::path::PathBuf; 2] {
    [place.source("schemas"), place.source("tests/fixtures")]
}

fn install(place: &Place) -> Result<()> {
    let folder = place.work("javascript");
    fs::create_dir_all(&folder)?;
    for file in [".npmrc", "package.json", "package-lock.json", "bodies.mjs", "ajv.mjs", "types.mjs"] {
        copy(&place.source(SOURCES).join(file), &folder.join(file))?;
    }
    let lock = fs::read_to_string(folder.join("package-lock.json"))?;
    place.once("javascript", &lock, || {
        let options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
        run(place.command("npm", "javascript").args(options)).map(drop)
    })
}
