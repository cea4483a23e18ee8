//! Makes the folder `schemas/` from the types of `whatsgate-model`: JSON Schemas, their index, the OpenAPI
//! document, and modules for 1C.

mod bundle;
mod commands;
mod index;
mod known;
pub mod one_c;
mod openapi;
mod page;
mod text;

use std::collections::BTreeMap;

use serde_json::Value;

use bundle::Bundle;

/// The page of the schemas with the part that is made from the code as it should be; none if it has no place for it.
pub fn page(page: &str) -> Option<String> {
    page::update(page, &Bundle::new())
}

/// What the schemas know of replies and events, place by place, as JSON: `known.json` of `whatsgate-core`.
pub fn known() -> String {
    known::known(&Bundle::new())
}

/// The text of every generated file by its path below `schemas/`.
pub fn files() -> BTreeMap<String, String> {
    let bundle = Bundle::new();
    let mut files = BTreeMap::new();
    let mut write = |path: String, document: &Value| files.insert(path, format!("{document:#}\n"));
    for (path, name) in index::paths(&bundle) {
        let document = bundle.document(&name);
        write(path, &document);
    }
    write("bundle.json".to_owned(), &bundle.all());
    write("openapi.json".to_owned(), &openapi::document(&bundle));
    write("index.json".to_owned(), &index::index(&bundle));
    files.extend(one_c::modules::files());
    files
}
