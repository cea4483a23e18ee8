//! Whatever a program may be told when something goes wrong has an entry on the page of troubleshooting, in both languages.
//! The words are taken from the sources, so that a new one fails until somebody has written what to do about it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use whatsgate_book::{Language, home, workspace};
use whatsgate_native::ErrorKind;

fn crates() -> PathBuf {
    workspace().join("crates")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn page(language: Language) -> PathBuf {
    home().join(language.folder()).join("troubleshooting.md")
}

/// Everything below a folder of a crate that is of one of these kinds, but for tests.
fn sources(folder: &str, extensions: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![crates().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("it can be listed").path();
            let is_kind = path.extension().is_some_and(|kind| extensions.iter().any(|known| kind == *known));
            if path.is_dir() {
                folders.push(path);
            } else if is_kind {
                let text = read(&path);
                let end = text.find("#[cfg(test)]\nmod tests").unwrap_or(text.len());
                found.push(text[..end].to_owned());
            }
        }
    }
    found
}

/// The text between the quotes that begin here, and what is behind it.
fn literal(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('"')?;
    let mut value = String::new();
    loop {
        let letter = rest.chars().next()?;
        rest = &rest[letter.len_utf8()..];
        match letter {
            '"' => return Some((value, rest)),
            '\\' if rest.starts_with('\n') => rest = rest.trim_start(),
            '\\' => {
                let escaped = rest.chars().next()?;
                value.push(escaped);
                rest = &rest[escaped.len_utf8()..];
            }
            other => value.push(other),
        }
    }
}

/// The words that stand behind each of these; of a call of `new`, as its second argument.
fn words(sources: &[String], behind: &[&str]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for source in sources {
        for pattern in behind {
            for (at, _) in source.match_indices(pattern) {
                let mut rest = &source[at + pattern.len()..];
                if pattern.ends_with("new(") {
                    rest = rest.split_once(',').map_or("", |(_, second)| second);
                }
                if let Some((word, _)) = literal(rest.trim_start())
                    && word.chars().all(|letter| letter.is_ascii_alphabetic() || letter == '_')
                {
                    found.insert(word);
                }
            }
        }
    }
    found
}

/// Fails with the words that a page lacks.
fn all_are_on_the_pages(words: &BTreeSet<String>, what: &str, has: impl Fn(&str, &str) -> bool) {
    for language in Language::ALL {
        let text = read(&page(language));
        let missing: Vec<_> = words.iter().filter(|word| !has(&text, word)).collect();
        assert!(missing.is_empty(), "{}: nothing is said of {what}: {missing:?}", page(language).display());
    }
}

fn has_heading(text: &str, word: &str) -> bool {
    text.lines().any(|line| line == format!("### `{word}`"))
}

fn has_row(text: &str, word: &str) -> bool {
    text.lines().any(|line| line.starts_with(&format!("| `{word}` |")))
}

#[test]
fn every_kind_of_error_has_an_entry() {
    let kinds = ErrorKind::KNOWN.iter().map(|kind| kind.as_str().to_owned()).collect();
    all_are_on_the_pages(&kinds, "kinds of errors", has_heading);
}

#[test]
fn every_kind_of_the_npm_package_has_an_entry() {
    let kinds = words(&sources("whatsgate-wasm/npm", &["mjs"]), &["kind: ", "failed("]);
    assert!(kinds.contains("gap") && kinds.contains("webhook"), "they are not found any more: {kinds:?}");
    all_are_on_the_pages(&kinds, "kinds of the npm package", has_heading);
}

#[test]
fn every_kind_of_the_command_line_has_an_entry() {
    let sources = sources("whatsgate-cli/src", &["rs"]);
    let mut kinds = words(&sources, &[" kind: ", "unsent("]);
    let report = [read(&crates().join("whatsgate-cli/src/report.rs"))];
    kinds.extend(words(
        &report,
        &["Reason::Output(_) =>", "Reason::Mistakes(_) =>", "Reason::Interrupted =>"],
    ));
    assert!(kinds.contains("usage") && kinds.contains("queued"), "they are not found any more: {kinds:?}");
    // A state of the outbox is one as well: `unsent(course.state.name(), …)`.
    kinds.extend(["cancelled", "not_sent"].map(str::to_owned));
    all_are_on_the_pages(&kinds, "kinds of the command line", |text, word| {
        has_row(text, word) || has_heading(text, word)
    });
}

#[test]
fn every_exit_code_has_an_entry() {
    let report = read(&crates().join("whatsgate-cli/src/report.rs"));
    let codes =
        report.split_once("fn exit_code").expect("it is there").1.split_once("\n    }\n").expect("it ends").0;
    let codes: BTreeSet<_> =
        codes.lines().filter_map(|line| line.split_once("=> ")?.1.strip_suffix(',')).collect();
    assert_eq!(codes, BTreeSet::from(["1", "2", "3"]), "the page has these, and 0");
    let codes = ["0", "1", "2", "3"].map(str::to_owned).into();
    all_are_on_the_pages(&codes, "exit codes", |text, code| {
        text.lines().any(|line| line.starts_with(&format!("| {code} |")))
    });
}

#[test]
fn every_problem_of_the_service_has_an_entry() {
    let sources = sources("whatsgate-serve/src", &["rs"]);
    let calls = ["new(", "conflict(", "unavailable("];
    let calls: Vec<_> =
        calls.iter().flat_map(|call| [format!("Problem::{call}"), format!("Self::{call}")]).collect();
    let mut behind: Vec<_> = calls.iter().map(String::as_str).collect();
    behind.push("const BUSY: &str = ");
    let kinds = words(&sources, &behind);
    assert!(kinds.contains("keyTaken") && kinds.contains("busy"), "they are not found any more: {kinds:?}");
    all_are_on_the_pages(&kinds, "problems of the service", |text, kind| {
        let is_problem = |line: &str| line.get(2..5).is_some_and(|status| status.parse::<u16>().is_ok());
        text.lines().any(|line| is_problem(line) && line.contains(&format!("| `{kind}` |")))
    });
}

#[test]
fn every_refusal_of_the_relay_has_an_entry() {
    let mut first = BTreeSet::new();
    for source in sources("whatsgate-relay/src", &["rs"]) {
        for (at, pattern) in source.match_indices("Refusal::forbidden(") {
            let rest = source[at + pattern.len()..].trim_start();
            let (words, _) = literal(rest).expect("a refusal is a text");
            first.insert(words.split(':').next().expect("there is a first part").to_owned());
        }
    }
    assert!(first.contains("budget"), "they are not found any more: {first:?}");
    all_are_on_the_pages(&first, "refusals of the relay", has_row);
}

#[test]
fn every_error_of_the_store_has_an_entry() {
    let source = read(&crates().join("whatsgate-store/src/error.rs"));
    let (_, variants) = source.split_once("pub enum StoreError {").expect("it is there");
    let (variants, _) = variants.split_once("\n}\n").expect("it ends");
    let mut count = 0;
    for part in variants.split("#[error(").skip(1) {
        let (said, behind) = literal(part.trim_start()).expect("an error has words");
        let name = behind.trim_start_matches(|c: char| !c.is_ascii_uppercase());
        let name: String = name.chars().take_while(char::is_ascii_alphabetic).collect();
        // What is filled in, and what is said behind the first part, is not looked for.
        let beginning = said.split([':', '{', ';']).next().expect("there is a first part").trim();
        let beginning = beginning.split(", for").next().expect("there is a first part");
        for language in Language::ALL {
            let text = read(&page(language));
            let row = text.lines().find(|line| line.contains(&format!("| `{name}` |")));
            let row =
                row.unwrap_or_else(|| panic!("{}: there is no row for {name}", page(language).display()));
            assert!(row.contains(beginning), "{}: {name} says {beginning:?} now", page(language).display());
        }
        count += 1;
    }
    assert!(count > 10, "they are not found any more");
}

/// The first clause of an error's words in which nothing is filled in, if it is more than a word or two.
fn fixed(said: &str) -> Option<&str> {
    let parts = said.split('{').map(|part| part.split_once('}').map_or(part, |(_, fixed)| fixed));
    let clauses =
        parts.flat_map(|part| part.split([';', ':', ','])).map(|clause| clause.trim_matches([' ', '"']));
    clauses.into_iter().find(|clause| clause.len() > 8)
}

#[test]
fn the_words_of_other_errors_have_an_entry() {
    let files = [
        "whatsgate-core/src/durable/pacing/quiet.rs",
        "whatsgate-core/src/media/error.rs",
        "whatsgate-core/src/webhook.rs",
        "whatsgate-durable/src/error.rs",
        "whatsgate-durable/src/outbox.rs",
        "whatsgate-native/src/builder.rs",
        "whatsgate-native/src/dispatcher.rs",
        "whatsgate-native/src/files/attach.rs",
        "whatsgate-native/src/files/error.rs",
        "whatsgate-relay/src/tokens.rs",
    ];
    let mut words = BTreeSet::new();
    for file in files {
        let source = read(&crates().join(file));
        for part in source.split("#[error(").skip(1) {
            let said = literal(part.trim_start()).map(|(said, _)| said);
            // `{kind} (byte …)` is told by its kind; where nothing is fixed, the words are those of a cause.
            let said = said.filter(|said| !said.starts_with("{kind}"));
            words.extend(said.as_deref().and_then(fixed).map(str::to_owned));
        }
    }
    assert!(words.len() > 20, "they are not found any more: {words:?}");
    all_are_on_the_pages(&words, "the words", |text, word| text.contains(word));
}

/// What doctor finds: id, group, whether something is to be done.
fn findings() -> Vec<(String, String, String, bool)> {
    let source = read(&crates().join("whatsgate-cli/src/doctor/finding.rs"));
    let (_, ids) = source.split_once("\nids! {\n").expect("they are there");
    let (ids, _) = ids.split_once("\n}\n").expect("they end");
    let line = |line: &str| {
        let (name, rest) = line.trim().split_once(" = ")?;
        let (id, rest) = literal(rest)?;
        let (group, state) = rest.trim().trim_end_matches(',').split_once(' ')?;
        Some((name.to_owned(), id, group.to_owned(), matches!(state, "Problem" | "Note")))
    };
    ids.lines().filter_map(line).collect()
}

/// What is said of something in a language.
fn said(table: &str, of: &str) -> Option<Vec<String>> {
    let (_, mut rest) = table.split_once(&format!("{of},"))?;
    rest = &rest[..rest.find("Id::").or_else(|| rest.find("Group::")).unwrap_or(rest.len())];
    let mut texts = Vec::new();
    while let Some(start) = rest.find('"') {
        let (text, behind) = literal(&rest[start..])?;
        texts.push(text);
        rest = behind;
    }
    Some(texts)
}

/// A text for a table, with dots for what is filled in.
fn cell(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        let end = rest[start..].find('}').map_or(rest.len(), |end| start + end + 1);
        let inner = &rest[start + 1..end - 1];
        let is_name = !inner.is_empty() && inner.chars().all(|letter| letter.is_ascii_lowercase());
        shown.push_str(&rest[..start]);
        shown.push_str(if is_name { "…" } else { &rest[start..end] });
        rest = &rest[end..];
    }
    shown.push_str(rest);
    shown.replace('|', "\\|")
}

fn doctor(language: Language) -> String {
    let table = read(&crates().join(format!("whatsgate-cli/src/doctor/texts/{}.rs", language.folder())));
    let headings = match language {
        Language::En => "id | it says | what to do",
        Language::Ru => "имя | что сказано | что делать",
    };
    let mut shown = String::new();
    let mut last = String::new();
    for (name, id, group, wants_something) in findings() {
        if !wants_something {
            continue;
        }
        if group != last {
            let title = said(&table, &format!("Group::{group}")).expect("a group has a heading");
            let _ = write!(
                shown,
                "\n### {} {{#doctor-{}}}\n\n| {headings} |\n|---|---|---|\n",
                title[0],
                group.to_lowercase()
            );
            last = group;
        }
        let texts = said(&table, &format!("Id::{name}")).expect("a finding has words");
        let _ = writeln!(shown, "| `{id}` | {} | {} |", cell(&texts[0]), cell(&texts[1]));
    }
    shown
}

#[test]
fn the_findings_of_doctor_are_its_own() {
    const BEGIN: &str = "<!-- doctor: begin -->\n";
    const END: &str = "\n<!-- doctor: end -->";
    for language in Language::ALL {
        let text = read(&page(language));
        let (before, rest) = text.split_once(BEGIN).expect("the table has a beginning");
        let (shown, behind) = rest.split_once(END).expect("the table has an end");
        let wanted = doctor(language);
        assert!(wanted.matches("\n| `").count() > 60, "they are not found any more");
        if shown == wanted {
            continue;
        }
        // As with snapshots: writes what there is, to be looked at.
        assert_eq!(
            std::env::var("INSTA_UPDATE").as_deref(),
            Ok("always"),
            "{} is stale: INSTA_UPDATE=always cargo test -p whatsgate-book --test errors",
            page(language).display()
        );
        // In one step, since the other tests read the page meanwhile.
        let new = page(language).with_extension("new");
        fs::write(&new, format!("{before}{BEGIN}{wanted}{END}{behind}")).expect("it can be written");
        fs::rename(new, page(language)).expect("it can be replaced");
    }
}
