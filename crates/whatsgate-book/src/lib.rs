//! Makes the sources of the book out of its pages: adds what is generated from the code, and the pages and files of the
//! repository that it links to. `cargo xtask book` then builds both languages with mdBook.
//!
//! How pages and snippets are written stands in the README of this crate.

mod include;
pub mod markdown;
mod reference;
mod repository;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// A language of the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    En,
    /// Russian.
    Ru,
}

impl Language {
    /// Both, in the order in which they are built.
    pub const ALL: [Self; 2] = [Self::En, Self::Ru];

    /// The name of the folder with its pages.
    pub const fn folder(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ru => "ru",
        }
    }

    const fn pick<T: Copy>(self, en: T, ru: T) -> T {
        match self {
            Self::En => en,
            Self::Ru => ru,
        }
    }
}

/// The folder of this crate.
pub fn home() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of the workspace.
pub fn workspace() -> &'static Path {
    home().ancestors().nth(2).unwrap_or(Path::new("/"))
}

/// A page: its file's name and its text.
#[derive(Clone, Debug)]
pub struct Page {
    /// Such as `send.md`.
    pub name: String,
    /// Markdown, with the includes still to be resolved.
    pub text: String,
}

/// The pages that people wrote, sorted, without the table of contents.
///
/// # Errors
///
/// If a file cannot be read.
pub fn written(language: Language) -> Result<Vec<Page>> {
    let mut pages = Vec::new();
    for entry in fs::read_dir(home().join(language.folder()))? {
        let path = entry?.path();
        let is_page = path.extension().is_some_and(|kind| kind == "md");
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if is_page && name != "SUMMARY.md" {
            pages.push(Page { name, text: read(&path)? });
        }
    }
    pages.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(pages)
}

/// The pages that are made from the code.
///
/// # Errors
///
/// If what they are made of cannot be read.
pub fn generated(language: Language) -> Result<Vec<Page>> {
    reference::pages(language)
}

/// The table of contents as it is written.
///
/// # Errors
///
/// If it cannot be read.
pub fn summary(language: Language) -> Result<String> {
    read(&home().join(language.folder()).join("SUMMARY.md"))
}

/// Writes what mdBook builds a language of: the pages with their snippets, and what of the repository is linked to. What was there
/// is removed.
///
/// # Errors
///
/// If a file cannot be read or written, or a link or an include leads to nothing.
pub fn assemble(language: Language, book: &Path) -> Result<()> {
    if book.exists() {
        fs::remove_dir_all(book)?;
    }
    let mut pages = written(language)?;
    pages.extend(generated(language)?);
    for page in &mut pages {
        page.text = include::resolve(&page.text).with_context(|| page.name.clone())?;
        page.text = with_switch(language, page);
    }
    let shelf = repository::Shelf::collect(language, &mut pages)?;
    let summary = format!("{}{}", summary(language)?, shelf.summary(language));
    write(&book.join("SUMMARY.md"), &summary)?;
    for page in &pages {
        write(&book.join(&page.name), &page.text)?;
    }
    for (name, source) in shelf.files() {
        write(&book.join(name), &read(source)?)?;
    }
    write(&book.join("book.css"), &read(&home().join("theme/book.css"))?)?;
    write(&book.join("book.toml"), &read(&home().join(language.folder()).join("book.toml"))?)?;
    Ok(())
}

/// The page with a link to itself in the other language, behind its title.
fn with_switch(language: Language, page: &Page) -> String {
    let (other, name) = language.pick(("ru", "Русский"), ("en", "English"));
    let file = page.name.replace(".md", ".html");
    let (title, rest) = page.text.split_once('\n').unwrap_or((&page.text, ""));
    // The name is no text of the page: it would be found by every search.
    let link = format!(
        "<a class=\"language\" lang=\"{other}\" href=\"../{other}/{file}\" aria-label=\"{name}\"></a>"
    );
    format!("{title}\n\n{link}\n{rest}")
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
