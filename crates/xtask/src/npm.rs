//! `cargo xtask npm`: the npm package, ready for `npm pack` and `npm publish`.
//!
//! Needs cargo only: wasm-bindgen runs as a library, and the rest of the package is copied.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use crate::tools::{self, WASM};
use crate::workspace::{cargo, copy, root, run, target};

const CRATE: &str = "whatsgate-wasm";

/// Builds the package and returns its folder.
pub(crate) fn build() -> Result<PathBuf> {
    compile()?;
    let package = target().join("npm").join("whatsgate");
    if package.exists() {
        fs::remove_dir_all(&package)?;
    }
    fs::create_dir_all(&package)?;
    bind(&target().join(WASM).join("wasm/whatsgate_wasm.wasm"), &package)?;
    assemble(&package)?;
    eprintln!("built {}", package.display());
    Ok(package)
}

fn compile() -> Result<()> {
    tools::wasm_target()?;
    let mut command = cargo(["build", "--package", CRATE, "--profile", "wasm"]);
    command.args(["--target", WASM]);
    // Panics name the source file; where it lies on this machine is nobody's business.
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    let mut flags = vec![format!("--remap-path-prefix={}=.", root().display())];
    if let Some(sources) = home.map(|home| home.join("registry/src")) {
        for index in fs::read_dir(sources).into_iter().flatten().flatten() {
            flags.push(format!("--remap-path-prefix={}=", index.path().display()));
        }
    }
    run(command.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}")))
}

fn bind(wasm: &Path, package: &Path) -> Result<()> {
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    bindgen.input_path(wasm).out_name("whatsgate").typescript(false);
    bindgen.remove_name_section(true).remove_producers_section(true);
    bindgen.web(true)?.generate(package)?;
    let glue = package.join("whatsgate.js");
    copy_script(&glue, &glue)
}

/// Copies a script without the comments that fill lines of their own, which are for readers of the sources.
fn copy_script(from: &Path, to: &Path) -> Result<()> {
    let mut script = String::new();
    let mut in_comment = false;
    for line in fs::read_to_string(from)?.lines() {
        let text = line.trim();
        in_comment |= text.starts_with("/**");
        if !in_comment && !text.starts_with("//") {
            script.push_str(line);
            script.push('\n');
        }
        in_comment &= !text.ends_with("*/");
    }
    fs::write(to, script)?;
    Ok(())
}

/// Copies what is written by hand, and gives the package the version of the workspace.
fn assemble(package: &Path) -> Result<()> {
    let sources = root().join("crates").join(CRATE).join("npm");
    for file in ["index.mjs", "node.mjs", "relay.mjs", "index.d.ts", "model.d.ts", "relay.d.ts", "README.md"]
    {
        copy(&sources.join(file), &package.join(file))?;
    }
    for folder in ["lib", "relay"] {
        fs::create_dir_all(package.join(folder))?;
        for file in fs::read_dir(sources.join(folder))? {
            let file = file?;
            copy_script(&file.path(), &package.join(folder).join(file.file_name()))?;
        }
    }
    for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
        copy(&root().join(licence), &package.join(licence))?;
    }
    let template = fs::read_to_string(sources.join("package.json"))?;
    let manifest = template.replace("0.0.0-workspace", env!("CARGO_PKG_VERSION"));
    ensure!(manifest != template, "package.json has no place for the version");
    fs::write(package.join("package.json"), manifest)?;
    Ok(())
}
