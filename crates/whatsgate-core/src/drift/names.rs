//! Which names and words may be told.

use std::collections::BTreeSet;

/// Stands for a name or a word that is not told.
pub(super) const HIDDEN: &str = "<hidden>";

/// The most different unknown names at a place; where there are more it is a map, whose names are data.
const MOST: usize = 10;

/// The names that were told at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// These.
    Few(BTreeSet<String>),
    /// None any more, because there were too many.
    None,
}

impl Default for Told {
    fn default() -> Self {
        Self::Few(BTreeSet::new())
    }
}

impl Told {
    /// Whether the name is told. The names that were told and have to be forgotten now go into `forgotten`.
    pub(super) fn tells(&mut self, name: &str, forgotten: &mut BTreeSet<String>) -> bool {
        match self {
            Self::None => false,
            Self::Few(names) if names.contains(name) => true,
            Self::Few(names) if names.len() < MOST => names.insert(name.to_owned()),
            Self::Few(names) => {
                forgotten.append(names);
                *self = Self::None;
                false
            }
        }
    }
}

/// Whether a member's name looks like one that a programmer gave, and not like a number or a person's: names of persons
/// begin with a capital.
pub(super) fn is_name(name: &str) -> bool {
    let digits = name.chars().filter(char::is_ascii_digit).count();
    (1..=40).contains(&name.len())
        && digits <= 3
        && name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-".contains(letter))
}

/// Whether a word looks like one of a program: like a name without digits, or in capitals only.
pub(super) fn is_word(text: &str) -> bool {
    let is_capital = |letter: char| letter.is_ascii_uppercase() || letter == '_';
    let is_plain = is_name(text) && !text.chars().any(|letter| letter.is_ascii_digit());
    (1..=32).contains(&text.len()) && (is_plain || text.chars().all(is_capital))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_persons_and_numbers_are_no_names() {
        for name in ["lastSeen", "_id", "is_group", "x-y", "utf8", "whatsappID"] {
            assert!(is_name(name), "{name}");
        }
        for name in
            ["", "Vasya", "Vasya-Pupkin", "IVANOV", "79991112233", "a b", "вася", "a@c.us", "x1234", "$ref"]
        {
            assert!(!is_name(name), "{name}");
        }
        for word in ["hologram", "poll_creation", "READY", "NOT_READY"] {
            assert!(is_word(word), "{word}");
        }
        for word in ["Vasya", "x1", "", "two words", "READY2"] {
            assert!(!is_word(word), "{word}");
        }
    }
}
