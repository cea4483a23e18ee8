//! The watch over a test run: all that it prints and leaves is searched for the secrets that the tests use.
//!
//! The run goes on in a process of its own, so that whatever it and its children print can be kept.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use anyhow::{Context, Result, ensure};
use whatsgate_canary::{Canary, KEY, PHONE, TEXT};

use crate::workspace::{root, target};

/// Where canaries are at home, and which.
const HOMES: &[(&str, &[Canary])] =
    &[("crates/whatsgate-canary/src/lib.rs", &[Canary::Key, Canary::Phone, Canary::Text])];

/// Folders that the search leaves out: they hold compiled tests, whose constants the canaries are, or others' packages.
const SKIPPED: [&str; 5] = [".git", "target", "node_modules", "python", "generator"];

/// What a run makes in the folder of build results, beside compiled programs.
const RESULTS: [&str; 6] = ["npm", "tmp", "consumers", "screenshots", "book", "test-run"];

/// The canaries as variables for tests that are not written in Rust.
pub(super) fn canaries() -> [(&'static str, &'static str); 3] {
    [("CANARY_KEY", KEY), ("CANARY_PHONE", PHONE), ("CANARY_TEXT", TEXT)]
}

/// Runs this very command again, keeps what it prints, and searches that, what it left, and the repository.
pub(super) fn run_again() -> Result<()> {
    let folder = target().join("test-run");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let temporary = folder.join("tmp");
    fs::create_dir_all(&temporary)?;
    let mut command = Command::new(std::env::current_exe()?);
    command.args(std::env::args_os().skip(1)).arg("--unwatched");
    command.envs(["TMPDIR", "TMP", "TEMP"].map(|variable| (variable, &temporary)));
    if io::stderr().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always").env("FORCE_COLOR", "1");
    }
    let passed = keep_output(&mut command, &folder.join("output.log"))?;
    let leaks = [vec![root().to_owned()], RESULTS.map(|name| target().join(name)).to_vec()].concat();
    let leaks = search(&leaks)?;
    for leak in &leaks {
        eprintln!("LEAK: {leak}");
    }
    ensure!(leaks.is_empty(), "secrets of the tests were found in {} places", leaks.len());
    eprintln!("no secret of the tests is in what the run printed and left");
    ensure!(passed, "the run failed");
    Ok(())
}

/// Runs a program, shows all that it prints and writes it to a file. Returns whether it succeeded.
fn keep_output(command: &mut Command, log: &Path) -> Result<bool> {
    let log = Arc::new(Mutex::new(File::create(log)?));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let out = child.stdout.take().context("the output is piped")?;
    let errors = child.stderr.take().context("the errors are piped")?;
    let copies = [copy(out, io::stdout(), Arc::clone(&log)), copy(errors, io::stderr(), log)];
    let status = child.wait()?;
    for copy in copies {
        copy.join().expect("copying does not panic")?;
    }
    Ok(status.success())
}

fn copy(
    mut from: impl Read + Send + 'static,
    mut shown: impl Write + Send + 'static,
    log: Arc<Mutex<File>>,
) -> thread::JoinHandle<io::Result<()>> {
    thread::spawn(move || {
        let mut buffer = [0; 8192];
        loop {
            let bytes = match from.read(&mut buffer)? {
                0 => return Ok(()),
                count => &buffer[..count],
            };
            shown.write_all(bytes)?;
            shown.flush()?;
            log.lock().expect("nothing panics while it writes").write_all(bytes)?;
        }
    })
}

/// Every place below some folders at which a canary is and has no home, as `file:line: what, form`.
fn search(folders: &[PathBuf]) -> Result<Vec<String>> {
    let mut leaks = Vec::new();
    for folder in folders.iter().filter(|folder| folder.exists()) {
        visit(folder, &mut leaks)?;
    }
    Ok(leaks)
}

fn visit(folder: &Path, leaks: &mut Vec<String>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let entry = entry?;
        let path = entry.path();
        let kind = entry.file_type()?;
        if kind.is_dir() && !SKIPPED.map(OsString::from).contains(&entry.file_name()) {
            visit(&path, leaks)?;
        } else if kind.is_file() {
            let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            leaks.extend(leaks_of(&path, &bytes));
        }
    }
    Ok(())
}

/// The first leak of each canary in a file.
fn leaks_of(path: &Path, bytes: &[u8]) -> Vec<String> {
    let path = path.strip_prefix(root()).unwrap_or(path);
    let home = HOMES.iter().find(|(home, _)| path == Path::new(home)).map_or(&[][..], |(_, home)| home);
    [Canary::Key, Canary::Phone, Canary::Text]
        .into_iter()
        .filter(|canary| !home.contains(canary))
        .filter_map(|canary| canary.find(bytes))
        .map(|hit| {
            let line = bytes[..hit.at].split(|byte| *byte == b'\n').count();
            format!("{}:{line}: {hit}", path.display())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leak_is_told_by_file_and_line() {
        let snapshot = format!("---\nsource: x\n---\nto: +{PHONE}\nkey: none\n");
        assert_eq!(
            leaks_of(&root().join("tests/it/x.snap"), snapshot.as_bytes()),
            ["tests/it/x.snap:4: the number, plain"]
        );
        assert_eq!(leaks_of(Path::new("x"), b"nothing"), [""; 0]);
    }

    #[test]
    fn only_the_canaries_home_may_hold_them() {
        let all = format!("{KEY} {PHONE} {TEXT}");
        assert_eq!(leaks_of(&root().join(HOMES[0].0), all.as_bytes()), [""; 0]);
        assert_eq!(leaks_of(&root().join("README.md"), all.as_bytes()).len(), 3);
    }

    #[test]
    fn the_output_of_a_run_is_kept() {
        let log = std::env::temp_dir().join(format!("whatsgate-watch-{}", std::process::id()));
        let mut cargo = crate::workspace::cargo(["--version"]);
        assert!(keep_output(&mut cargo, &log).unwrap());
        let kept = fs::read_to_string(&log).unwrap();
        fs::remove_file(log).unwrap();
        assert!(kept.starts_with("cargo "), "{kept}");
    }
}
