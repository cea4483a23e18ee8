//! `cargo xtask package`: what is published, as it would be published, and the proof that it can be used.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::crates::{self, Crate};
use crate::workspace::{cargo, npm_in, output_of, root, run, target};
use crate::{npm, tools};

/// The beginnings of what an archive may hold beside sources.
const ALSO: [&str; 9] = [
    ".cargo_vcs_info.json",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "cases/",
    "examples/",
    "src/",
];

/// How to package.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Takes the work tree as it is, committed or not
    #[arg(long)]
    allow_dirty: bool,
    /// Only the npm package
    #[arg(long, conflicts_with = "allow_dirty")]
    npm: bool,
}

/// Builds every crate from its own archive, and uses the npm package from its own; says what came out.
pub(crate) fn package(args: &Args) -> Result<()> {
    let mut archives = Vec::new();
    if !args.npm {
        check()?;
        archives.extend(crates(args.allow_dirty)?);
    }
    archives.push(npm()?);
    for archive in archives {
        let size = fs::metadata(&archive)?.len();
        eprintln!("{:6.1} kB  {}", precise(size) / 1000.0, archive.display());
    }
    Ok(())
}

#[allow(clippy::cast_precision_loss, reason = "archives are smaller than 2^53 bytes")]
fn precise(size: u64) -> f64 {
    size as f64
}

/// The workflow of a release, by the linter for workflows, which is in Go.
pub(crate) fn check_workflow() -> Result<Vec<String>> {
    match tools::go_program("github.com/rhysd/actionlint/cmd/actionlint", "v1.7.12") {
        Ok(program) => run(Command::new(program).current_dir(root()))?,
        Err(error) => return Ok(vec![format!("that the workflow of a release is one: {error:#}")]),
    }
    Ok(Vec::new())
}

/// The quick part: manifests are complete and agree, archives hold what they must and nothing else.
pub(crate) fn check() -> Result<()> {
    let mut mistakes = Vec::new();
    let published = crates::published()?;
    for krate in &published {
        mistakes.extend(krate.mistakes());
        mistakes.extend(mistakes_of_archive(krate)?);
    }
    ensure!(mistakes.is_empty(), "{}", mistakes.join("\n"));
    eprintln!("{} crates are fit to be published", published.len());
    Ok(())
}

fn mistakes_of_archive(krate: &Crate) -> Result<Vec<String>> {
    let mut list = cargo(["package", "--list", "--quiet", "--allow-dirty", "--package", &krate.name]);
    let list = output_of(&mut list)?;
    let files: Vec<_> = list.lines().map(|line| line.replace('\\', "/")).collect();
    let mut mistakes = Vec::new();
    for wanted in ["README.md", "LICENSE-APACHE", "LICENSE-MIT"] {
        if !files.iter().any(|file| file == wanted) {
            mistakes.push(format!("the archive of {} has no {wanted}", krate.name));
        }
        if wanted != "README.md"
            && fs::read(krate.folder.join(wanted)).ok() != fs::read(root().join(wanted)).ok()
        {
            mistakes.push(format!("{wanted} of {} is not a copy of that of the repository", krate.name));
        }
    }
    let readme = fs::read_to_string(krate.folder.join("README.md")).unwrap_or_default();
    for (at, _) in readme.match_indices("](../") {
        let link = readme[at + 2..].split(')').next().unwrap_or_default();
        mistakes.push(format!("the README of {} links to {link}, which is not in the archive", krate.name));
    }
    let included = included(krate)?;
    for file in &files {
        let is_known = ALSO.iter().any(|begin| file.starts_with(begin)) || included.contains(file);
        if !is_known {
            mistakes.push(format!("the archive of {} has {file}, which nobody needs", krate.name));
        }
    }
    for file in &included {
        if !files.contains(file) {
            mistakes.push(format!("the archive of {} lacks {file}, which is compiled in", krate.name));
        }
    }
    Ok(mistakes)
}

/// The files outside of `src` that the sources compile in, and what the README sends its readers to.
fn included(krate: &Crate) -> Result<Vec<String>> {
    let mut found = Vec::new();
    collect(&krate.folder.join("src"), &krate.folder, &mut found)?;
    if krate.folder.join("WIRE.md").exists() {
        found.push("WIRE.md".to_owned());
    }
    Ok(found)
}

fn collect(folder: &Path, top: &Path, into: &mut Vec<String>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, top, into)?;
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let source = fs::read_to_string(&path)?;
            for macro_name in ["include_str!(\"", "include_bytes!(\""] {
                for (at, _) in source.match_indices(macro_name) {
                    let rest = &source[at + macro_name.len()..];
                    let named = rest.split('"').next().context("a name ends")?;
                    let file = resolve(path.parent().context("it lies in a folder")?, named);
                    let inside = file.strip_prefix(top).with_context(|| {
                        format!("{} compiles in {named}, which no archive can hold", path.display())
                    })?;
                    into.push(inside.to_string_lossy().replace('\\', "/"));
                }
            }
        }
    }
    Ok(())
}

/// A path without `..`.
fn resolve(folder: &Path, named: &str) -> PathBuf {
    let mut path = folder.to_owned();
    for part in named.split('/') {
        if part == ".." {
            path.pop();
        } else {
            path.push(part);
        }
    }
    path
}

/// Builds each crate from its archive, in order; those that it depends on come from theirs.
fn crates(allow_dirty: bool) -> Result<Vec<PathBuf>> {
    let published = crates::published()?;
    let mut package = cargo(["package", "--locked"]);
    for krate in &published {
        package.args(["--package", &krate.name]);
    }
    if allow_dirty {
        package.arg("--allow-dirty");
    }
    // Otherwise each would compile all of its dependencies for itself.
    run(package.env("CARGO_TARGET_DIR", target()))?;
    let version = env!("CARGO_PKG_VERSION");
    let folder = target().join("package");
    Ok(published.iter().map(|krate| folder.join(format!("{}-{version}.crate", krate.name))).collect())
}

/// A program with the package, by `import` and by `require`, against no gateway: the error is the package's own.
const TRIAL: &str = r#"
const send = async (Client) => {
  const session = new Client({ apiKey: "key", baseUrl: "http://127.0.0.1:9/api/v1" }).session("trial");
  try { await session.sendText("79991112233", "Hello"); } catch (error) { return `${error.name}: ${error.kind}`; }
};
const required = await send(require("whatsgate").Client);
const imported = await send((await import("whatsgate")).Client);
if (required !== imported || !/^\w+: \w+$/.test(imported)) throw new Error(`${required}, ${imported}`);
console.log(`a program without a gateway was told: ${imported}`);
"#;

/// Packs the npm package, installs what came out into an empty program, and runs that.
fn npm() -> Result<PathBuf> {
    let package = npm::build()?;
    let folder = target().join("npm");
    let mut pack = npm_in(&package, ["pack", "--silent", "--pack-destination"]);
    let archive = folder.join(output_of(pack.arg(&folder))?.trim());
    let trial = folder.join("trial");
    if trial.exists() {
        fs::remove_dir_all(&trial)?;
    }
    fs::create_dir_all(&trial)?;
    fs::write(trial.join("package.json"), r#"{ "private": true }"#)?;
    run(npm_in(&trial, ["install", "--silent", "--no-audit", "--no-fund"]).arg(&archive))?;
    let program = format!(
        "(async () => {{{TRIAL}}})().catch((error) => {{ console.error(error); process.exit(1); }});"
    );
    fs::write(trial.join("trial.cjs"), program)?;
    run(Command::new("node").current_dir(&trial).arg("trial.cjs"))?;
    Ok(archive)
}
