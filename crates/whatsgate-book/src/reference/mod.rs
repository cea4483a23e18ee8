//! The pages that are made from what the code generates: schemas, the service's description, the help of the command line.

mod cli;
mod gateway;
mod service;

use anyhow::Result;
use serde_json::Value;

use crate::{Language, Page, read, workspace};

/// All of them.
pub(crate) fn pages(language: Language) -> Result<Vec<Page>> {
    let page = |name: &str, text| Page { name: name.to_owned(), text };
    Ok(vec![
        page("reference-gateway.md", gateway::page(language)?),
        page("reference-service.md", service::page(language)?),
        page("reference-cli.md", cli::page(language)?),
    ])
}

fn json(path: &str) -> Result<Value> {
    Ok(serde_json::from_str(&read(&workspace().join(path))?)?)
}

/// A text of a document, empty where there is none.
fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A text as a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ").replace("  ", " ")
}
