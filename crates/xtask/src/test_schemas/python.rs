//! What Python programs make of the schemas.

use std::fs;

use anyhow::Result;

use super::gateway::Gateway;
use super::tools::{Place, run};

const SOURCES: &str = "tests/consumers/python";

/// Models made of the bundle, and every fixture read and written by them.
pub(super) fn models(place: &Place, _: &Gateway) -> Result<String> {
    install(place)?;
    let mut generator = place.command(program(place, "datamodel-codegen"), ".");
    generator.arg("--input").arg(place.source("schemas/bundle.json"));
    generator.args(["--input-file-type", "jsonschema", "--output-model-type", "pydantic_v2.BaseModel"]);
    generator.args(["--target-python-version", "3.11", "--use-annotated", "--snake-case-field"]);
    generator.args(["--extra-fields", "allow", "--formatters", "builtin", "--disable-timestamp"]);
    run(generator.args(["--output", "whatsgate_models.py"]))?;
    let mut python = place.command(program(place, "python"), ".");
    python.arg(place.source(SOURCES).join("models.py")).env("PYTHONPATH", place.work("."));
    run(python.arg(place.source("schemas")).arg(place.source("tests/fixtures")))
}

/// Random requests, valid and invalid, made from the description that the sandbox serves.
pub(super) fn schemathesis(place: &Place, gateway: &Gateway) -> Result<String> {
    install(place)?;
    let sources = place.source(SOURCES);
    let mut schemathesis = place.command(program(place, "schemathesis"), ".");
    schemathesis.arg("--config-file").arg(sources.join("schemathesis.toml"));
    schemathesis.env("PYTHONPATH", &sources).env("SCHEMATHESIS_HOOKS", "hooks");
    schemathesis.args(["run", &gateway.openapi(), "--header", &gateway.key_header(), "--seed", "1"]);
    schemathesis.args(["--max-examples", "50", "--no-color"]);
    run(gateway.tell(&mut schemathesis))
}

/// A program of the virtual environment.
pub(super) fn program(place: &Place, name: &str) -> std::path::PathBuf {
    place.work("python").join(if cfg!(windows) { "Scripts" } else { "bin" }).join(name)
}

/// Makes the virtual environment.
pub(super) fn install(place: &Place) -> Result<()> {
    let requirements = place.source(SOURCES).join("requirements.txt");
    place.once("python", &fs::read_to_string(&requirements)?, || {
        run(place.command("python3", ".").args(["-m", "venv", "--clear", "python"]))?;
        let mut pip = place.command(program(place, "python"), ".");
        pip.args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(requirements);
        run(&mut pip).map(drop)
    })
}
