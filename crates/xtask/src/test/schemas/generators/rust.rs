//! Clients in Rust.

use std::fs;

use anyhow::Result;
use serde_json::{Value, json};

use super::{folder, openapi_generator as tool, prepare};
use crate::test::schemas::gateway::Gateway;
use crate::test::schemas::work::{check, command};

pub(super) fn openapi_generator(gateway: &Gateway) -> Result<String> {
    let name = "openapi-generator-rust";
    prepare(name)?;
    tool::generate("rust", name, &["packageName=whatsgate-client", "packageVersion=0.0.0"])?;
    run(gateway, name)
}

pub(super) fn typify(gateway: &Gateway) -> Result<String> {
    let name = "typify";
    let folder = prepare(name)?;
    // The generator reads JSON Schema, in which definitions stand elsewhere.
    let schemas = fs::read_to_string(folder.join("openapi.json"))?;
    let schemas: Value = serde_json::from_str(&schemas.replace("#/components/schemas/", "#/$defs/"))?;
    let schemas = json!({ "$defs": schemas["components"]["schemas"] });
    fs::write(folder.join("schemas.json"), schemas.to_string())?;
    run(gateway, name)
}

/// Builds the program with the versions of its `Cargo.lock`, and runs it.
fn run(gateway: &Gateway, name: &str) -> Result<String> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut cargo = command(program, &folder(name));
    // A workspace of its own, with a target folder of its own.
    cargo.args(["run", "--quiet", "--locked", "--target-dir", "target"]);
    check(gateway.tell(&mut cargo))
}
