//! Which packages are compiled into a program, and the licences that they bring along.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::workspace::{cargo, output_of};

/// Files with a licence, or with what a licence wants to be told, by how their names begin.
const NAMES: [&str; 6] = ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE"];

/// A package of others.
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) licence: String,
    pub(super) authors: String,
    pub(super) folder: PathBuf,
}

/// What has to be said for a package.
pub(super) enum Part {
    /// The Apache licence, whose text is the same for all.
    Apache,
    Text(String),
}

/// All that is compiled into what a crate of the workspace makes, for one target or for `all`: neither what only builds it
/// nor what only writes its code.
pub(super) fn compiled_into(krate: &str, target: &str) -> Result<Vec<Package>> {
    let mut tree = cargo(["tree", "--locked", "--edges", "normal,no-proc-macro", "--prefix", "none"]);
    let lines = output_of(tree.args(["--package", krate, "--target", target, "--format", "{p}"]))?;
    let wanted: BTreeSet<(&str, &str)> = lines
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            Some((words.next()?, words.next()?.trim_start_matches('v')))
        })
        .collect();
    let metadata = output_of(&mut cargo(["metadata", "--locked", "--format-version", "1"]))?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let mut known: BTreeMap<(&str, &str), &Value> = BTreeMap::new();
    for package in metadata["packages"].as_array().context("cargo names packages")? {
        let text = |member: &str| package[member].as_str().unwrap_or_default();
        known.insert((text("name"), text("version")), package);
    }
    let mut packages = Vec::new();
    for id in wanted {
        let package = known.get(&id).with_context(|| format!("cargo does not know {} {}", id.0, id.1))?;
        if package["source"].is_null() {
            continue;
        }
        let text = |member: &str| package[member].as_str().unwrap_or_default().to_owned();
        let manifest = PathBuf::from(text("manifest_path"));
        let authors = package["authors"].as_array().into_iter().flatten().filter_map(Value::as_str);
        packages.push(Package {
            name: text("name"),
            version: text("version"),
            licence: text("license"),
            authors: authors.map(without_address).collect::<Vec<_>>().join(", "),
            folder: manifest.parent().context("a manifest lies in a folder")?.to_owned(),
        });
    }
    Ok(packages)
}

/// The MIT licence of whoever has the copyright.
pub(super) fn mit(copyright: &str) -> String {
    format!("{copyright}\n\n{}", include_str!("mit.txt"))
}

/// An author's name: addresses are for those who write to them.
fn without_address(author: &str) -> &str {
    author.split('<').next().unwrap_or_default().trim()
}

impl Package {
    /// The texts that have to go along. Who may choose takes the Apache licence, of which one copy is enough.
    pub(super) fn parts(&self) -> Result<Vec<Part>> {
        let files = self.files();
        let choices: Vec<_> = self.licence.split(['/', ' ']).filter(|word| !word.is_empty()).collect();
        let is_choice =
            !choices.iter().any(|word| ["AND", "WITH"].contains(word) || word.contains(['(', ')']));
        if is_choice && choices.contains(&"Apache-2.0") {
            let notices = files.into_iter().filter(|(name, _)| name.starts_with("NOTICE"));
            return Ok([Part::Apache].into_iter().chain(notices.map(|(_, text)| Part::Text(text))).collect());
        }
        if !files.is_empty() {
            return Ok(files.into_values().map(Part::Text).collect());
        }
        if !choices.contains(&"MIT") {
            bail!("{}, and no file with it", self.licence);
        }
        let holder = if self.authors.is_empty() { "the authors" } else { &self.authors };
        Ok(vec![Part::Text(mit(&format!("Copyright (c) {holder}")))])
    }

    /// The files with licences, also of a folder for them, by name.
    fn files(&self) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        for folder in [self.folder.clone(), self.folder.join("LICENSES"), self.folder.join("licenses")] {
            collect(&folder, folder != self.folder, &mut files);
        }
        files
    }
}

fn collect(folder: &Path, all: bool, into: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().to_uppercase();
        let is_one = all || NAMES.iter().any(|begin| name.starts_with(begin));
        if let Ok(text) = fs::read_to_string(entry.path())
            && is_one
        {
            into.insert(name, text);
        }
    }
}
