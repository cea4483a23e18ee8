//! Clients that generators make of `openapi.json` and `bundle.json`: each is made, compiled and run against the sandbox by
//! a small program, and the page of the schemas says which work.
//!
//! The programs lie in `tests/generators`, a folder for each generator with the lists of what it takes; they ask all the
//! same of the sandbox, and of each other nothing.

mod go;
mod java;
mod openapi_generator;
mod python;
mod rust;
mod typescript;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::gateway::Gateway;
use super::work::work;
use crate::workspace::{copy, root};

/// A generator, and what shows that its clients work.
#[derive(Clone, Copy)]
pub(super) struct Generator {
    /// The name of its folder in `tests/generators`.
    pub(super) name: &'static str,
    /// What the page of the schemas calls it.
    title: &'static str,
    /// The programs of the user's machine that it takes.
    pub(super) programs: &'static [&'static str],
    /// Whether the test run has the time for it: one for each of three languages.
    pub(super) is_in_test_run: bool,
    /// Makes the client, compiles it and runs its program.
    pub(super) show: fn(&Gateway) -> Result<String>,
}

const fn generator(
    name: &'static str,
    title: &'static str,
    programs: &'static [&'static str],
    show: fn(&Gateway) -> Result<String>,
) -> Generator {
    Generator { name, title, programs, is_in_test_run: false, show }
}

const fn in_test_run(generator: Generator) -> Generator {
    Generator { is_in_test_run: true, ..generator }
}

const PYTHON: &[&str] = &["python3"];
const NODE: &[&str] = &["npm", "node"];
const GO: &[&str] = &["go"];

/// All generators whose clients are compiled and run.
pub(super) const GENERATORS: [Generator; 14] = [
    in_test_run(generator(
        "openapi-generator-python",
        "openapi-generator 7.26, `python`",
        &["python3", "java"],
        python::openapi_generator,
    )),
    in_test_run(generator("oapi-codegen", "oapi-codegen 2.8.2", GO, go::oapi_codegen)),
    in_test_run(generator(
        "openapi-typescript",
        "openapi-typescript 7.13, openapi-fetch 0.17",
        NODE,
        typescript::openapi_typescript,
    )),
    generator(
        "openapi-generator-go",
        "openapi-generator 7.26, `go`",
        &["python3", "java", "go"],
        go::openapi_generator,
    ),
    generator(
        "openapi-generator-java",
        "openapi-generator 7.26, `java`",
        &["python3", "java", "mvn"],
        java::openapi_generator,
    ),
    generator(
        "openapi-generator-rust",
        "openapi-generator 7.26, `rust`",
        &["python3", "java", "cargo"],
        rust::openapi_generator,
    ),
    generator(
        "openapi-generator-typescript",
        "openapi-generator 7.26, `typescript-fetch`",
        &["python3", "java", "npm", "node"],
        typescript::openapi_generator,
    ),
    generator("typify", "typify 0.8", &["cargo"], rust::typify),
    generator("ogen", "ogen 1.24", GO, go::ogen),
    generator("openapi-python-client", "openapi-python-client 0.29.1", PYTHON, python::openapi_python_client),
    generator(
        "datamodel-code-generator",
        "datamodel-code-generator 0.89",
        PYTHON,
        python::datamodel_code_generator,
    ),
    generator("hey-api", "hey-api 0.99", NODE, typescript::hey_api),
    generator("orval", "orval 8.38", NODE, typescript::orval),
    generator("quicktype", "quicktype 26", NODE, typescript::quicktype),
];

/// Those that are asked for: by name, all, or those of the test run.
pub(super) fn chosen(all: bool, only: &[String]) -> Result<Vec<&'static Generator>> {
    for name in only {
        let names = || GENERATORS.iter().map(|generator| generator.name).collect::<Vec<_>>().join(", ");
        let is_known = GENERATORS.iter().any(|generator| generator.name == name);
        ensure!(is_known, "there is no generator {name}: {}", names());
    }
    let is_chosen = |generator: &&Generator| match only {
        [] => all || generator.is_in_test_run,
        only => only.iter().any(|name| name == generator.name),
    };
    Ok(GENERATORS.iter().filter(is_chosen).collect())
}

impl Generator {
    /// Fails unless the page of the schemas says that it works.
    pub(super) fn is_on_page(&self) -> Result<()> {
        let page = fs::read_to_string(root().join("schemas/README.md"))?;
        let row = format!("| {} | works |", self.title);
        ensure!(page.contains(&row), "schemas/README.md has no row that begins {row}");
        Ok(())
    }
}

/// The folder of a generator's sources.
fn sources(name: &str) -> PathBuf {
    root().join("tests/generators").join(name)
}

/// The working folder of a generator, below that of all.
fn folder(name: &str) -> String {
    format!("generators/{name}")
}

/// Lays a generator's sources and both documents into its working folder, without what an earlier run made there; what
/// was installed there stays.
fn prepare(name: &str) -> Result<PathBuf> {
    let folder = work(&folder(name));
    fs::create_dir_all(&folder)?;
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.is_dir() && !path.ends_with("node_modules") && !path.ends_with("target") {
            fs::remove_dir_all(&path)?;
        }
    }
    copy_all(&sources(name), &folder)?;
    for document in ["openapi.json", "bundle.json"] {
        copy(&root().join("schemas").join(document), &folder.join(document))?;
    }
    Ok(folder)
}

fn copy_all(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let path = entry?.path();
        let Some(name) = path.file_name() else { continue };
        if path.is_dir() {
            copy_all(&path, &to.join(name))?;
        } else {
            copy(&path, &to.join(name))?;
        }
    }
    Ok(())
}
