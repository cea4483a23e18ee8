//! Snippets in pages: the lines of an anchor, moved to the left.

use anyhow::{Context, Result, ensure};

use crate::{home, read};

const BEGIN: &str = "{{#include ../snippets/";

/// The page with every include replaced by the lines of its anchor.
pub(crate) fn resolve(page: &str) -> Result<String> {
    let mut out = String::with_capacity(page.len());
    for line in page.split_inclusive('\n') {
        match line.trim_end().strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix("}}")) {
            Some(place) => {
                let (file, anchor) =
                    place.split_once(':').with_context(|| format!("{place} names no anchor"))?;
                out.push_str(
                    &lines(&read(&home().join("snippets").join(file))?, anchor)
                        .with_context(|| place.to_owned())?,
                );
            }
            None => out.push_str(line),
        }
    }
    Ok(out)
}

/// The lines between the marks of an anchor, without other marks and without the space that all have in front.
fn lines(source: &str, anchor: &str) -> Result<String> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in source.lines() {
        let mark = |word: &str| line.split_once(word).map(|(_, name)| name.trim());
        match (mark("ANCHOR: "), mark("ANCHOR_END: ")) {
            (Some(name), _) => inside |= name == anchor,
            (_, Some(name)) => inside &= name != anchor,
            _ if inside => found.push(line),
            _ => {}
        }
    }
    ensure!(!found.is_empty(), "there is no such anchor");
    let space = |line: &&&str| line.len() - line.trim_start().len();
    let common = found
        .iter()
        .filter(|line| !line.trim().is_empty())
        .map(|line| space(&line))
        .min()
        .unwrap_or_default();
    let moved = found.iter().map(|line| line.get(common..).unwrap_or_default());
    Ok(moved.flat_map(|line| [line, "\n"]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_loses_its_marks_and_its_indentation() {
        let source = "x\n    // ANCHOR: a\n    if y {\n        // ANCHOR_END: a\n        hidden\n        // ANCHOR: a\n\n        z\n    }\n    // ANCHOR_END: a\n";
        assert_eq!(lines(source, "a").unwrap(), "if y {\n\n    z\n}\n");
        assert!(lines(source, "b").is_err());
    }
}
