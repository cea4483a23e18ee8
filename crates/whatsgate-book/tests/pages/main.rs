//! The pages: both languages alike, all code from snippets, every snippet shown, and the book can be put together.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use whatsgate_book::markdown::{Fence, fences, headings, links};
use whatsgate_book::{Language, Page, assemble, generated, home, summary, written};

/// Fences that hold no code: what programs print, and what they are configured with.
const INLINE: [&str; 5] = ["text", "nginx", "toml", "ini", "json"];

/// The languages of snippets, by their files' endings.
const SNIPPETS: [(&str, &str); 5] =
    [("rs", "rust"), ("mjs", "js"), ("sh", "sh"), ("py", "python"), ("bsl", "bsl")];

const INCLUDE: &str = "{{#include ../snippets/";

/// The file and the anchor of a fence that holds nothing but an include.
fn included(fence: &Fence) -> Option<(&str, &str)> {
    let include = fence.text.trim_end().strip_prefix(INCLUDE)?.strip_suffix("}}")?;
    if include.contains('\n') { None } else { include.split_once(':') }
}

fn each_fence(mut each: impl FnMut(Language, &Page, &Fence)) {
    for language in Language::ALL {
        for page in written(language).unwrap() {
            for fence in fences(&page.text) {
                each(language, &page, &fence);
            }
        }
    }
}

/// What a page is built of: its headings, and its fences without the words in those that differ by language.
fn shape(page: &Page) -> (Vec<usize>, Vec<(String, String)>) {
    let fences = fences(&page.text).into_iter();
    let fences = fences.map(|fence| {
        let text =
            if fence.language == "json" || included(&fence).is_some() { fence.text } else { String::new() };
        (fence.language, text)
    });
    (headings(&page.text), fences.collect())
}

#[test]
fn both_languages_have_the_same_pages_with_the_same_parts() {
    let [en, ru] = Language::ALL.map(|language| written(language).unwrap());
    let names = |pages: &[Page]| pages.iter().map(|page| page.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&en), names(&ru));
    for (en, ru) in en.iter().zip(&ru) {
        assert_eq!(shape(en), shape(ru), "{}: English left, Russian right", en.name);
    }
}

#[test]
fn the_contents_name_every_page_in_the_same_order() {
    let [en, ru] = Language::ALL.map(|language| links(&summary(language).unwrap()));
    assert_eq!(en, ru);
    for language in Language::ALL {
        let pages = written(language).unwrap().into_iter().chain(generated(language).unwrap());
        let pages: BTreeSet<_> = pages.map(|page| page.name).collect();
        let listed: BTreeSet<_> = en.iter().cloned().collect();
        assert_eq!(pages, listed, "{language:?}: pages left, contents right");
    }
}

#[test]
fn code_comes_from_snippets_only() {
    each_fence(|language, page, fence| {
        if INLINE.contains(&fence.language.as_str()) {
            return;
        }
        let place = format!("{language:?} {}: ```{}\n{}", page.name, fence.language, fence.text);
        let (file, anchor) =
            included(fence).unwrap_or_else(|| panic!("no include of an anchor alone: {place}"));
        let kind = file.rsplit_once('.').map_or("", |(_, kind)| kind);
        assert!(
            SNIPPETS.contains(&(kind, fence.language.as_str())),
            "the language is not the file's: {place}"
        );
        assert!(anchors(file).contains(anchor), "there is no such anchor: {place}");
    });
}

#[test]
fn every_snippet_is_shown() {
    let mut shown: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    each_fence(|_, _, fence| {
        if let Some((file, anchor)) = included(fence) {
            shown.entry(file.to_owned()).or_default().insert(anchor.to_owned());
        }
    });
    for entry in fs::read_dir(home().join("snippets")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert_eq!(
            shown.remove(&name).unwrap_or_default(),
            anchors(&name),
            "{name}: shown left, there right"
        );
    }
}

fn anchors(file: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(home().join("snippets").join(file)).unwrap();
    text.lines().filter_map(|line| Some(line.split_once("ANCHOR: ")?.1.trim().to_owned())).collect()
}

#[test]
fn the_rust_snippets_are_compiled() {
    let main = fs::read_to_string(home().join("tests/snippets/main.rs")).unwrap();
    let manifest = fs::read_to_string(home().join("Cargo.toml")).unwrap();
    for entry in fs::read_dir(home().join("snippets")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.rsplit_once('.').is_some_and(|(_, kind)| kind == "rs") {
            let line = format!("snippets/{name}\"");
            assert!(main.contains(&line) || manifest.contains(&line), "nothing compiles {name}");
        }
    }
}

#[test]
fn the_book_is_put_together() {
    for language in Language::ALL {
        let folder = tempfile::tempdir().unwrap();
        assemble(language, folder.path()).unwrap();
        let summary = fs::read_to_string(folder.path().join("SUMMARY.md")).unwrap();
        for link in links(&summary) {
            let path = folder.path().join(&link);
            assert!(path.is_file(), "{language:?}: nothing is at {link}");
        }
        assert!(summary.contains("libraries/whatsgate-durable.md"), "{summary}");
    }
}
