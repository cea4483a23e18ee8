//! The committed files are those that the generator writes.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const ADVICE: &str = "run `cargo xtask schemas` and commit the result";

#[test]
fn committed_files_are_up_to_date() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folder = crates.join("../schemas");
    let files = whatsgate_schemas::files();
    for (path, text) in &files {
        let committed = fs::read_to_string(folder.join(path)).unwrap_or_default();
        assert!(committed == *text, "schemas/{path} is stale; {ADVICE}");
    }
    let copy = fs::read_to_string(crates.join("whatsgate-sandbox/openapi.json")).unwrap();
    assert!(copy == files["openapi.json"], "the sandbox's openapi.json is stale; {ADVICE}");

    let known = fs::read_to_string(crates.join("whatsgate-core/known.json")).unwrap();
    assert!(known == whatsgate_schemas::known(), "whatsgate-core's known.json is stale; {ADVICE}");

    let page = fs::read_to_string(folder.join("README.md")).unwrap();
    assert!(whatsgate_schemas::page(&page) == Some(page), "schemas/README.md is stale; {ADVICE}");

    let mut present = BTreeSet::new();
    list(&folder, "", &mut present);
    let generated: BTreeSet<String> = files.into_keys().collect();
    assert_eq!(
        present, generated,
        "schemas/ holds other JSON and BSL files than the generated ones; {ADVICE}"
    );
}

fn list(folder: &Path, prefix: &str, into: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            list(&path, &format!("{name}/"), into);
        } else if path.extension().is_some_and(|kind| kind == "json" || kind == "bsl") {
            into.insert(name);
        }
    }
}
