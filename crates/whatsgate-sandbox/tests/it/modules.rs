//! The arrows between the files of this crate go one way.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The source files by the path of their module, such as `gateway::state::events`.
fn sources(folder: &Path, module: &str, into: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let inner = if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") };
        if path.is_dir() {
            sources(&path, &inner, into);
        } else {
            let module = if name == "mod" { module.to_owned() } else { inner };
            let text = fs::read_to_string(&path).unwrap();
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            into.insert(module, code.collect::<Vec<_>>().join("\n"));
        }
    }
}

/// `a::{b, c::{d, e}}` as `a::b`, `a::c::d` and `a::c::e`.
fn expand(path: &str, before: &str, into: &mut Vec<String>) {
    let mut depth = 0;
    let mut begun = 0;
    let path = format!("{path},");
    for (place, letter) in path.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                let part = path[begun..place].trim();
                match part.split_once('{') {
                    Some((first, rest)) => {
                        expand(rest.strip_suffix('}').unwrap(), &format!("{before}{first}"), into);
                    }
                    None if part.is_empty() => {}
                    None => into.push(format!("{before}{part}")),
                }
                begun = place + 1;
            }
            _ => {}
        }
    }
}

/// The modules that a file imports from.
fn imports(module: &str, code: &str, modules: &BTreeMap<String, String>) -> BTreeSet<String> {
    let mut paths = Vec::new();
    let statements = code.split("use ").skip(1).map(|rest| rest.split(';').next().unwrap_or_default());
    statements.for_each(|statement| expand(&statement.replace('\n', " "), "", &mut paths));
    let parent = module.rsplit_once("::").map_or("", |(parent, _)| parent);
    let is_folder = modules.keys().any(|other| other.starts_with(&format!("{module}::")));
    let mut found = BTreeSet::new();
    for path in paths {
        assert!(!path.starts_with("super::super"), "{module}: {path}");
        let path = if let Some(path) = path.strip_prefix("crate::") {
            path.to_owned()
        } else if let Some(path) = path.strip_prefix("super::") {
            if parent.is_empty() { path.to_owned() } else { format!("{parent}::{path}") }
        } else if is_folder {
            format!("{module}::{path}")
        } else {
            continue;
        };
        // The longest beginning of the path that is a file.
        let mut path = path.as_str();
        while !modules.contains_key(path) {
            let Some((shorter, _)) = path.rsplit_once("::") else { break };
            path = shorter;
        }
        if path != module && modules.contains_key(path) {
            found.insert(path.to_owned());
        }
    }
    found
}

#[test]
fn no_file_imports_one_that_imports_it() {
    let mut modules = BTreeMap::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut modules);
    modules.remove("lib");
    let mut left: BTreeMap<String, BTreeSet<String>> = modules
        .iter()
        .map(|(module, code)| {
            let code = code.split("#[cfg(test)]").next().unwrap_or_default();
            (module.clone(), imports(module, code, &modules))
        })
        .collect();
    assert!(left["gateway::machine"].contains("gateway::course"), "the arrows are found: {left:?}");
    // What stands on nothing that is left is taken away, again and again; a circle cannot be.
    loop {
        let free: Vec<String> = left
            .iter()
            .filter(|(_, to)| to.iter().all(|to| !left.contains_key(to)))
            .map(|(module, _)| module.clone())
            .collect();
        if free.is_empty() {
            break;
        }
        for module in free {
            left.remove(&module);
        }
    }
    assert!(left.is_empty(), "files in a circle, or standing on one: {left:#?}");
}
