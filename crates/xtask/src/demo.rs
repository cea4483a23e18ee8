//! `cargo xtask demo` and `cargo xtask test-web`: the web demo, built with the npm package and served by the sandbox.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::npm::{self, root, run, target};
use crate::test_js::install_browsers;

/// Builds the package and the page, and serves both with the sandbox on one port until it is interrupted.
pub(crate) fn serve(arguments: &[String]) -> anyhow::Result<()> {
    let page = build()?;
    let mut demo = std::ffi::OsString::from("--demo=");
    demo.push(page);
    let mut command = cargo()?;
    run(command
        .args(["run", "--quiet", "--package", "whatsgate-cli", "--", "sandbox"])
        .arg(demo)
        .args(arguments))
}

/// Builds the same and drives it with a browser.
pub(crate) fn test() -> anyhow::Result<()> {
    let page = build()?;
    install_browsers()?;
    run(cargo()?.args(["build", "--package", "whatsgate-cli"]))?;
    let root = root()?;
    let target = target(&root);
    let program = target.join("debug").join(format!("whatsgate{}", std::env::consts::EXE_SUFFIX));
    run(npm_in(&root)
        .args(["run", "test"])
        .env("WHATSGATE_PROGRAM", program)
        .env("WHATSGATE_PAGE", page)
        .env("WHATSGATE_SCREENSHOTS", target.join("screenshots")))
}

/// Builds the page and returns its folder.
fn build() -> anyhow::Result<PathBuf> {
    let package = npm::build()?;
    let root = root()?;
    place(&package, &root.join("target/npm/whatsgate"))?;
    install(&root)?;
    run(npm_in(&root).args(["run", "build"]))?;
    Ok(root.join("web-demo/dist"))
}

/// Copies the package to where the page's package.json names it, if cargo builds elsewhere.
fn place(package: &Path, wanted: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(wanted)?;
    if package.canonicalize()? == wanted.canonicalize()? {
        return Ok(());
    }
    for entry in fs::read_dir(package)? {
        let entry = entry?;
        let (from, to) = (entry.path(), wanted.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            fs::create_dir_all(&to)?;
            place(&from, &to)?;
        } else {
            fs::copy(from, to)?;
        }
    }
    Ok(())
}

/// Installs what the page is built with, unless that is what is there already.
fn install(root: &Path) -> anyhow::Result<()> {
    let changed =
        |path: &str| fs::metadata(root.join("web-demo").join(path)).and_then(|file| file.modified());
    match (changed("node_modules/.package-lock.json"), changed("package-lock.json")) {
        (Ok(installed), Ok(wanted)) if installed >= wanted => Ok(()),
        _ => run(npm_in(root).args(["ci", "--no-audit", "--no-fund"])),
    }
}

fn npm_in(root: &Path) -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.current_dir(root.join("web-demo"));
    command
}

fn cargo() -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()?);
    Ok(command)
}
