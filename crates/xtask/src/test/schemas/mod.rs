//! Proves that other languages can use `schemas/`: validators, generators of types, and generated clients that talk to
//! the sandbox.
//!
//! Everything is installed and generated below `target/consumers`, from the pinned lists in `tests/consumers`.

mod clients;
mod gateway;
mod javascript;
mod python;
mod work;

use std::fs;

use anyhow::Result;

use gateway::Gateway;
use work::{check, work};

use crate::workspace::{cargo, exists};

/// Something that is shown, and the programs of the user's machine that it takes.
struct Proof {
    what: &'static str,
    programs: &'static [&'static str],
    show: fn(&Gateway) -> Result<String>,
}

const PROOFS: [Proof; 9] = [
    Proof {
        what: "crate jsonschema: schemas up to date, fixtures, 1C names, refusals of the sandbox",
        programs: &[],
        show: rust,
    },
    Proof { what: "ajv in strict mode: fixtures", programs: &["npm", "node"], show: javascript::ajv },
    Proof {
        what: "json-schema-to-typescript and tsc --strict: fixtures as typed values",
        programs: &["npm", "node"],
        show: javascript::types,
    },
    Proof {
        what: "datamodel-code-generator: fixtures through Python models and back",
        programs: &["python3"],
        show: python::models,
    },
    Proof {
        what: "the Python program of schemas/README.md against the sandbox",
        programs: &["python3"],
        show: python::readme,
    },
    Proof {
        what: "openapi-generator, Python client against the sandbox",
        programs: &["python3", "java", "mvn"],
        show: clients::python,
    },
    Proof {
        what: "openapi-generator, Go client against the sandbox",
        programs: &["go", "java", "mvn"],
        show: clients::go,
    },
    Proof {
        what: "openapi-generator, Java client against the sandbox",
        programs: &["java", "mvn"],
        show: clients::java,
    },
    Proof {
        what: "schemathesis: the sandbox answers as its /openapi.json says",
        programs: &["python3"],
        show: python::schemathesis,
    },
];

/// Shows everything, and returns what could not be shown for want of a program.
pub(crate) fn test() -> Result<Vec<String>> {
    fs::create_dir_all(work(""))?;
    let gateway = Gateway::start()?;
    let mut unproved = Vec::new();
    for proof in &PROOFS {
        let missing: Vec<_> = proof.programs.iter().copied().filter(|program| !exists(program)).collect();
        if missing.is_empty() {
            eprintln!("{} …", proof.what);
            eprintln!("    {}", (proof.show)(&gateway)?);
        } else {
            unproved.push(format!("{} ({} not found)", proof.what, missing.join(", ")));
        }
    }
    Ok(unproved)
}

fn rust(_: &Gateway) -> Result<String> {
    check(&mut cargo([
        "test",
        "--quiet",
        "--package",
        "whatsgate-schemas",
        "--test",
        "it",
        "--",
        "--nocapture",
    ]))
}
