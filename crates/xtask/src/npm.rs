//! `cargo xtask npm`: the npm package, ready for `npm pack` and `npm publish`.
//!
//! wasm-bindgen runs as a library; the rest of the package is copied, or made of it with esbuild, which npm installs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::licenses;
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
    pack(&package)?;
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
    bindgen.omit_default_module_path(true).encode_into(wasm_bindgen_cli_support::EncodeInto::Always);
    let mut output = bindgen.web(true)?.generate_output()?;
    // Long names with a hash in them, which no minifier may shorten because both sides know them.
    let module = output.wasm_mut();
    let imports = module.imports.iter_mut().map(|import| &mut import.name);
    let closures = module.exports.iter_mut().map(|export| &mut export.name);
    let closures = closures.filter(|name| name.starts_with("wasm_bindgen__"));
    let mut names = Vec::new();
    for (index, name) in imports.chain(closures).enumerate() {
        names.push(std::mem::replace(name, format!("${index}")));
    }
    output.emit(package)?;
    let mut script = output.js().to_owned();
    for (index, name) in names.iter().enumerate() {
        ensure!(script.contains(name), "the bindings do not name {name}");
        script = script.replace(name, &format!("${index}"));
    }
    let glue = package.join("whatsgate.js");
    fs::write(&glue, as_function(&script)?)?;
    copy_script(&glue, &glue)
}

/// Makes a function of what wasm-bindgen wrote, which keeps one instance for ever: each call has an instance of its own,
/// which can be replaced when a mistake in it has ended it. How it is loaded is left to `lib/`.
fn as_function(glue: &str) -> Result<String> {
    let (imports, rest) = glue.split_at(glue.find("\nexport ").context("nothing is exported")?);
    let (body, _) = rest.split_once("async function __wbg_load").context("no loader follows the bindings")?;
    let mut exported = Vec::new();
    for keyword in ["\nexport class ", "\nexport function "] {
        for (at, _) in body.match_indices(keyword) {
            let name = &body[at + keyword.len()..];
            exported.extend(name.split(|c: char| !c.is_alphanumeric() && c != '_').next());
        }
    }
    let body = body.replace("\nexport ", "\n");
    let watched = body.replace("wasm = instance.exports;", "wasm = guard(instance.exports);");
    ensure!(watched != body, "the bindings take the exports of an instance in another way");
    let exported = exported.join(", ");
    Ok(format!(
        "{imports}\nexport function bindings(guard, queueMicrotask) {{{watched}\n\
         return {{ {exported}, imports: __wbg_get_imports, start: __wbg_finalize_init }};\n}}\n"
    ))
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
    for entry in fs::read_dir(&sources)? {
        let entry = entry?;
        let to = package.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir_all(&to)?;
            for file in fs::read_dir(entry.path())? {
                let file = file?;
                copy_script(&file.path(), &to.join(file.file_name()))?;
            }
        } else {
            copy(&entry.path(), &to)?;
        }
    }
    for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
        copy(&root().join(licence), &package.join(licence))?;
    }
    fs::write(package.join("THIRD-PARTY.txt"), licenses::of_npm()?)?;
    let template = fs::read_to_string(sources.join("package.json"))?;
    let manifest = template.replace("0.0.0-workspace", env!("CARGO_PKG_VERSION"));
    ensure!(manifest != template, "package.json has no place for the version");
    fs::write(package.join("package.json"), manifest)?;
    Ok(())
}

/// Adds what is made of the scripts and the WebAssembly for `CommonJS`, pages without modules, and bundlers that find no file.
fn pack(package: &Path) -> Result<()> {
    let packer = root().join("crates").join(CRATE).join("pack");
    tools::npm_packages(&packer)?;
    run(Command::new("node").current_dir(packer).arg("pack.mjs").arg(package))
}
