//! Makes the folder `schemas/` from the types of `whatsgate-model`: JSON Schemas, their index, and the OpenAPI document.

mod bundle;
mod commands;
mod index;
mod openapi;
mod text;

use std::collections::BTreeMap;

use serde_json::Value;

use bundle::Bundle;

/// The text of every generated file by its path below `schemas/`.
pub fn files() -> BTreeMap<String, String> {
    let bundle = Bundle::new();
    let mut files = BTreeMap::new();
    let mut write = |path: String, document: &Value| files.insert(path, format!("{document:#}\n"));
    for (path, name) in index::paths(&bundle) {
        let document = bundle.document(&path, &name);
        write(path, &document);
    }
    write("bundle.json".to_owned(), &bundle.all());
    write("openapi.json".to_owned(), &openapi::document(&bundle));
    write("index.json".to_owned(), &index::index(&bundle));
    files
}
