//! Why JSON could not be read, in words that are safe to log.

/// The error without the value that caused it, which may be a message's text or a phone number.
pub(crate) fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    // serde repeats a value in these two cases only, as in: invalid type: string "...", expected a map at line 1
    for kind in ["invalid type: ", "invalid value: "] {
        if let Some(rest) = text.strip_prefix(kind) {
            let found = rest.split(['"', '`', ',']).next().unwrap_or_default().trim_end();
            // The value may hold these words too, but the last occurrence is serde's own.
            let expected = rest.rfind(", expected ").map_or("", |at| &rest[at..]);
            return format!("{kind}{found}{expected}");
        }
    }
    text
}
