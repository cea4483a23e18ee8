//! `cargo xtask licenses`: the licences of what is compiled into a program, as text for whoever gets the program.
//!
//! Made of the lock file and of the files that the packages bring along, so that it is true without anybody's care.

mod packages;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use crate::tools::WASM;
use crate::workspace::root;
use packages::{Package, Part};

/// What comes before the list, for what no package says.
const OF_PROGRAM: &str = include_str!("program.txt");
const OF_NPM: &str = include_str!("npm.txt");

/// What is linked in without being a package; its authors offer the choice that most packages do.
const STANDARD_LIBRARY: &str = "the standard library of Rust";
/// The C library of the static programs for Linux.
const MUSL: (&str, &str) = (
    "musl, in static programs for Linux",
    "Copyright (c) 2005-2020 Rich Felker and other contributors to musl\n\
     Copyright (c) 2001-2008 Ville Laurikari",
);

/// What to do with the list that `whatsgate --licenses` prints.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only says whether the committed list is the right one
    #[arg(long)]
    check: bool,
}

/// Writes the list, or compares it.
pub(crate) fn licenses(args: &Args) -> Result<()> {
    if args.check {
        return check();
    }
    let path = path();
    let text = of_program()?;
    fs::write(&path, &text)?;
    eprintln!("wrote {}: {} kB", path.display(), text.len() / 1000);
    Ok(())
}

/// Fails when the committed list is not the one that the lock file asks for.
pub(crate) fn check() -> Result<()> {
    let committed = fs::read_to_string(path()).unwrap_or_default();
    let advice = "run `cargo xtask licenses` and commit the result";
    ensure!(committed == of_program()?, "{} is stale; {advice}", path().display());
    Ok(())
}

/// The list for the npm package, whose WebAssembly holds crates too.
pub(crate) fn of_npm() -> Result<String> {
    list(OF_NPM, &packages::compiled_into("whatsgate-wasm", WASM)?, None)
}

fn path() -> PathBuf {
    root().join("crates/whatsgate-cli/licenses.txt")
}

/// For every system: who builds it elsewhere gets a list that says too much rather than too little.
fn of_program() -> Result<String> {
    list(OF_PROGRAM, &packages::compiled_into("whatsgate-cli", "all")?, Some(MUSL))
}

fn list(head: &str, packages: &[Package], with_mit: Option<(&str, &str)>) -> Result<String> {
    let mut text = head.to_owned();
    text.push_str("\nPackages\n========\n\n");
    for package in packages {
        text.push_str(&format!("{} {}: {}\n", package.name, package.version, package.licence));
    }
    let apache = fs::read_to_string(root().join("LICENSE-APACHE"))?;
    let mut chosen = vec![STANDARD_LIBRARY];
    let mut own: BTreeMap<String, (String, Vec<&str>)> = BTreeMap::new();
    for package in packages {
        let parts = package.parts().with_context(|| format!("the licence of {}", package.name))?;
        for part in parts {
            match part {
                Part::Apache => chosen.push(package.name.as_str()),
                // Some differ in nothing but where lines end.
                Part::Text(text) => {
                    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
                    own.entry(words).or_insert_with(|| (text, Vec::new())).1.push(&package.name);
                }
            }
        }
    }
    if let Some((name, copyright)) = with_mit {
        own.insert(String::new(), (packages::mit(copyright), vec![name]));
    }
    let mut own: Vec<_> = own.into_values().map(|(text, names)| (names, text)).collect();
    own.sort();
    for (mut names, licence) in [(chosen, apache)].into_iter().chain(own) {
        names.dedup();
        text.push_str(&format!("\n{}\n{}\n\n{}\n", wrapped(&names), "-".repeat(78), tidy(&licence)));
    }
    Ok(text)
}

/// Names in lines that fit a terminal.
fn wrapped(names: &[&str]) -> String {
    let mut lines = vec![String::new()];
    for (index, name) in names.iter().enumerate() {
        let end = if index + 1 == names.len() { "" } else { "," };
        let line = lines.last_mut().expect("there is one from the beginning");
        if line.is_empty() {
            *line = format!("{name}{end}");
        } else if line.len() + name.len() + end.len() < 78 {
            line.push_str(&format!(" {name}{end}"));
        } else {
            lines.push(format!("{name}{end}"));
        }
    }
    lines.join("\n")
}

/// Without what no terminal shows: spaces at the ends of lines, empty lines around.
fn tidy(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_licence_names_whose_it_is() {
        let of = |name: &str, licence: &str| Package {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            licence: licence.to_owned(),
            authors: "Somebody".to_owned(),
            folder: PathBuf::from("no such folder"),
        };
        let packages = [of("both", "MIT OR Apache-2.0"), of("mit", "MIT"), of("old", "MIT/Apache-2.0")];
        let text = list("Head\n", &packages, Some(("libc", "Copyright (c) Nobody"))).unwrap();
        assert!(
            text.starts_with("Head\n\nPackages\n========\n\nboth 1.0.0: MIT OR Apache-2.0\nmit 1.0.0: MIT\n")
        );
        assert!(text.contains("\nthe standard library of Rust, both, old\n---"), "{text}");
        assert!(text.contains("\nmit\n---"), "{text}");
        assert!(text.contains("\nlibc\n---"), "{text}");
        assert!(text.contains("Copyright (c) Nobody\n\nPermission is hereby granted"), "{text}");
        assert!(text.contains("Copyright (c) Somebody\n\nPermission is hereby granted"), "{text}");
        let unknown = list("Head\n", &[of("other", "Other-1.0")], None).unwrap_err();
        assert_eq!(format!("{unknown:#}"), "the licence of other: Other-1.0, and no file with it");
    }
}
