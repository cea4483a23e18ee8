//! `cargo xtask book`: the book in both languages, and the proof of its snippets and links.

mod settings;
mod snippets;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use whatsgate_book::Language;

use crate::tools::{python, python_program};
use crate::workspace::{exists, output_of, root, run, target};

/// The step of the test run: builds the book, looks at its links, runs its snippets that are not Rust, and what it shows of
/// settings.
pub(crate) fn test() -> Result<Vec<String>> {
    if !exists("python3") {
        return Ok(vec!["that the book builds and its snippets work: python3 is missing".to_owned()]);
    }
    build()?;
    links()?;
    test_snippets(&[])
}

/// Runs the named snippets, or all that are not Rust and the settings too, and returns what could not be proved.
pub(crate) fn test_snippets(names: &[String]) -> Result<Vec<String>> {
    let mut unproved = snippets::test(names)?;
    if names.is_empty() {
        unproved.extend(settings::test()?);
    }
    Ok(unproved)
}

/// Builds both languages into `target/book`.
pub(crate) fn build() -> Result<()> {
    install()?;
    for language in Language::ALL {
        let (sources, built) = (sources(language), built(language));
        whatsgate_book::assemble(language, &sources)?;
        let mut mdbook = Command::new(program("mdbook"));
        mdbook.arg("build").arg(&sources).arg("--dest-dir").arg(&built).env("MDBOOK_LOG", "warn");
        run(&mut mdbook).with_context(|| format!("building {}", sources.display()))?;
        // Is no part of the site, but lies among its sources.
        fs::remove_file(built.join("book.toml"))?;
        if language == Language::Ru {
            for script in ["words.mjs", "index.mjs"] {
                let script = root().join("crates/whatsgate-book/search").join(script);
                run(Command::new("node").arg(script).arg(&built))?;
            }
        }
        eprintln!("built {}", built.join("index.html").display());
    }
    Ok(())
}

/// Builds both, and serves them until it is interrupted.
pub(crate) fn serve() -> Result<()> {
    build()?;
    eprintln!("http://127.0.0.1:8000/en/ and /ru/; Ctrl+C ends it");
    let mut server = Command::new("python3");
    server.args(["-m", "http.server", "8000", "--bind", "127.0.0.1", "--directory"]);
    run(server.arg(folder()))
}

/// Looks whether every link within the book leads somewhere, to headings too.
fn links() -> Result<()> {
    let mut lychee = Command::new(program("lychee"));
    lychee.args(["--offline", "--include-fragments", "--no-progress", "--exclude-path", "print.html"]);
    // Its links begin at the root of a server.
    lychee.args(["--exclude-path", "404.html"]);
    for language in Language::ALL {
        lychee.arg(built(language));
    }
    let said = output_of(lychee.current_dir(folder()))?;
    let counts = said.lines().rfind(|line| line.contains("Total"));
    eprintln!("links: {}", counts.unwrap_or_default());
    Ok(())
}

/// An empty folder for a trial.
fn place(name: &str) -> Result<PathBuf> {
    let place = folder().join("run").join(name);
    if place.exists() {
        fs::remove_dir_all(&place)?;
    }
    fs::create_dir_all(&place)?;
    Ok(place)
}

fn install() -> Result<()> {
    python(&tools(), &root().join("crates/xtask/book.txt")).context("installing mdBook with pip")
}

fn tools() -> PathBuf {
    target().join("tools/book")
}

fn program(name: &str) -> PathBuf {
    python_program(&tools(), name)
}

fn folder() -> PathBuf {
    target().join("book")
}

fn sources(language: Language) -> PathBuf {
    folder().join("src").join(language.folder())
}

fn built(language: Language) -> PathBuf {
    folder().join(language.folder())
}
