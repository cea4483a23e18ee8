//! What `SECURITY.md` names as proof is there.

use std::fs;
use std::path::Path;

/// The files that stand in backticks, each with the names of the tests that follow it until the next file or the end of its
/// paragraph.
fn named(page: &str) -> Vec<(String, Vec<String>)> {
    let mut files: Vec<(String, Vec<String>)> = Vec::new();
    for paragraph in page.split("\n\n").flat_map(|part| part.split("\n- ")) {
        let mut within = false;
        for quoted in paragraph.split('`').skip(1).step_by(2) {
            let is_file = ["crates/", "tests/"].iter().any(|folder| quoted.starts_with(folder));
            if is_file {
                files.push((quoted.to_owned(), Vec::new()));
                within = true;
            } else if within && let Some((_, tests)) = files.last_mut() {
                // Where a line ends within a name is no part of it.
                tests.push(quoted.split_whitespace().collect::<Vec<_>>().join(" "));
            }
        }
    }
    files
}

#[test]
fn the_proofs_of_the_threat_model_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let page = fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let mut missing = Vec::new();
    let mut found = 0;
    for (file, tests) in named(&page) {
        let source = fs::read_to_string(root.join(&file)).unwrap_or_default();
        for test in tests {
            let is_there =
                source.contains(&format!("fn {test}(")) || source.contains(&format!("test(\"{test}\""));
            if is_there {
                found += 1;
            } else {
                missing.push(format!("{file}: {test}"));
            }
        }
    }
    assert_eq!(missing, [""; 0]);
    assert!(found > 60, "the page names {found} tests only");
}

#[test]
fn files_and_tests_are_read_from_the_page() {
    let page = "# A\n\n- One: it `holds`.\n  `tests/it/a.rs`: `first`, `the\n  second`; `crates/b.rs`: `third`\n- Two `words`.\n\nThree `more`\n";
    let wanted = [("tests/it/a.rs", vec!["first", "the second"]), ("crates/b.rs", vec!["third"])];
    let wanted =
        wanted.map(|(file, tests)| (file.to_owned(), tests.into_iter().map(str::to_owned).collect()));
    assert_eq!(named(page), wanted);
}
