//! `cargo xtask test-js`: the tests of the npm package as it is published, in Node and in browsers.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

use crate::npm::{self, root, run, target};

/// Builds the package and all that its tests need, says what it installs, and runs them.
pub(crate) fn test(filter: &[String]) -> anyhow::Result<()> {
    let root = root()?;
    let tests = root.join("tests/js");
    let package = npm::build()?;
    cargo(&root, &["build", "--package", "whatsgate-sandbox", "--example", "serve"])?;
    cargo(&root, &["build", "--package", "whatsgate-wasm", "--example", "parity"])?;
    install_tools(&tests)?;
    let archive = install_package(&tests, &package)?;
    install_browsers()?;
    let examples = target(&root).join("debug/examples");
    let mut node = Command::new("node");
    node.current_dir(&tests).arg("--test");
    node.env("PACKAGE", archive);
    node.env("SANDBOX", examples.join("serve")).env("PARITY", examples.join("parity"));
    if filter.is_empty() {
        // Node 20 has no patterns for files.
        for entry in std::fs::read_dir(&tests)? {
            let path = entry?.path();
            if path.to_string_lossy().ends_with(".test.mjs") {
                node.arg(path);
            }
        }
    } else {
        node.args(filter);
    }
    run(&mut node)
}

fn cargo(root: &Path, arguments: &[&str]) -> anyhow::Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    run(Command::new(cargo).current_dir(root).args(arguments))
}

/// The tools that the lock file names, once and whenever it changes.
fn install_tools(tests: &Path) -> anyhow::Result<()> {
    let lock = std::fs::read(tests.join("package-lock.json"))?;
    let mark = tests.join("node_modules/.installed");
    if std::fs::read(&mark).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    eprintln!("installing the test tools of tests/js with npm ci");
    run(npm_command(tests).arg("ci"))?;
    std::fs::write(mark, lock)?;
    Ok(())
}

/// Packs the package and installs what came out, so that a file missing in `files` is missed. Returns the archive.
fn install_package(tests: &Path, package: &Path) -> anyhow::Result<PathBuf> {
    let folder = package.parent().context("the package has a folder around it")?;
    let mut pack = npm_command(package);
    let packed = pack
        .args(["pack", "--silent", "--pack-destination"])
        .arg(folder)
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(packed.status.success(), "npm pack failed");
    let archive = folder.join(String::from_utf8(packed.stdout)?.trim());
    run(npm_command(tests).args(["install", "--no-save", "--silent"]).arg(&archive))?;
    Ok(archive)
}

fn npm_command(folder: &Path) -> Command {
    let mut command = Command::new("npm");
    command.current_dir(folder);
    // The browsers are the system's own.
    command.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1").env("PUPPETEER_SKIP_DOWNLOAD", "1");
    command
}

/// Installs the browser that tests drive, unless it is there.
pub(crate) fn install_browsers() -> anyhow::Result<()> {
    if exists("chromium") {
        return Ok(());
    }
    eprintln!("installing Chromium with apt-get, for the tests in a browser");
    let arguments = ["install", "-y", "--no-install-recommends", "chromium"];
    run(Command::new("apt-get").args(arguments).stdout(Stdio::null()))
        .context("install Chromium so that it can be started as `chromium`, then try again")
}

fn exists(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}
