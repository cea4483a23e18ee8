//! Clients in TypeScript, run by Node.

use std::path::Path;

use anyhow::Result;

use super::{folder, openapi_generator as tool, prepare};
use crate::test::schemas::conformance;
use crate::test::schemas::gateway::Gateway;
use crate::test::schemas::work::{check, command};
use crate::tools;
use crate::workspace::{npm_in, output_of};

pub(super) fn hey_api(gateway: &Gateway) -> Result<String> {
    generate_and_run(gateway, "hey-api")
}

pub(super) fn openapi_typescript(gateway: &Gateway) -> Result<String> {
    let name = "openapi-typescript";
    let ran = generate_and_run(gateway, name)?;
    let folder = conformance::lay("typescript", name, ".")?;
    let mut compiler = command("node", &super::folder(name));
    output_of(compiler.args(["node_modules/typescript/bin/tsc", "--project", "tsconfig.adapter.json"]))?;
    let adapter = folder.join("dist/adapter.js");
    let kit = conformance::conform("typescript", Path::new("node"), [adapter.as_os_str()], |_| ())?;
    Ok(format!("{ran}; {kit}"))
}

pub(super) fn orval(gateway: &Gateway) -> Result<String> {
    generate_and_run(gateway, "orval")
}

pub(super) fn quicktype(gateway: &Gateway) -> Result<String> {
    generate_and_run(gateway, "quicktype")
}

pub(super) fn openapi_generator(gateway: &Gateway) -> Result<String> {
    let name = "openapi-generator-typescript";
    tools::npm_packages(&prepare(name)?)?;
    tool::generate("typescript-fetch", name, &[])?;
    run(gateway, name)
}

/// For generators from npm, whose `package.json` has the command.
fn generate_and_run(gateway: &Gateway, name: &str) -> Result<String> {
    let folder = prepare(name)?;
    tools::npm_packages(&folder)?;
    output_of(&mut npm_in(&folder, ["run", "generate"]))?;
    run(gateway, name)
}

/// Compiles the program with `tsc --strict`, and runs it.
fn run(gateway: &Gateway, name: &str) -> Result<String> {
    output_of(command("node", &folder(name)).args(["node_modules/typescript/bin/tsc", "--project", "."]))?;
    check(gateway.tell(command("node", &folder(name)).arg("dist/main.js")))
}
