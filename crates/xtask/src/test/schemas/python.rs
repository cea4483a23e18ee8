//! What Python programs make of the schemas.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::gateway::Gateway;
use super::work::{check, command, work};
use crate::tools;
use crate::workspace::{output_of, root};

const SOURCES: &str = "tests/consumers/python";

/// Models made of the bundle, and every fixture read and written by them.
pub(super) fn models(_: &Gateway) -> Result<String> {
    install()?;
    generate_models(&work("whatsgate_models.py"))?;
    let mut python = command(program("python"), ".");
    python.arg(root().join(SOURCES).join("models.py")).env("PYTHONPATH", work("."));
    check(python.arg(root().join("schemas")).arg(root().join("tests/fixtures")))
}

/// The program of `schemas/README.md`, word for word.
pub(super) fn readme(gateway: &Gateway) -> Result<String> {
    install()?;
    generate_models(&work("whatsgate_models.py"))?;
    let page = fs::read_to_string(root().join("schemas/README.md"))?;
    let example = page.split_once("```python\n").and_then(|(_, rest)| rest.split_once("```"));
    let (example, _) = example.context("schemas/README.md has no Python program")?;
    fs::write(work("readme.py"), example)?;
    let output = gateway.tell(command(program("python"), ".").arg("readme.py")).output()?;
    let id = String::from_utf8_lossy(&output.stdout);
    ensure!(id.starts_with("true_79991112233@c.us_"), "{id}{}", String::from_utf8_lossy(&output.stderr));
    Ok(format!(
        "checked: {} lines, sent {}",
        example.lines().filter(|line| !line.is_empty()).count(),
        id.trim()
    ))
}

/// Makes the models, by the command of `schemas/README.md`.
pub(super) fn generate_models(output: &Path) -> Result<()> {
    let mut generator = command(program("datamodel-codegen"), ".");
    generator.arg("--input").arg(root().join("schemas/bundle.json"));
    generator.args(["--input-file-type", "jsonschema", "--output-model-type", "pydantic_v2.BaseModel"]);
    generator.args(["--extra-fields", "allow", "--formatters", "builtin"]);
    output_of(generator.arg("--output").arg(output)).map(drop)
}

/// Random requests, valid and invalid, made from the description that the sandbox serves.
pub(super) fn schemathesis(gateway: &Gateway) -> Result<String> {
    install()?;
    let sources = root().join(SOURCES);
    let mut schemathesis = command(program("schemathesis"), ".");
    schemathesis.arg("--config-file").arg(sources.join("schemathesis.toml"));
    schemathesis.env("PYTHONPATH", &sources).env("SCHEMATHESIS_HOOKS", "hooks");
    schemathesis.args(["run", &gateway.openapi(), "--header", &gateway.key_header(), "--seed", "1"]);
    schemathesis.args(["--max-examples", "50", "--no-color"]);
    check(gateway.tell(&mut schemathesis))
}

/// A program of the virtual environment.
pub(super) fn program(name: &str) -> PathBuf {
    tools::python_program(&work("python"), name)
}

/// Makes the virtual environment.
pub(super) fn install() -> Result<()> {
    tools::python(&work("python"), &root().join(SOURCES).join("requirements.txt"))
}
