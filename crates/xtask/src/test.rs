//! `cargo xtask test`: everything that is proved, in one command.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context, bail, ensure};

use crate::npm::{root, run};

/// What to test.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only these steps
    #[arg(long, value_name = "STEP", value_delimiter = ',')]
    only: Vec<String>,
}

/// A part of the test run.
struct Step {
    name: &'static str,
    what: &'static str,
    run: fn() -> anyhow::Result<()>,
}

const STEPS: &[Step] = &[
    Step { name: "format", what: "the sources are formatted", run: format },
    Step { name: "lint", what: "no warning of clippy, native and for the browser", run: lint },
    Step { name: "rust", what: "tests and examples of all crates", run: rust },
    Step { name: "docs", what: "the documentation builds without warnings", run: docs },
    Step { name: "layers", what: "model and core do no I/O", run: layers },
    Step { name: "oldest", what: "the libraries build with the oldest Rust that they promise", run: oldest },
    Step { name: "deny", what: "licences and sources of dependencies, with cargo-deny", run: deny },
    Step { name: "npm", what: "the npm package in Node and in browsers", run: javascript },
    Step { name: "schemas", what: "other languages use the schemas", run: crate::test_schemas::test },
    Step { name: "web", what: "the web demo, driven with a browser", run: web },
];

/// Runs the steps and stops at the first that fails.
pub(crate) fn run_steps(args: &Args) -> anyhow::Result<()> {
    for name in &args.only {
        ensure!(STEPS.iter().any(|step| step.name == name), "there is no step {name}: {}", names());
    }
    let start = Instant::now();
    let mut times = Vec::new();
    for step in
        STEPS.iter().filter(|step| args.only.is_empty() || args.only.iter().any(|name| name == step.name))
    {
        eprintln!("\n== {}: {}", step.name, step.what);
        let began = Instant::now();
        (step.run)().with_context(|| format!("step {} failed", step.name))?;
        times.push((step.name, began.elapsed().as_secs()));
    }
    eprintln!("\nall steps passed in {} s", start.elapsed().as_secs());
    for (name, seconds) in times {
        eprintln!("  {name:8} {seconds:5} s");
    }
    Ok(())
}

fn names() -> String {
    STEPS.iter().map(|step| step.name).collect::<Vec<_>>().join(", ")
}

fn cargo(arguments: &[&str]) -> anyhow::Result<()> {
    run(&mut cargo_command(arguments)?)
}

fn cargo_command(arguments: &[&str]) -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()?).args(arguments);
    Ok(command)
}

fn javascript() -> anyhow::Result<()> {
    with_browser(|| crate::test_js::test(&[]))
}

fn web() -> anyhow::Result<()> {
    with_browser(crate::demo::test)
}

/// A browser on a busy machine may be too slow for a test's patience, so that a failure counts when it comes twice.
fn with_browser(test: impl Fn() -> anyhow::Result<()>) -> anyhow::Result<()> {
    test().or_else(|error| {
        eprintln!("\n== once more, because a browser may have been too slow: {error:#}");
        test()
    })
}

fn format() -> anyhow::Result<()> {
    cargo(&["fmt", "--all", "--check"])
}

fn lint() -> anyhow::Result<()> {
    cargo(&["clippy", "--workspace", "--all-targets", "--all-features", "--", "--deny", "warnings"])?;
    let browser = ["--package", "whatsgate-wasm", "--target", "wasm32-unknown-unknown"];
    cargo(&[&["clippy"], &browser[..], &["--", "--deny", "warnings"]].concat())
}

fn rust() -> anyhow::Result<()> {
    cargo(&["test", "--workspace", "--all-features"])
}

fn docs() -> anyhow::Result<()> {
    run(cargo_command(&["doc", "--workspace", "--all-features", "--no-deps"])?
        .env("RUSTDOCFLAGS", "--deny warnings"))
}

/// No runtime, HTTP client or other I/O below the protocol.
fn layers() -> anyhow::Result<()> {
    const BANNED: [&str; 8] =
        ["tokio", "reqwest", "hyper", "mio", "socket2", "async-std", "web-sys", "js-sys"];
    for layer in ["whatsgate-model", "whatsgate-core"] {
        let tree = ["tree", "--package", layer, "--all-features", "--edges", "normal", "--prefix", "none"];
        let output = cargo_command(&tree)?.output()?;
        ensure!(output.status.success(), "cargo tree failed");
        for line in String::from_utf8(output.stdout)?.lines() {
            let name = line.split(' ').next().unwrap_or_default();
            ensure!(!BANNED.contains(&name), "{layer} depends on {name}");
        }
        eprintln!("{layer} depends on none of {}", BANNED.join(", "));
    }
    Ok(())
}

/// The version that `rust-version` in the workspace's manifest promises.
fn oldest() -> anyhow::Result<()> {
    let version = concat!(env!("CARGO_PKG_RUST_VERSION"), ".0");
    let installed =
        run(Command::new("rustup").args(["toolchain", "install", version, "--profile", "minimal"]));
    if let Err(error) = installed {
        return unproved(&format!("that the crates build with Rust {version}: {error:#}"));
    }
    let libraries =
        ["model", "core", "native", "sandbox", "cli"].map(|name| format!("--package=whatsgate-{name}"));
    // Outside of the default folder, so that the two compilers do not throw away each other's results.
    let mut check = Command::new("rustup");
    check.current_dir(root()?).args(["run", version, "cargo", "check", "--all-features", "--target-dir"]);
    check.arg(crate::npm::target(&root()?).join("oldest")).args(libraries);
    // These would bring in the newer compiler by the back door.
    run(check.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO").env_remove("RUSTC"))
}

fn deny() -> anyhow::Result<()> {
    let found = cargo_command(&["deny", "--version"])?.output().is_ok_and(|output| output.status.success());
    if !found {
        eprintln!(
            "not proved: cargo-deny is not installed; `cargo install cargo-deny` and run this step again"
        );
        return Ok(());
    }
    // The list of advisories would have to be downloaded, and tests talk to this machine only.
    cargo(&["deny", "--offline", "check", "bans", "licenses", "sources"])
}

/// Where a tool is missing a person is told; a machine that claims to prove everything fails.
fn unproved(what: &str) -> anyhow::Result<()> {
    if std::env::var_os("CI").is_some() {
        bail!("not proved: {what}");
    }
    eprintln!("not proved: {what}");
    Ok(())
}
