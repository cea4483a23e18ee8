//! As much of Markdown as the pages need: fences, headings and links, line by line.

/// A fenced block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fence {
    /// The word behind the opening, such as `rust`; without it an empty text.
    pub language: String,
    /// The lines between.
    pub text: String,
}

/// The fenced blocks of a page, in order.
pub fn fences(page: &str) -> Vec<Fence> {
    let mut found: Vec<Fence> = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        if let Some(rest) = line.trim_start().strip_prefix("```") {
            if !inside {
                let language = rest.split(',').next().unwrap_or_default().trim().to_owned();
                found.push(Fence { language, text: String::new() });
            }
            inside = !inside;
        } else if inside && let Some(fence) = found.last_mut() {
            fence.text.push_str(line);
            fence.text.push('\n');
        }
    }
    found
}

/// The levels of the headings, in order.
pub fn headings(page: &str) -> Vec<usize> {
    let mut levels = Vec::new();
    each_prose_line(page, |line| {
        let level = line.chars().take_while(|&c| c == '#').count();
        if level > 0 && line[level..].starts_with(' ') {
            levels.push(level);
        }
    });
    levels
}

/// The page with the target of every link outside of fences replaced by what the function makes of it: none leaves the
/// link's text alone.
pub fn map_links(page: &str, mut map: impl FnMut(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(page.len());
    let mut inside = false;
    for line in page.split_inclusive('\n') {
        let fence = line.trim_start().starts_with("```");
        inside ^= fence;
        if fence || inside {
            out.push_str(line);
        } else {
            map_line(line, &mut out, &mut map);
        }
    }
    out
}

/// The targets of all links outside of fences.
pub fn links(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    map_links(page, |target| {
        found.push(target.to_owned());
        Some(target.to_owned())
    });
    found
}

fn map_line(line: &str, out: &mut String, map: &mut impl FnMut(&str) -> Option<String>) {
    let mut rest = line;
    while let Some(middle) = rest.find("](") {
        let target = &rest[middle + 2..];
        let (Some(end), Some(start)) = (target.find(')'), opening(&rest[..middle])) else { break };
        if let Some(new) = map(&target[..end]) {
            out.push_str(&rest[..middle + 2]);
            out.push_str(&new);
            out.push(')');
        } else {
            out.push_str(&rest[..start]);
            out.push_str(&rest[start + 1..middle]);
        }
        rest = &target[end + 1..];
    }
    out.push_str(rest);
}

/// Where the bracket opens that ends with this text.
fn opening(text: &str) -> Option<usize> {
    let mut open = 0;
    for (at, c) in text.char_indices().rev() {
        match c {
            ']' => open += 1,
            '[' if open == 0 => return Some(at),
            '[' => open -= 1,
            _ => {}
        }
    }
    None
}

fn each_prose_line(page: &str, mut each: impl FnMut(&str)) {
    let mut inside = false;
    for line in page.lines() {
        let fence = line.trim_start().starts_with("```");
        inside ^= fence;
        if !fence && !inside {
            each(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_outside_of_fences_only() {
        let page = "see [a `b`](c.md#d), [e](f)\n```js\nx[1](2)\n```\n";
        assert_eq!(links(page), ["c.md#d", "f"]);
        assert_eq!(map_links("see [a](b) now", |_| None), "see a now");
        assert_eq!(map_links("see [a](b) now", |_| Some("c".into())), "see [a](c) now");
    }

    #[test]
    fn fences_and_headings_are_told_apart() {
        let page = "# a\n```sh\n# no heading\n```\n## b\n";
        assert_eq!(headings(page), [1, 2]);
        assert_eq!(fences(page), [Fence { language: "sh".into(), text: "# no heading\n".into() }]);
    }
}
