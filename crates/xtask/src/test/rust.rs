//! The steps that cargo takes alone.

use std::process::Command;

use anyhow::{Result, ensure};

use crate::tools::{self, WASM};
use crate::workspace::{cargo, output_of, root, run, target};
use crate::{licenses, postgres};

const STRICTLY: [&str; 3] = ["--", "--deny", "warnings"];

pub(super) fn format() -> Result<Vec<String>> {
    run(&mut cargo(["fmt", "--all", "--check"]))?;
    run(&mut cargo(["fmt", "--manifest-path", "tests/fuzz/Cargo.toml", "--check"]))?;
    Ok(Vec::new())
}

pub(super) fn lint() -> Result<Vec<String>> {
    run(cargo(["clippy", "--workspace", "--all-targets", "--all-features"]).args(STRICTLY))?;
    tools::wasm_target()?;
    let browser = ["clippy", "--package", "whatsgate-wasm", "--target", WASM];
    run(cargo(browser).args(STRICTLY))?;
    Ok(Vec::new())
}

pub(super) fn tests() -> Result<Vec<String>> {
    // What tests print is hidden unless they fail; the search for canaries wants to see it.
    let mut test = cargo(["test", "--workspace", "--all-features", "--", "--show-output"]);
    let mut unproved = Vec::new();
    let mut server = None;
    if std::env::var_os(postgres::VARIABLE).is_none() {
        match postgres::Server::start() {
            Ok(started) => {
                test.env(postgres::VARIABLE, server.insert(started).address());
            }
            Err(error) => unproved.push(format!("that events are kept in PostgreSQL: {error:#}")),
        }
    }
    match tools::strace() {
        Ok(()) => {
            test.env("WHATSGATE_TEST_STRACE", "1");
        }
        Err(error) => {
            unproved.push(format!("that events are synced before they are acknowledged: {error:#}"));
        }
    }
    let outcome = run(&mut test);
    drop(server);
    outcome.map(|()| unproved)
}

pub(super) fn docs() -> Result<Vec<String>> {
    let mut doc = cargo(["doc", "--workspace", "--all-features", "--no-deps"]);
    run(doc.env("RUSTDOCFLAGS", "--deny warnings"))?;
    Ok(Vec::new())
}

/// No runtime, HTTP client or other I/O below the protocol.
pub(super) fn layers() -> Result<Vec<String>> {
    const BANNED: [&str; 8] =
        ["tokio", "reqwest", "hyper", "mio", "socket2", "async-std", "web-sys", "js-sys"];
    for layer in ["whatsgate-model", "whatsgate-core"] {
        let tree = ["tree", "--package", layer, "--all-features", "--edges", "normal", "--prefix", "none"];
        for line in output_of(&mut cargo(tree))?.lines() {
            let name = line.split(' ').next().unwrap_or_default();
            ensure!(!BANNED.contains(&name), "{layer} depends on {name}");
        }
        eprintln!("{layer} depends on none of {}", BANNED.join(", "));
    }
    Ok(Vec::new())
}

/// The version that `rust-version` in the workspace's manifest promises.
pub(super) fn oldest() -> Result<Vec<String>> {
    let version = concat!(env!("CARGO_PKG_RUST_VERSION"), ".0");
    let installed =
        run(Command::new("rustup").args(["toolchain", "install", version, "--profile", "minimal"]));
    if let Err(error) = installed {
        return Ok(vec![format!("that the libraries build with Rust {version}: {error:#}")]);
    }
    let libraries = ["model", "core", "native", "store", "durable", "sandbox", "conformance", "cli"]
        .map(|name| format!("--package=whatsgate-{name}"));
    // Outside of the default folder, so that the two compilers do not throw away each other's results.
    let mut check = Command::new("rustup");
    check.current_dir(root()).args(["run", version, "cargo", "check", "--all-features", "--target-dir"]);
    check.arg(target().join("oldest")).args(libraries);
    // These would bring in the newer compiler by the back door.
    run(check.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO").env_remove("RUSTC"))?;
    Ok(Vec::new())
}

/// Compiled only: what the tests do with processes and signals is not of Windows.
pub(super) fn windows() -> Result<Vec<String>> {
    const WINDOWS: &str = "x86_64-pc-windows-gnu";
    if let Err(error) = tools::mingw() {
        return Ok(vec![format!("that it compiles for Windows: {error:#}")]);
    }
    tools::target_library(WINDOWS)?;
    let packages =
        ["model", "core", "native", "store", "durable", "relay", "serve", "sandbox", "conformance", "cli"];
    let mut clippy = cargo(["clippy", "--all-features", "--target", WINDOWS]);
    run(clippy.args(packages.map(|name| format!("--package=whatsgate-{name}"))).args(STRICTLY))?;
    Ok(Vec::new())
}

/// The list of advisories would have to be downloaded; licences, bans and sources are judged by what is here.
pub(super) fn deny() -> Result<Vec<String>> {
    // The dependencies of other systems too, which building does not download.
    run(&mut cargo(["fetch", "--locked"]))?;
    licenses::check()?;
    let program = match tools::cargo_deny() {
        Ok(program) => program,
        Err(error) => return Ok(vec![format!("licences and sources of dependencies: {error:#}")]),
    };
    let mut deny = Command::new(program);
    deny.current_dir(root()).args(["--offline", "check", "bans", "licenses", "sources"]);
    run(&mut deny)?;
    Ok(Vec::new())
}
