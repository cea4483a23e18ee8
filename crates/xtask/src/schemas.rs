//! `cargo xtask schemas`: the generated files of `schemas/`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::workspace::root;

/// Writes every generated file with the copy that the sandbox serves and the places that the core knows, and the generated part of the page; removes JSON
/// and BSL files that are generated no more.
pub(crate) fn write() -> Result<()> {
    let folder = root().join("schemas");
    let files = whatsgate_schemas::files();
    for (path, text) in &files {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
    }
    fs::write(root().join("crates/whatsgate-sandbox/openapi.json"), &files["openapi.json"])?;
    fs::write(root().join("crates/whatsgate-core/known.json"), whatsgate_schemas::known())?;
    let page = folder.join("README.md");
    let updated = whatsgate_schemas::page(&fs::read_to_string(&page)?)
        .context("the page has no place for the functions")?;
    fs::write(&page, updated)?;
    let wanted: BTreeSet<PathBuf> = files.keys().map(|path| folder.join(path)).collect();
    remove_others(&folder, &wanted)
}

fn remove_others(folder: &Path, wanted: &BTreeSet<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            remove_others(&path, wanted)?;
        } else if path.extension().is_some_and(|kind| kind == "json" || kind == "bsl")
            && !wanted.contains(&path)
        {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}
