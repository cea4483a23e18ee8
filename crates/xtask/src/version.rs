//! `cargo xtask version`: one version for all that is published, wherever it stands.

use std::fs;
use std::path::PathBuf;
#[cfg(test)]
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::workspace::{cargo, output_of, root};

/// The files that the version stands in. The npm package and the programs take theirs from the workspace.
const FILES: [&str; 8] = [
    "Cargo.toml",
    "Cargo.lock",
    "tests/fuzz/Cargo.lock",
    "schemas/openapi.json",
    "crates/whatsgate-sandbox/openapi.json",
    "crates/whatsgate-serve/openapi.json",
    "web-demo/package.json",
    "web-demo/package-lock.json",
];

const CHANGES: &str = "CHANGELOG.md";
const UNRELEASED: &str = "## Unreleased\n";

/// Which version.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The new version, such as 0.2.0
    version: String,
    /// Only says whether this tag is the one of the version, with a heading in the change log
    #[arg(long)]
    check: bool,
    /// Where to write what the change log says of it
    #[arg(long, value_name = "FILE", requires = "check")]
    notes: Option<PathBuf>,
}

/// Gives everything the new version, and what is unreleased in the change log its heading.
pub(crate) fn version(args: &Args) -> Result<()> {
    let (old, new) = (env!("CARGO_PKG_VERSION"), args.version.as_str());
    if args.check {
        ensure!(new == format!("v{old}"), "the tag is {new}, the version {old}");
        let notes = notes(&fs::read_to_string(root().join(CHANGES))?, old)?;
        return args.notes.as_ref().map_or(Ok(()), |file| Ok(fs::write(file, notes)?));
    }
    ensure!(parts(new)? >= parts(old)?, "{new} comes before {old}");
    let changes = fs::read_to_string(root().join(CHANGES))?;
    let today = jiff::Zoned::now().date().to_string();
    let changes = released(&changes, new, &today)?;
    for file in FILES {
        let path = root().join(file);
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {file}"))?;
        let (text, count) = replaced(&text, old, new);
        ensure!(count > 0, "{file} does not name the version {old}");
        fs::write(&path, text)?;
        eprintln!("{file}: {count}");
    }
    fs::write(root().join(CHANGES), changes)?;
    output_of(&mut cargo(["metadata", "--locked", "--format-version", "1"]))
        .context("the lock file does not fit any more")?;
    eprintln!("everything is {new}; look at it, run the test command, commit, and tag v{new}");
    Ok(())
}

/// What the change log says of a version, for those who get it.
fn notes(changes: &str, version: &str) -> Result<String> {
    let heading = format!("\n## {version} (");
    let (_, part) = changes.split_once(&heading).with_context(|| format!("{CHANGES} has no {version}"))?;
    let part = part.split("\n## ").next().unwrap_or_default();
    Ok(part.split_once('\n').unwrap_or_default().1.trim_start().to_owned())
}

/// The three numbers, of which a larger one is a later version.
fn parts(version: &str) -> Result<[u64; 3]> {
    let numbers: Option<Vec<u64>> = version.split('.').map(|part| part.parse().ok()).collect();
    match numbers.as_deref() {
        Some([major, minor, patch]) => Ok([*major, *minor, *patch]),
        _ => bail!("{version} is no version such as 0.2.0"),
    }
}

/// The change log with a heading for what was unreleased.
fn released(changes: &str, version: &str, date: &str) -> Result<String> {
    let (before, after) = changes.split_once(UNRELEASED).context("the change log has no `## Unreleased`")?;
    ensure!(!before.contains(&format!("## {version}")), "the change log has {version} already");
    ensure!(!after.contains(&format!("\n## {version}")), "the change log has {version} already");
    let what = after.split("\n## ").next().unwrap_or_default();
    ensure!(!what.trim().is_empty(), "the change log tells nothing that is unreleased");
    Ok(format!("{before}{UNRELEASED}\n## {version} ({date})\n{after}"))
}

/// Replaces the version of what is ours: of a line that names it, or stands below one that does. Others may have the same.
fn replaced(text: &str, old: &str, new: &str) -> (String, usize) {
    let (quoted, wanted) = (format!("\"{old}\""), format!("\"{new}\""));
    let (mut out, mut count, mut before) = (String::new(), 0, "");
    for line in text.split_inclusive('\n') {
        // A line of its own tells nothing of whose it is.
        let alone = line.trim_start().trim_start_matches('"').starts_with("version");
        if line.contains("version") && line.contains(&quoted) && (is_ours(line) || alone && is_ours(before)) {
            out.push_str(&line.replace(&quoted, &wanted));
            count += 1;
        } else {
            out.push_str(line);
        }
        before = line;
    }
    (out, count)
}

fn is_ours(line: &str) -> bool {
    let line = line.to_lowercase();
    ["whatsgate", "xtask", "[workspace.package]"].iter().any(|name| line.contains(name))
}

/// Every place at which the version stands and the command would not find it.
#[cfg(test)]
fn elsewhere(version: &str) -> Result<Vec<String>> {
    // Others' versions, which may be the same.
    const OTHERS: [&str; 6] =
        ["package-lock.json", "Cargo.lock", "go.mod", "go.sum", "licenses.txt", "requirements.txt"];
    let mut git = Command::new("git");
    let files = output_of(git.current_dir(root()).args(["ls-files", "-z"]))?;
    let mut found = Vec::new();
    for file in files.split('\0').filter(|file| !file.is_empty()) {
        if OTHERS.iter().any(|name| file.ends_with(name)) || file == CHANGES || file.ends_with("version.rs") {
            continue;
        }
        let Ok(text) = fs::read_to_string(root().join(file)) else { continue };
        let text = if FILES.contains(&file) { replaced(&text, version, "").0 } else { text };
        for (at, _) in text.match_indices(version) {
            let is_part = |c: char| c.is_ascii_digit() || c == '.';
            let ends = text[..at].chars().next_back().is_some_and(is_part);
            let goes_on = text[at + version.len()..].chars().next().is_some_and(|c| c.is_ascii_digit());
            if !ends && !goes_on {
                found.push(format!("{file}:{}", text[..at].lines().count().max(1)));
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_stands_where_the_command_finds_it_and_nowhere_else() {
        let version = env!("CARGO_PKG_VERSION");
        for file in FILES {
            let text = fs::read_to_string(root().join(file)).unwrap();
            assert!(replaced(&text, version, "").1 > 0, "{file}");
        }
        // A copy without its history has no list of its files.
        if root().join(".git").exists() {
            assert_eq!(elsewhere(version).unwrap(), [""; 0]);
        }
    }

    #[test]
    fn all_crates_have_the_same_version() {
        let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
        let (without, count) = replaced(&lock, env!("CARGO_PKG_VERSION"), "");
        assert_eq!(count, crate::crates::all().unwrap().len());
        assert_eq!(without.matches("version = \"\"").count(), count);
    }

    #[test]
    fn only_what_is_ours_is_replaced() {
        let manifest = "[workspace.package]\nversion = \"0.1.0\"\n\n[workspace.dependencies]\n\
            whatsgate-model = { version = \"0.1.0\" }\nother = { version = \"0.1.0\" }\n";
        let wanted = "[workspace.package]\nversion = \"0.2.0\"\n\n[workspace.dependencies]\n\
            whatsgate-model = { version = \"0.2.0\" }\nother = { version = \"0.1.0\" }\n";
        assert_eq!(replaced(manifest, "0.1.0", "0.2.0"), (wanted.to_owned(), 2));
        let lock = "name = \"whatsgate-core\"\nversion = \"0.1.0\"\n\nname = \"a\"\nversion = \"0.1.0\"\n";
        let wanted = "name = \"whatsgate-core\"\nversion = \"0.2.0\"\n\nname = \"a\"\nversion = \"0.1.0\"\n";
        assert_eq!(replaced(lock, "0.1.0", "0.2.0"), (wanted.to_owned(), 1));
    }

    #[test]
    fn what_is_unreleased_gets_a_heading() {
        let changes = "# Changelog\n\n## Unreleased\n\n### Added\n\n- a\n\n## 0.1.0 (2026-01-01)\n\n- b\n";
        let wanted = "# Changelog\n\n## Unreleased\n\n## 0.2.0 (2026-02-01)\n\n### Added\n\n- a\n\n\
            ## 0.1.0 (2026-01-01)\n\n- b\n";
        assert_eq!(released(changes, "0.2.0", "2026-02-01").unwrap(), wanted);
        assert_eq!(notes(wanted, "0.2.0").unwrap(), "### Added\n\n- a\n");
        assert!(notes(changes, "0.2.0").is_err());
        assert!(released(changes, "0.1.0", "2026-02-01").is_err());
        assert!(released(wanted, "0.3.0", "2026-03-01").is_err(), "nothing new");
        assert!(parts("0.10.0").unwrap() > parts("0.9.9").unwrap());
        assert!(parts("1.0").is_err());
    }
}
