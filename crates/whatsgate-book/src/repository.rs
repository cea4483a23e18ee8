//! What of the repository the book links to: pages become pages of the book, other files lie beside them.
//!
//! So that no link leads to a host that nobody has claimed, and whoever reads the book offline has all of it.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use anyhow::{Result, ensure};

use crate::{Language, Page, home, markdown, read, workspace};

/// The folder of the pages that come from the repository.
const PAGES: &str = "libraries";
/// The folder of its other files.
const FILES: &str = "files";

/// What was linked to, by its path in the workspace.
#[derive(Default)]
pub(crate) struct Shelf {
    pages: BTreeMap<PathBuf, String>,
    files: BTreeMap<String, PathBuf>,
}

impl Shelf {
    /// Turns the links that lead out of the book, and those of the pages they lead to, and adds these pages.
    pub(crate) fn collect(language: Language, pages: &mut Vec<Page>) -> Result<Self> {
        let mut shelf = Self::default();
        let mut to_read = Vec::new();
        for page in pages.iter_mut() {
            let at = home().join(language.folder());
            page.text = shelf.turn(&page.text, &at, "", &mut to_read)?;
        }
        while let Some(path) = to_read.pop() {
            let at = workspace().join(&path);
            let text = without_doc_links(&read(&at)?);
            let folder = at.parent().unwrap_or(workspace());
            let text = shelf.turn(&text, folder, "../", &mut to_read)?;
            pages.push(Page { name: page_name(&path), text });
        }
        Ok(shelf)
    }

    /// The part of the table of contents for the pages of the repository.
    pub(crate) fn summary(&self, language: Language) -> String {
        let mut summary = format!(
            "\n# {}\n\n",
            language.pick("Pages of the libraries", "Страницы библиотек (по-английски)")
        );
        for (path, title) in &self.pages {
            summary.push_str(&format!("- [{title}]({})\n", page_name(path)));
        }
        summary
    }

    /// The files that are no pages: the name in the book, and where they lie.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &Path)> {
        self.files.iter().map(|(name, path)| (name.as_str(), path.as_path()))
    }

    fn turn(&mut self, text: &str, at: &Path, up: &str, to_read: &mut Vec<PathBuf>) -> Result<String> {
        let mut missing = None;
        let text = markdown::map_links(text, |target| {
            if target.contains("://") || target.starts_with(['#', '<']) || target.starts_with("mailto:") {
                return Some(target.to_owned());
            }
            let (path, heading) =
                target.split_once('#').map_or((target, None), |(path, id)| (path, Some(id)));
            let place = normal(&at.join(path));
            let of_book =
                Language::ALL.iter().find_map(|of| place.strip_prefix(home().join(of.folder())).ok());
            if let Some(page) = of_book {
                // From a page of the repository to one of the book.
                let page = page.to_string_lossy();
                return Some(heading.map_or_else(|| format!("{up}{page}"), |id| format!("{up}{page}#{id}")));
            }
            if !place.exists() {
                missing.get_or_insert_with(|| format!("{target} of a page in {}", at.display()));
                return None;
            }
            let path = place.strip_prefix(workspace()).ok()?.to_owned();
            if place.is_dir() {
                return None;
            }
            let heading = heading.map_or_else(String::new, |id| format!("#{id}"));
            if path.extension().is_some_and(|kind| kind == "md") {
                if !self.pages.contains_key(&path) {
                    self.pages.insert(path.clone(), title(&path));
                    to_read.push(path.clone());
                }
                return Some(format!("{up}{}{heading}", page_name(&path)));
            }
            let name = format!("{FILES}/{}", shown(&path));
            self.files.insert(name.clone(), place);
            Some(format!("{up}{name}"))
        });
        ensure!(missing.is_none(), "nothing is at {}", missing.unwrap_or_default());
        Ok(text)
    }
}

/// A path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(out.pop()),
            Component::CurDir => {}
            other => out.push(other),
        }
    }
    out
}

/// `crates/whatsgate-durable/README.md` is `whatsgate-durable`.
fn title(path: &Path) -> String {
    let text = path.with_extension("").to_string_lossy().replace('\\', "/");
    let text = text.strip_prefix("crates/").unwrap_or(&text);
    let text = text.strip_suffix("README").unwrap_or(text).trim_end_matches('/');
    if text.is_empty() { "README".to_owned() } else { text.to_owned() }
}

fn page_name(path: &Path) -> String {
    let title = title(path);
    // A page of this name would be the first of its folder.
    let name = if title == "README" { "whatsgate-sdk".to_owned() } else { title.replace('/', "-") };
    format!("{PAGES}/{}.md", name.replace('.', "-"))
}

/// A file's name in the book; browsers show a text, and would save a source.
fn shown(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    if path.extension().is_some_and(|kind| kind == "json") { text } else { format!("{text}.txt") }
}

/// Links of rustdoc, such as [`Client`], lead nowhere outside of it.
fn without_doc_links(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("[`") {
        let (before, link) = rest.split_at(start);
        out.push_str(before);
        match link[2..].find("`]") {
            Some(end) if !link[..end + 2].contains('\n') && !link[end + 4..].starts_with('(') => {
                out.push_str(&link[1..end + 3]);
                rest = &link[end + 4..];
            }
            _ => {
                out.push_str("[`");
                rest = &link[2..];
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_different() {
        for (path, name) in [
            ("crates/whatsgate-durable/README.md", "libraries/whatsgate-durable.md"),
            ("crates/whatsgate-model/WIRE.md", "libraries/whatsgate-model-WIRE.md"),
            ("schemas/1c/README.md", "libraries/schemas-1c.md"),
            ("README.md", "libraries/whatsgate-sdk.md"),
            ("README.ru.md", "libraries/README-ru.md"),
        ] {
            assert_eq!(page_name(Path::new(path)), name);
        }
    }

    #[test]
    fn links_of_rustdoc_become_code() {
        assert_eq!(without_doc_links("of [`Client`] or [`a`](b)"), "of `Client` or [`a`](b)");
    }
}
