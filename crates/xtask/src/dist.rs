//! `cargo xtask dist`: the static program for Linux, as it is handed to people who have no Rust.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::running::serving;
use crate::workspace::{cargo, copy, is_build_server, output_of, root, run, target};
use crate::{sbom, tools};

/// Not `dist`, which is the folder that cargo has for the profile.
const FOLDER: &str = "handout";
const KRATE: &str = "whatsgate-cli";

/// For what to build it.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The target, of this machine's processor
    #[arg(long, value_name = "TARGET", default_value_t = format!("{}-unknown-linux-musl", std::env::consts::ARCH))]
    target: String,
    /// Leaves out the bill of materials, whose program takes minutes to compile
    #[arg(long)]
    no_sbom: bool,
}

/// Builds and proves the program; leaves an archive, its bill of materials and the sums in `target/handout`.
pub(crate) fn dist(args: &Args) -> Result<()> {
    let program = build(&args.target)?;
    ensure!(is_static(&fs::read(&program)?)?, "the program wants a loader");
    match prove(&program) {
        Ok(()) => eprintln!("it runs where there is nothing else"),
        Err(error) if is_build_server() => return Err(error),
        Err(error) => {
            eprintln!("NOT PROVED: that the program runs where there is nothing else: {error:#}");
        }
    }
    let folder = target().join(FOLDER);
    fs::create_dir_all(&folder)?;
    let name = format!("whatsgate-{}-{}", env!("CARGO_PKG_VERSION"), args.target);
    let archive = archive(&program, &folder, &name)?;
    if !args.no_sbom {
        sbom::of_program(KRATE, &args.target, &folder.join(format!("{name}.cdx.json")))?;
        let npm = format!("whatsgate-{}-npm.cdx.json", env!("CARGO_PKG_VERSION"));
        sbom::of_npm(&folder.join(npm))?;
    }
    sums(&folder)?;
    eprintln!("program {} bytes, archive {} bytes: {}", size(&program)?, size(&archive)?, archive.display());
    Ok(())
}

fn size(path: &Path) -> Result<u64> {
    Ok(fs::metadata(path)?.len())
}

/// With the C compiler of musl, which there is for the own processor.
fn build(wanted: &str) -> Result<PathBuf> {
    ensure!(wanted.starts_with(std::env::consts::ARCH), "build for {wanted} on a machine of its kind");
    tools::target_library(wanted)?;
    let variable = format!("CC_{}", wanted.replace('-', "_"));
    let compiler = std::env::var_os(&variable).unwrap_or_else(|| "musl-gcc".into());
    tools::musl(&compiler)?;
    let arguments = ["build", "--locked", "--profile", "dist", "--package", KRATE, "--target", wanted];
    run(cargo(arguments).env(variable, compiler))?;
    Ok(target().join(wanted).join("dist/whatsgate"))
}

/// Whether a program of Linux asks for no loader, which would look for libraries.
fn is_static(program: &[u8]) -> Result<bool> {
    const INTERPRETER: u32 = 3;
    let number = |at: usize, bytes: usize| -> Result<u64> {
        let found = program.get(at..at + bytes).context("the program is cut off")?;
        Ok(found.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    };
    ensure!(program.starts_with(b"\x7fELF\x02\x01"), "it is no program of 64 bits for Linux");
    let (headers, length, count) = (number(32, 8)?, number(54, 2)?, number(56, 2)?);
    for index in 0..count {
        let header = usize::try_from(headers + index * length)?;
        if number(header, 4)? == u64::from(INTERPRETER) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Runs it in a root without anything but a folder for its files.
fn prove(program: &Path) -> Result<()> {
    let empty = target().join("dist-root");
    if empty.exists() {
        fs::remove_dir_all(&empty)?;
    }
    fs::create_dir_all(empty.join("data"))?;
    copy(program, &empty.join("whatsgate"))?;
    let version = output_of(&mut inside(&empty, ["--version"])?)?;
    ensure!(version.trim() == concat!("whatsgate ", env!("CARGO_PKG_VERSION")), "its version is {version}");
    let licences = output_of(&mut inside(&empty, ["--licenses"])?)?;
    ensure!(licences.contains("END OF TERMS AND CONDITIONS"), "the licences are {licences}");
    output_of(&mut inside(&empty, ["demo"])?)?;
    let serve = ["serve", "--sandbox", "--store", "sqlite:/data/whatsgate.db", "--listen", "127.0.0.1:0"];
    drop(serving(&mut inside(&empty, serve)?)?);
    fs::remove_dir_all(empty)?;
    Ok(())
}

/// The program in its root, by whatever may change the root here.
fn inside<'a>(empty: &Path, arguments: impl IntoIterator<Item = &'a str>) -> Result<Command> {
    const WAYS: [&[&str]; 3] =
        [&["chroot"], &["unshare", "--user", "--map-root-user", "chroot"], &["sudo", "-n", "chroot"]];
    for way in WAYS {
        let start = || {
            let mut command = Command::new(way[0]);
            command.args(&way[1..]).arg(empty).arg("/whatsgate").env_clear();
            command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("TMPDIR", "/data");
            command
        };
        let mut trial = start();
        trial.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        if trial.status().is_ok_and(|status| status.success()) {
            let mut command = start();
            command.args(arguments);
            return Ok(command);
        }
    }
    bail!("nothing may change the root here, or the program does not start in it")
}

/// The program with what belongs to it, the same bytes for the same program.
fn archive(program: &Path, folder: &Path, name: &str) -> Result<PathBuf> {
    let content = folder.join(name);
    if content.exists() {
        fs::remove_dir_all(&content)?;
    }
    fs::create_dir_all(&content)?;
    copy(program, &content.join("whatsgate"))?;
    for file in ["LICENSE-MIT", "LICENSE-APACHE", "CHANGELOG.md", "SECURITY.md"] {
        copy(&root().join(file), &content.join(file))?;
    }
    copy(&root().join("crates").join(KRATE).join("README.md"), &content.join("README.md"))?;
    copy(&root().join("crates").join(KRATE).join("licenses.txt"), &content.join("THIRD-PARTY.txt"))?;
    let archive = folder.join(format!("{name}.tar.gz"));
    let mut tar = Command::new("tar");
    tar.args(["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "--mode=u+w,go-w"]);
    tar.args(["--use-compress-program", "gzip -9n", "--create", "--file"]).arg(&archive);
    run(tar.arg("--directory").arg(folder).arg(name))?;
    fs::remove_dir_all(content)?;
    Ok(archive)
}

/// Sums of all that lies in the folder.
fn sums(folder: &Path) -> Result<()> {
    const NAME: &str = "SHA256SUMS";
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        if name != OsStr::new(NAME) {
            files.push(name);
        }
    }
    files.sort();
    let sums = output_of(Command::new("sha256sum").current_dir(folder).arg("--").args(files))?;
    fs::write(folder.join(NAME), sums)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Programs as short as they may be: the header, and two headers of segments.
    fn with_segments(kinds: [u8; 2]) -> Vec<u8> {
        let mut program = vec![0; 64 + 2 * 56];
        program[..6].copy_from_slice(b"\x7fELF\x02\x01");
        (program[32], program[54], program[56]) = (64, 56, 2);
        (program[64], program[64 + 56]) = (kinds[0], kinds[1]);
        program
    }

    #[test]
    fn a_program_that_wants_a_loader_is_told_from_one_that_stands_alone() {
        assert!(is_static(&with_segments([1, 1])).unwrap());
        assert!(!is_static(&with_segments([1, 3])).unwrap());
        assert!(is_static(&with_segments([1, 3])[..100]).is_err());
        assert!(is_static(b"#!/bin/sh").is_err());
    }
}
