//! What Python programs make of the schemas.

use std::fs;

use anyhow::{Context, Result, ensure};

use super::gateway::Gateway;
use super::tools::{Place, run};

const SOURCES: &str = "tests/consumers/python";

/// Models made of the bundle, and every fixture read and written by them.
pub(super) fn models(place: &Place, _: &Gateway) -> Result<String> {
    install(place)?;
    generate_models(place)?;
    let mut python = place.command(program(place, "python"), ".");
    python.arg(place.source(SOURCES).join("models.py")).env("PYTHONPATH", place.work("."));
    run(python.arg(place.source("schemas")).arg(place.source("tests/fixtures")))
}

/// The program of `schemas/README.md`, word for word.
pub(super) fn readme(place: &Place, gateway: &Gateway) -> Result<String> {
    install(place)?;
    generate_models(place)?;
    let page = fs::read_to_string(place.source("schemas/README.md"))?;
    let example = page.split_once("```python\n").and_then(|(_, rest)| rest.split_once("```"));
    let (example, _) = example.context("schemas/README.md has no Python program")?;
    fs::write(place.work("readme.py"), example)?;
    let output = gateway.tell(place.command(program(place, "python"), ".").arg("readme.py")).output()?;
    let id = String::from_utf8_lossy(&output.stdout);
    ensure!(id.starts_with("true_79991112233@c.us_"), "{id}{}", String::from_utf8_lossy(&output.stderr));
    Ok(format!(
        "checked: {} lines, sent {}",
        example.lines().filter(|line| !line.is_empty()).count(),
        id.trim()
    ))
}

/// Makes the models, by the command of `schemas/README.md`.
fn generate_models(place: &Place) -> Result<()> {
    let mut generator = place.command(program(place, "datamodel-codegen"), ".");
    generator.arg("--input").arg(place.source("schemas/bundle.json"));
    generator.args(["--input-file-type", "jsonschema", "--output-model-type", "pydantic_v2.BaseModel"]);
    generator.args(["--extra-fields", "allow", "--formatters", "builtin"]);
    run(generator.args(["--output", "whatsgate_models.py"])).map(drop)
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
