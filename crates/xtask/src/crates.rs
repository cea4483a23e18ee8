//! The crates of the workspace: which are published, and what holds for their manifests.

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::workspace::{cargo, output_of};

/// A crate of the workspace.
pub(crate) struct Crate {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) is_published: bool,
    pub(crate) is_library: bool,
    manifest: Value,
}

/// All crates of the workspace, by name.
pub(crate) fn all() -> Result<Vec<Crate>> {
    let metadata = ["metadata", "--no-deps", "--locked", "--format-version", "1"];
    let metadata: Value = serde_json::from_str(&output_of(&mut cargo(metadata))?)?;
    let mut crates = Vec::new();
    for manifest in metadata["packages"].as_array().context("cargo names packages")? {
        let text = |member: &str| manifest[member].as_str().unwrap_or_default();
        let targets = manifest["targets"].as_array().into_iter().flatten();
        let mut kinds = targets.filter_map(|target| target["kind"].as_array()).flatten();
        crates.push(Crate {
            name: text("name").to_owned(),
            folder: PathBuf::from(text("manifest_path")).parent().context("it lies in a folder")?.to_owned(),
            // Null is anywhere, an empty list nowhere.
            is_published: manifest["publish"].is_null(),
            is_library: kinds.any(|kind| kind == "lib"),
            manifest: manifest.clone(),
        });
    }
    crates.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(crates)
}

/// Those that are published.
pub(crate) fn published() -> Result<Vec<Crate>> {
    Ok(all()?.into_iter().filter(|krate| krate.is_published).collect())
}

impl Crate {
    /// What is wrong with the manifest of a crate that is published.
    pub(crate) fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        for member in ["description", "license", "readme", "rust_version"] {
            if self.manifest[member].as_str().is_none_or(str::is_empty) {
                mistakes.push(format!("{} has no {member}", self.name));
            }
        }
        for member in ["keywords", "categories"] {
            let count = self.manifest[member].as_array().map_or(0, Vec::len);
            if !(1..=5).contains(&count) {
                mistakes.push(format!("{} has {count} {member}", self.name));
            }
        }
        // An address that nobody keeps for this repository may be somebody's.
        for member in ["repository", "homepage", "documentation"] {
            if let Some(address) = self.manifest[member].as_str() {
                mistakes.push(format!("{} claims {address} as its {member}", self.name));
            }
        }
        if self.is_library && self.manifest["metadata"]["docs"]["rs"]["all-features"] != true {
            mistakes.push(format!("{} does not show all features on docs.rs", self.name));
        }
        mistakes
    }
}
