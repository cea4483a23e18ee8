//! Descriptions: from Rust documentation to text for every language.

/// Takes out code examples, links between Rust items and citations, and joins the lines of each paragraph.
pub(crate) fn description(documentation: &str) -> String {
    let prose = documentation.split("```").step_by(2).collect::<String>();
    let paragraphs = prose.split("\n\n").map(paragraph).filter(|text| !text.is_empty());
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

fn paragraph(text: &str) -> String {
    let is_list = text.trim_start().starts_with("- ");
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let joined = lines.collect::<Vec<_>>().join(if is_list { "\n" } else { " " });
    without_links(&without_citations(&joined))
}

/// Takes out ` (wire reference, …)`.
fn without_citations(text: &str) -> String {
    let mut rest = text;
    let mut kept = String::new();
    while let Some((before, after)) = rest.split_once(" (wire reference, section") {
        kept.push_str(before);
        rest = after.split_once(')').map_or("", |(_, after)| after);
    }
    kept + rest
}

/// Turns `[text](target)` and ``[`text`]`` into `text`.
fn without_links(text: &str) -> String {
    let mut rest = text;
    let mut kept = String::new();
    while let Some((before, link)) = rest.split_once("[`") {
        let Some((name, after)) = link.split_once("`]") else { break };
        for part in [before, "`", name, "`"] {
            kept.push_str(part);
        }
        rest = match after.strip_prefix('(').and_then(|target| target.split_once(')')) {
            Some((_, after)) => after,
            None => after,
        };
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    #[test]
    fn rust_is_taken_out_of_descriptions() {
        let documentation = "Sends\nit (wire reference, section 2.1; the 1C library's structure `Отправка`). See [`id`](Self::id) \
            and [`Ack`].\n\n```\nlet x = 1;\n```\n\nKnown values:\n\n- `a`: A.\n- `b`: B.\n";
        assert_eq!(
            super::description(documentation),
            "Sends it. See `id` and `Ack`.\n\nKnown values:\n\n- `a`: A.\n- `b`: B.",
        );
    }
}
