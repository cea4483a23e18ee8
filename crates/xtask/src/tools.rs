//! The programs that tests need beside cargo and Node, installed where they are missing.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, anyhow, ensure};

use crate::workspace::{cargo, exists, npm_in, once, output_of, root, run, target};

/// The target that the code compiles to for browsers and Node.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// The standard library for [`WASM`], which `rust-toolchain.toml` names, but rustup does not bring it everywhere.
pub(crate) fn wasm_target() -> Result<()> {
    target_library(WASM)
}

/// The standard library for a target.
pub(crate) fn target_library(wanted: &str) -> Result<()> {
    let mut rustc = Command::new("rustc");
    let library =
        output_of(rustc.current_dir(root()).args(["--print", "target-libdir", "--target", wanted]))?;
    if Path::new(library.trim()).exists() {
        return Ok(());
    }
    eprintln!("installing the standard library for {wanted} with rustup");
    run(Command::new("rustup").current_dir(root()).args(["target", "add", wanted]))
}

/// The C compiler for programs with musl.
pub(crate) fn musl(compiler: &OsStr) -> Result<()> {
    if exists(compiler) {
        return Ok(());
    }
    eprintln!("installing musl with apt-get");
    apt_install("musl-tools").context("install musl-gcc, or name another compiler")
}

/// The C compiler for programs of Windows.
pub(crate) fn mingw() -> Result<()> {
    if exists(Path::new("x86_64-w64-mingw32-gcc")) {
        return Ok(());
    }
    eprintln!("installing the C compiler for Windows with apt-get");
    apt_install("gcc-mingw-w64-x86-64").context("install x86_64-w64-mingw32-gcc")
}

/// The packages of a folder's `package-lock.json`, in its `node_modules`.
pub(crate) fn npm_packages(folder: &Path) -> Result<()> {
    let lock = fs::read_to_string(folder.join("package-lock.json"))?;
    once(&folder.join("node_modules/.installed"), &lock, || {
        eprintln!("installing the packages of {} with npm ci", folder.display());
        run(&mut npm_in(folder, ["ci", "--no-audit", "--no-fund"]))
    })
}

/// A virtual environment of Python with the packages of a requirements file.
pub(crate) fn python(folder: &Path, requirements: &Path) -> Result<()> {
    once(&folder.with_extension("installed"), &fs::read_to_string(requirements)?, || {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder))?;
        let mut pip = Command::new(python_program(folder, "python"));
        run(pip.args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(requirements))
    })
}

/// A program of a virtual environment.
pub(crate) fn python_program(environment: &Path, name: &str) -> PathBuf {
    environment.join(if cfg!(windows) { "Scripts" } else { "bin" }).join(name)
}

/// A program in Go of this version, compiled below the target folder.
pub(crate) fn go_program(package: &str, version: &str) -> Result<PathBuf> {
    let folder = target().join("tools/go");
    fs::create_dir_all(&folder)?;
    let name = package.rsplit('/').next().unwrap_or(package);
    let installed = format!("{package}@{version}");
    once(&folder.join(format!("{name}.installed")), &installed, || {
        eprintln!("installing {name} {version} with go install");
        // What a repository around may say of Go is not meant for its tools.
        let mut go = Command::new("go");
        run(go.args(["install", &installed]).env("GOBIN", &folder).env("GOFLAGS", ""))
    })?;
    Ok(folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
}

/// cargo-deny, which judges dependencies by rules.
pub(crate) fn cargo_deny() -> Result<PathBuf> {
    packed("cargo-deny", "0.20.2")
}

/// cargo-audit, which knows what is known against dependencies.
pub(crate) fn cargo_audit() -> Result<PathBuf> {
    packed("cargo-audit", "0.22.2")
}

/// A program for cargo: the one there is, or one that is installed below the target folder, without compiling it if there
/// is a package for this machine.
fn packed(name: &str, version: &str) -> Result<PathBuf> {
    let own = PathBuf::from(name);
    if exists(&own) {
        return Ok(own);
    }
    let folder = target().join("tools");
    fs::create_dir_all(&folder)?;
    if let Some(program) = find_compiled(name) {
        return Ok(program);
    }
    eprintln!("installing {name} into {}", folder.display());
    let environment = folder.join(name);
    let requirements = root().join(format!("crates/xtask/{name}.txt"));
    match python(&environment, &requirements) {
        Ok(()) => Ok(python_program(&environment, name)),
        Err(error) => {
            eprintln!("there is no package for this machine: {error:#}");
            compiled(name, version)
        }
    }
}

/// A program for cargo that is compiled below the target folder.
pub(crate) fn compiled(name: &str, version: &str) -> Result<PathBuf> {
    if let Some(program) = find_compiled(name) {
        return Ok(program);
    }
    eprintln!("compiling {name} {version}, which takes some minutes");
    let package = format!("{name}@{version}");
    run(cargo(["install", "--locked", &package, "--root"]).arg(target().join("tools")))?;
    find_compiled(name).with_context(|| format!("there is no {name} in {package}"))
}

fn find_compiled(name: &str) -> Option<PathBuf> {
    let program = target().join("tools/bin").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    program.is_file().then_some(program)
}

/// A browser that tests drive.
pub(crate) struct Browser {
    /// The variable that tells the tests where it is, and people the tests.
    pub(crate) variable: &'static str,
    name: &'static str,
    programs: &'static [&'static str],
    package: &'static str,
}

pub(crate) const CHROMIUM: Browser = Browser {
    variable: "CHROMIUM",
    name: "Chromium",
    programs: &["chromium", "chromium-browser", "google-chrome"],
    package: "chromium",
};

pub(crate) const FIREFOX: Browser = Browser {
    variable: "FIREFOX",
    name: "Firefox",
    programs: &["firefox-esr", "firefox"],
    package: "firefox-esr",
};

impl Browser {
    /// The program: the one that the variable names, one on the path, or one that is installed with `apt-get`.
    pub(crate) fn program(&self) -> Result<PathBuf> {
        if let Some(program) = std::env::var_os(self.variable) {
            return Ok(program.into());
        }
        if let Some(found) = self.find() {
            return Ok(found);
        }
        eprintln!("installing {} with apt-get", self.name);
        let advice = || format!("install {}, or name its program in {}", self.name, self.variable);
        apt_install(self.package).with_context(advice)?;
        self.find().ok_or_else(|| anyhow!("apt-get installed no {}", self.programs[0])).with_context(advice)
    }

    fn find(&self) -> Option<PathBuf> {
        self.programs.iter().find_map(|program| find(program))
    }
}

/// A program by its name; those for root are not on everybody's path.
fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    folders.map(|folder| folder.join(program)).find(|program| program.is_file())
}

/// The program of nginx, a proxy.
pub(crate) fn nginx() -> Result<PathBuf> {
    if let Some(found) = find("nginx") {
        return Ok(found);
    }
    eprintln!("installing nginx with apt-get");
    apt_install("nginx").context("install nginx")?;
    find("nginx").context("apt-get installed no nginx")
}

/// Sees to it that there is an strace that may trace, which shows the order in which a program asks the system for things.
pub(crate) fn strace() -> Result<()> {
    let works = || {
        let mut trace = Command::new("strace");
        trace.args(["-f", "-o", "/dev/null", "true"]).stderr(Stdio::null());
        trace.status().is_ok_and(|status| status.success())
    };
    if works() {
        return Ok(());
    }
    eprintln!("installing strace with apt-get");
    apt_install("strace").context("install strace")?;
    ensure!(works(), "strace may not trace here");
    Ok(())
}

/// The folder with the programs of PostgreSQL: the newest there is, or the one that is installed with `apt-get`.
pub(crate) fn postgres() -> Result<PathBuf> {
    if let Some(found) = find_postgres() {
        return Ok(found);
    }
    eprintln!("installing PostgreSQL with apt-get");
    let advice =
        "install PostgreSQL, or name a server whose user may make databases in WHATSGATE_TEST_POSTGRES";
    apt_install("postgresql").context(advice)?;
    find_postgres().ok_or_else(|| anyhow!("apt-get installed no initdb")).context(advice)
}

fn find_postgres() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path: Vec<_> = std::env::split_paths(&path).collect();
    // Debian has a folder for each version.
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<_> = versions.map(|version| version.path().join("bin")).collect();
    versions.sort_by_key(|bin| {
        let version =
            bin.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().parse::<u32>());
        version.and_then(Result::ok)
    });
    let is_complete = |folder: &PathBuf| {
        ["initdb", "postgres", "pg_isready"].iter().all(|program| folder.join(program).is_file())
    };
    versions.into_iter().rev().chain(on_path).find(is_complete)
}

/// Installs a package of the system, with fresh lists: a new machine has none, an old one names files that are gone.
fn apt_install(package: &str) -> Result<()> {
    let apt = |arguments: &[&str]| {
        let mut apt = Command::new("apt-get");
        apt.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").stdout(Stdio::null());
        run(&mut apt)
    };
    apt(&["update"])?;
    apt(&["install", "--yes", "--no-install-recommends", package])
}
