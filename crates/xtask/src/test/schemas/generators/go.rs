//! Clients in Go.

use std::fs;

use anyhow::Result;

use super::{folder, openapi_generator as tool, prepare};
use crate::test::schemas::conformance;
use crate::test::schemas::gateway::Gateway;
use crate::test::schemas::work::{check, command, work};
use crate::tools;
use crate::workspace::output_of;

pub(super) fn oapi_codegen(gateway: &Gateway) -> Result<String> {
    let name = "oapi-codegen";
    let program = tools::go_program("github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen", "v2.8.2")?;
    fs::create_dir_all(prepare(name)?.join("whatsgate"))?;
    output_of(command(program, &folder(name)).args(["--config", "config.yaml", "openapi.json"]))?;
    let ran = run(gateway, name)?;
    conformance::lay("go", name, "conform")?;
    output_of(command("go", &folder(name)).args(["build", "-o", "adapter", "./conform"]))?;
    let adapter = work(&folder(name)).join("adapter");
    Ok(format!("{ran}; {}", conformance::conform("go", &adapter, [], |_| ())?))
}

pub(super) fn ogen(gateway: &Gateway) -> Result<String> {
    let name = "ogen";
    let program = tools::go_program("github.com/ogen-go/ogen/cmd/ogen", "v1.24.0")?;
    prepare(name)?;
    let mut ogen = command(program, &folder(name));
    output_of(ogen.args(["--target", "whatsgate", "--package", "whatsgate", "openapi.json"]))?;
    run(gateway, name)
}

pub(super) fn openapi_generator(gateway: &Gateway) -> Result<String> {
    let name = "openapi-generator-go";
    let folder = prepare(name)?;
    tool::generate("go", name, &["packageName=whatsgate"])?;
    // A part of the program's module, without the tests, which need packages that are not used otherwise.
    fs::remove_dir_all(folder.join("client/test"))?;
    fs::remove_file(folder.join("client/go.mod"))?;
    run(gateway, name)
}

/// Builds the program with the versions of its `go.sum`, and runs it.
fn run(gateway: &Gateway, name: &str) -> Result<String> {
    let name = folder(name);
    output_of(command("go", &name).args(["build", "-o", "program", "."]))?;
    check(gateway.tell(&mut command("./program", &name)))
}
