//! Clients in Python.

use std::path::PathBuf;

use anyhow::Result;

use super::{folder, openapi_generator as tool, prepare, sources};
use crate::test::schemas::conformance;
use crate::test::schemas::gateway::Gateway;
use crate::test::schemas::python as consumers;
use crate::test::schemas::work::{check, command};
use crate::tools;
use crate::workspace::{output_of, target};

pub(super) fn openapi_generator(gateway: &Gateway) -> Result<String> {
    let name = "openapi-generator-python";
    let environment = environment(name)?;
    let folder = prepare(name)?;
    tool::generate("python", name, &["packageName=whatsgate_client"])?;
    let mut python = command(tools::python_program(&environment, "python"), &super::folder(name));
    let client = folder.join("client");
    let ran = check(gateway.tell(python.arg("client.py").env("PYTHONPATH", &client)))?;
    let adapter = conformance::lay("python", name, "conform")?.join("adapter.py");
    let python = tools::python_program(&environment, "python");
    let kit = conformance::conform("python", &python, [adapter.as_os_str()], |kit| {
        kit.env("PYTHONPATH", &client);
    })?;
    Ok(format!("{ran}; {kit}"))
}

pub(super) fn openapi_python_client(gateway: &Gateway) -> Result<String> {
    let name = "openapi-python-client";
    let environment = environment(name)?;
    prepare(name)?;
    let mut generator = command(tools::python_program(&environment, name), &folder(name));
    generator.args(["generate", "--path", "openapi.json", "--meta", "none", "--config", "config.yml"]);
    output_of(generator.args(["--output-path", "whatsgate_client"]))?;
    let mut python = command(tools::python_program(&environment, "python"), &folder(name));
    check(gateway.tell(python.arg("client.py")))
}

pub(super) fn datamodel_code_generator(gateway: &Gateway) -> Result<String> {
    let name = "datamodel-code-generator";
    consumers::install()?;
    let folder = prepare(name)?;
    consumers::generate_models(&folder.join("whatsgate_models.py"))?;
    let mut python = command(consumers::program("python"), &super::folder(name));
    check(gateway.tell(python.arg("client.py")))
}

/// The virtual environment of a generator, and of what its clients need.
fn environment(name: &str) -> Result<PathBuf> {
    let environment = target().join("tools").join(name);
    tools::python(&environment, &sources(name).join("requirements.txt"))?;
    Ok(environment)
}
