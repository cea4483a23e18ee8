//! Bills of materials in the form of `CycloneDX`: what a program or package is made of.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::workspace::{output_of, root, run};
use crate::{crates, tools};

/// Writes the bill of the program of a crate for a target.
pub(crate) fn of_program(krate: &str, target: &str, to: &Path) -> Result<()> {
    let bill = bill(krate, target)?;
    write(&bill, to)
}

/// Writes that of the npm package, whose scripts hold a package of npm besides.
pub(crate) fn of_npm(to: &Path) -> Result<()> {
    let mut bill = bill("whatsgate-wasm", tools::WASM)?;
    let version = env!("CARGO_PKG_VERSION");
    bill["metadata"]["component"]["name"] = "whatsgate".into();
    bill["metadata"]["component"]["purl"] = format!("pkg:npm/whatsgate@{version}").into();
    let packer = root().join("crates/whatsgate-wasm/pack/package.json");
    let packer: Value = serde_json::from_str(&fs::read_to_string(packer)?)?;
    let bundled = packer["devDependencies"]["fflate"].as_str().context("the packer takes fflate")?;
    let component = json!({
        "type": "library", "bom-ref": format!("pkg:npm/fflate@{bundled}"), "name": "fflate", "version": bundled,
        "scope": "required", "licenses": [{ "expression": "MIT" }], "purl": format!("pkg:npm/fflate@{bundled}"),
    });
    bill["components"].as_array_mut().context("a bill has components")?.push(component);
    write(&bill, to)
}

fn write(bill: &Value, to: &Path) -> Result<()> {
    fs::write(to, format!("{bill:#}\n")).with_context(|| format!("cannot write {}", to.display()))
}

fn bill(krate: &str, target: &str) -> Result<Value> {
    let program = tools::compiled("cargo-cyclonedx", "0.5.9")?;
    let folder = root().join("crates").join(krate);
    let mut bill = Command::new(program);
    bill.current_dir(root()).args(["cyclonedx", "--quiet", "--format", "json", "--describe", "binaries"]);
    bill.args(["--spec-version", "1.5", "--no-build-deps", "--target", target]);
    // The same commit makes the same file.
    let mut git = Command::new("git");
    let committed = output_of(git.current_dir(root()).args(["log", "-1", "--format=%ct"]));
    bill.env("SOURCE_DATE_EPOCH", committed.unwrap_or_default().trim());
    run(bill.arg("--manifest-path").arg(folder.join("Cargo.toml")))?;
    let mut text = None;
    // It leaves one in every crate of the workspace that makes a program.
    for krate in crates::all()? {
        for entry in fs::read_dir(&krate.folder)? {
            let path = entry?.path();
            if path.to_string_lossy().ends_with(".cdx.json") {
                if krate.folder == folder {
                    text = Some(fs::read_to_string(&path)?);
                }
                fs::remove_file(path)?;
            }
        }
    }
    without_paths(&text.with_context(|| format!("there is no bill for {krate}"))?)
}

/// Without the place at which it was made: a crate of the workspace is named by its folder in it.
fn without_paths(text: &str) -> Result<Value> {
    let text = text.replace(&format!("path+file://{}/", root().display()), "");
    let mut bill: Value = serde_json::from_str(&text)?;
    strip(&mut bill);
    // It is random, and names nothing.
    if let Some(bill) = bill.as_object_mut() {
        bill.remove("serialNumber");
    }
    Ok(bill)
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(members) => members.values_mut().for_each(strip),
        Value::Array(items) => items.iter_mut().for_each(strip),
        Value::String(text) => {
            if let Some(at) = text.find("?download_url=file:") {
                text.truncate(at);
            }
        }
        _ => {}
    }
}
