//! Proves that other languages can use `schemas/`: validators, generators of types, and generated clients that talk to
//! the sandbox.
//!
//! Everything is installed and generated below `target/consumers`, from the pinned lists in `tests/consumers`.

mod clients;
mod gateway;
mod javascript;
mod python;
mod tools;

use anyhow::{Result, bail};

use gateway::Gateway;
use tools::{Place, missing, run};

/// Something that is shown, and the programs of the user's machine that it takes.
struct Proof {
    what: &'static str,
    programs: &'static [&'static str],
    show: fn(&Place, &Gateway) -> Result<String>,
}

const PROOFS: [Proof; 9] = [
    Proof {
        what: "crate jsonschema: schemas up to date, fixtures, 1C names, refusals of the sandbox",
        programs: &["cargo"],
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

/// Shows everything, and names what could not be shown for want of a program. On a build server, where the variable `CI`
/// is `true`, such a want is a failure.
#[allow(clippy::print_stdout, reason = "the results are what the command is for")]
pub(crate) fn test() -> Result<()> {
    let place = Place::prepare()?;
    let gateway = Gateway::start()?;
    let mut unproved = Vec::new();
    for proof in &PROOFS {
        let missing = missing(proof.programs);
        if missing.is_empty() {
            println!("{} …", proof.what);
            let result = (proof.show)(&place, &gateway)?;
            println!("    {result}");
        } else {
            unproved.push(format!("{} ({} not found)", proof.what, missing.join(", ")));
        }
    }
    if unproved.is_empty() {
        println!("All {} proofs succeeded.", PROOFS.len());
        return Ok(());
    }
    let list = format!("NOT PROVED:\n    {}", unproved.join("\n    "));
    if std::env::var("CI").is_ok_and(|ci| ci == "true") {
        bail!(list);
    }
    println!("{list}");
    Ok(())
}

fn rust(place: &Place, _: &Gateway) -> Result<String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let arguments =
        ["test", "--quiet", "--package", "whatsgate-schemas", "--test", "it", "--", "--nocapture"];
    run(place.command(cargo, ".").args(arguments))
}
