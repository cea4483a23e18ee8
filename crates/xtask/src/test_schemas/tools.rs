//! Where the consumers live, and how programs are run.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The repository and the folder in which everything is installed and generated.
pub(super) struct Place {
    root: PathBuf,
    work: PathBuf,
}

impl Place {
    pub(super) fn prepare() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        let work = root.join(target).join("consumers");
        fs::create_dir_all(&work)?;
        Ok(Self { root, work })
    }

    /// A path of the repository.
    pub(super) fn source(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// A path below the working folder.
    pub(super) fn work(&self, path: &str) -> PathBuf {
        self.work.join(path)
    }

    /// An empty folder below the working folder.
    pub(super) fn empty(&self, path: &str) -> Result<PathBuf> {
        let folder = self.work(path);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// A program, started in a folder of the working folder; `.` is that folder itself.
    pub(super) fn command(&self, program: impl AsRef<OsStr>, folder: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.work(folder));
        command
    }

    /// Installs something unless it was installed from the same list before.
    pub(super) fn once(&self, name: &str, list: &str, install: impl FnOnce() -> Result<()>) -> Result<()> {
        let mark = self.work(&format!("{name}.installed"));
        if fs::read_to_string(&mark).is_ok_and(|installed| installed == list) {
            return Ok(());
        }
        install()?;
        fs::write(mark, list)?;
        Ok(())
    }
}

/// Copies a file of the repository.
pub(super) fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| format!("copying {}", from.display()))?;
    Ok(())
}

/// Runs a program to its end and returns the lines in which it says what it checked. Its whole output is shown if it
/// fails.
pub(super) fn run(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("starting {command:?}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        bail!("{} of {command:?}\n{text}\n{errors}", output.status);
    }
    let results = text.lines().filter_map(|line| line.split_once("checked: "));
    Ok(results.map(|(_, result)| format!("checked: {result}")).collect::<Vec<_>>().join("; "))
}

/// Those programs that are not on this machine.
pub(super) fn missing(programs: &[&'static str]) -> Vec<&'static str> {
    let found = |program: &str| {
        let argument = if program == "go" { "version" } else { "--version" };
        let mut command = Command::new(program);
        command.arg(argument).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    programs.iter().copied().filter(|program| !found(program)).collect()
}
