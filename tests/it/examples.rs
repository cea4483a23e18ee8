//! What the pages of docs.rs show: examples where something is done, and the features that there are.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The crates whose public functions have an example, of their own or of their type.
const WITH_EXAMPLES: [&str; 5] =
    ["whatsgate-native", "whatsgate-durable", "whatsgate-relay", "whatsgate-serve", "whatsgate-sandbox"];
/// Likewise files of others: what programs use without the crates above.
const FILES_WITH_EXAMPLES: [&str; 7] = [
    "whatsgate-core/src/client.rs",
    "whatsgate-core/src/cursor/mod.rs",
    "whatsgate-core/src/poll.rs",
    "whatsgate-core/src/session.rs",
    "whatsgate-core/src/webhook.rs",
    "whatsgate-model/src/commands",
    "whatsgate-store/src/store.rs",
];
/// Functions that only tell what somebody has, which the example of another type shows.
const WITHOUT: [&str; 9] = [
    "CallOutcome::as_str",
    "Group::new",
    "HandlerError::action",
    "HandlerError::id",
    "HandlerError::into_source",
    "RelayBuilder::limits",
    "RelayBuilder::on_call",
    "SeenRequest::header",
    // Of `RelayCommand`, in a macro.
    "name",
];

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates")
}

/// A public function and what its page shows.
#[derive(Debug)]
struct Function {
    /// With its type before it, if it has one.
    name: String,
    is_async: bool,
    has_example: bool,
    /// The page of its type has one.
    is_on_page: bool,
}

/// The public functions of some files. Reads lines, as rustfmt leaves them.
fn functions(files: &[PathBuf]) -> Vec<Function> {
    let mut found = Vec::new();
    let mut pages = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(file).unwrap();
        let (mut has_example, mut owner, mut in_attribute) = (false, String::new(), false);
        for line in text.lines().take_while(|line| !line.starts_with("#[cfg(test)]")) {
            let code = line.trim_start();
            if code.starts_with("///") {
                has_example |= code.starts_with("/// ```");
                continue;
            }
            if in_attribute || code.starts_with("#[") {
                in_attribute = !code.ends_with(']');
                continue;
            }
            if code.starts_with("//") || code.is_empty() {
                continue;
            }
            if let Some(name) = word_behind(code, &["pub struct ", "pub enum ", "pub trait "])
                && has_example
            {
                pages.insert(name.to_owned());
            }
            if line.starts_with("impl") {
                owner = owner_of(line);
            } else if line.starts_with('}') {
                owner.clear();
            }
            let is_async = code.starts_with("pub async fn ");
            let name = word_behind(code, &["pub fn ", "pub async fn ", "pub const fn "]);
            // Macros name theirs elsewhere.
            if let Some(name) = name.filter(|name| !name.is_empty()) {
                let name = if owner.is_empty() { name.to_owned() } else { format!("{owner}::{name}") };
                found.push(Function { name, is_async, has_example, is_on_page: false });
            }
            has_example = false;
        }
    }
    for function in &mut found {
        let owner = function.name.split_once("::").map(|(owner, _)| owner);
        function.is_on_page = owner.is_some_and(|owner| pages.contains(owner));
    }
    found
}

fn word_behind<'a>(code: &'a str, beginnings: &[&str]) -> Option<&'a str> {
    let rest = beginnings.iter().find_map(|beginning| code.strip_prefix(beginning))?;
    rest.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next()
}

/// The type of an `impl`.
fn owner_of(line: &str) -> String {
    let after = line.split_once(" for ").map_or(line, |(_, after)| after);
    let after = after.trim_start_matches("impl");
    let after = match after.strip_prefix('<') {
        Some(generics) => generics.split_once("> ").map_or(generics, |(_, after)| after),
        None => after,
    };
    word_behind(after.trim_start(), &[""]).unwrap_or_default().to_owned()
}

fn sources(place: &Path) -> Vec<PathBuf> {
    if place.is_file() {
        return vec![place.to_owned()];
    }
    let mut found: Vec<_> = fs::read_dir(place).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    let found =
        found.into_iter().filter(|path| path.is_dir() || path.extension().is_some_and(|is| is == "rs"));
    found.flat_map(|path| sources(&path)).collect()
}

#[test]
fn what_does_something_has_an_example() {
    let folders = WITH_EXAMPLES.map(|name| crates().join(name).join("src")).into_iter();
    let files = FILES_WITH_EXAMPLES.map(|name| crates().join(name)).into_iter();
    let mut missing = Vec::new();
    for place in folders.chain(files) {
        let functions = functions(&sources(&place));
        assert!(!functions.is_empty(), "{}", place.display());
        for Function { name, is_async, has_example, is_on_page } in functions {
            // What waits for something does something.
            let is_shown = has_example || is_on_page && !is_async || WITHOUT.contains(&name.as_str());
            if !is_shown {
                missing.push(name);
            }
        }
    }
    assert!(missing.is_empty(), "they have no example: {}", missing.join(", "));
}

#[test]
fn every_feature_is_on_the_page_of_its_crate() {
    let mut count = 0;
    for folder in fs::read_dir(crates()).unwrap() {
        let folder = folder.unwrap().path();
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let Ok(page) = fs::read_to_string(folder.join("README.md")) else { continue };
        let declared = declared(&manifest);
        if declared.is_empty() || manifest.contains("publish = false") {
            continue;
        }
        assert_eq!(shown(&page), declared, "{}", folder.display());
        count += declared.len();
    }
    assert!(count > 10);
}

/// The features of a manifest, and whether each is on by default.
fn declared(manifest: &str) -> BTreeMap<String, bool> {
    let lines = manifest.lines().skip_while(|line| *line != "[features]").skip(1);
    let lines: Vec<_> = lines.take_while(|line| !line.starts_with('[')).collect();
    let named = |line: &&str| line.split_once(" = ").map(|(name, value)| (name.to_owned(), value.to_owned()));
    let all: BTreeMap<_, _> =
        lines.iter().filter(|line| !line.starts_with([' ', '#'])).filter_map(named).collect();
    let default = all.get("default").cloned().unwrap_or_default();
    let is_default = |name: &String| default.contains(&format!("\"{name}\""));
    all.into_keys().filter(|name| name != "default").map(|name| (name.clone(), is_default(&name))).collect()
}

/// The same of the table on a crate's page.
fn shown(page: &str) -> BTreeMap<String, bool> {
    let rows = page.lines().skip_while(|line| *line != "| feature | by default | does |").skip(2);
    let rows = rows.take_while(|line| line.starts_with('|'));
    let row = |line: &str| {
        let mut cells = line.split('|').map(str::trim).skip(1);
        Some((cells.next()?.trim_matches('`').to_owned(), cells.next()? == "yes"))
    };
    rows.filter_map(row).collect()
}
