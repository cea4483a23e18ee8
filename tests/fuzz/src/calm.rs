//! What holds of everything that is said of bad bytes.

use std::fmt::{Debug, Display};

/// An error says what is wrong in one line, without characters that control terminals.
#[track_caller]
pub fn calm_error(error: &(impl Display + Debug)) {
    calm(&error.to_string());
    calm(&format!("{error:?}"));
}

/// The same of its words.
#[track_caller]
pub fn calm(shown: &str) {
    assert!(!shown.chars().any(char::is_control), "{shown:?}");
}

/// What is said shows none of the secrets that may stand in the input.
#[track_caller]
pub fn hides(shown: &str) {
    if let Some(hit) = whatsgate_canary::find(shown.as_bytes()) {
        panic!("{hit} stands in {shown:?}");
    }
}
