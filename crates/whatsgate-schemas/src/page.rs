//! The part of `schemas/README.md` that is made from the code: the functions of the 1C library.

use std::fmt::Write as _;

use whatsgate_model::EventAction;

use crate::bundle::Bundle;
use crate::one_c::HELPERS;

const BEGIN: &str = "<!-- made by `cargo xtask schemas` -->\n\n";
const END: &str = "\n<!-- end -->";

/// The page with its made part as it should be; none if it has no place for it.
pub(crate) fn update(page: &str, bundle: &Bundle) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}{}{END}{after}", functions(bundle)))
}

fn functions(bundle: &Bundle) -> String {
    let mut table = "| 1С | command, event | meaning |\n|---|---|---|\n".to_owned();
    let mut row = |function: &str, of: &str, meaning: &str| {
        // Writing to a String cannot fail.
        let _ = writeln!(table, "| {function} | {of} | {meaning} |");
    };
    for helper in &HELPERS {
        row(&format!("`{}`", helper.function), "", helper.does);
    }
    for command in &bundle.commands {
        let functions: Vec<_> =
            command.info.functions_1c.iter().map(|function| format!("`{function}`")).collect();
        row(&functions.join(", "), &format!("`{}`", command.info.name), &bundle.summary(&command.request));
    }
    for (action, event) in bundle.events() {
        if let Some(function) = EventAction::from(action.as_str()).function_1c() {
            row(&format!("`{function}`"), &format!("event `{action}`"), &bundle.summary(&event));
        }
    }
    table
}
