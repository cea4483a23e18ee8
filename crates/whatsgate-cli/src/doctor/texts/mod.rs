//! All that is said, in one table for each language.

mod en;
mod ru;

use clap::ValueEnum;

use super::finding::{Group, Id, State};

/// The language of what is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    En,
    Ru,
}

/// Everything that is said in a language.
pub(super) struct Table {
    /// By id: what was seen, and what to do next.
    pub(super) findings: &'static [(Id, &'static str, &'static str)],
    /// The headings.
    pub(super) groups: &'static [(Group, &'static str)],
    /// The words of the states.
    pub(super) states: &'static [(State, &'static str)],
    /// What else is said, by name.
    pub(super) others: &'static [(&'static str, &'static str)],
}

impl Language {
    /// The language of the environment: Russian where it says so, else English.
    pub(crate) fn of_environment() -> Self {
        let said = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|value| !value.is_empty());
        Self::of_locale(&said.unwrap_or_default())
    }

    fn of_locale(locale: &str) -> Self {
        let word = locale.split(['_', '.', '-', '@']).next().unwrap_or_default();
        if word.eq_ignore_ascii_case("ru") { Self::Ru } else { Self::En }
    }

    /// The name for scripts.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ru => "ru",
        }
    }

    fn table(self) -> &'static Table {
        match self {
            Self::En => &en::TABLE,
            Self::Ru => &ru::TABLE,
        }
    }

    /// What was seen, and what to do next.
    pub(crate) fn texts(self, id: Id) -> (&'static str, &'static str) {
        let found = self.table().findings.iter().find(|(known, ..)| *known == id);
        found.map_or((id.name(), ""), |(_, seen, next)| (seen, next))
    }

    /// The heading of a group.
    pub(crate) fn group(self, group: Group) -> &'static str {
        let found = self.table().groups.iter().find(|(known, _)| *known == group);
        found.map_or(group.name(), |(_, text)| text)
    }

    /// The word of a state.
    pub(crate) fn state(self, state: State) -> &'static str {
        let found = self.table().states.iter().find(|(known, _)| *known == state);
        found.map_or(state.name(), |(_, text)| text)
    }

    /// Another text, filled.
    pub(crate) fn say(self, name: &'static str, facts: &[(&str, &dyn std::fmt::Display)]) -> String {
        let found = self.table().others.iter().find(|(known, _)| *known == name);
        let text = found.map_or(name, |(_, text)| text).to_owned();
        facts
            .iter()
            .fold(text, |text, (name, value)| text.replace(&format!("{{{name}}}"), &value.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const BOTH: [Language; 2] = [Language::En, Language::Ru];

    fn places(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect()
    }

    #[test]
    fn both_languages_say_everything_and_fill_in_the_same() {
        for id in Id::ALL {
            let said = BOTH.map(|language| {
                let of_it: Vec<_> =
                    language.table().findings.iter().filter(|(known, ..)| known == id).collect();
                assert_eq!(of_it.len(), 1, "{} in {}", id.name(), language.name());
                *of_it[0]
            });
            let [(_, seen, next), (_, other_seen, other_next)] = said;
            assert!(!seen.is_empty() && !other_seen.is_empty(), "{}", id.name());
            assert_eq!(next.is_empty(), other_next.is_empty(), "{}", id.name());
            assert_eq!(places(seen), places(other_seen), "{}", id.name());
            assert_eq!(places(next), places(other_next), "{}", id.name());
        }
        let names =
            BOTH.map(|language| language.table().others.iter().map(|(name, _)| *name).collect::<Vec<_>>());
        assert_eq!(names[0], names[1]);
        for ((name, text), (_, other)) in en::TABLE.others.iter().zip(ru::TABLE.others) {
            assert_eq!(places(text), places(other), "{name}");
        }
        for language in BOTH {
            let table = language.table();
            assert!(Group::ALL.iter().all(|group| table.groups.iter().any(|(known, _)| known == group)));
            assert!(State::ALL.iter().all(|state| table.states.iter().any(|(known, _)| known == state)));
        }
    }

    #[test]
    fn russian_is_russian() {
        let is_russian = |text: &str| text.chars().any(|c| matches!(c, 'а'..='я' | 'А'..='Я'));
        for (id, seen, next) in ru::TABLE.findings {
            assert!(is_russian(seen) && (next.is_empty() || is_russian(next)), "{}", id.name());
        }
        for (id, seen, next) in en::TABLE.findings {
            assert!(!is_russian(seen) && !is_russian(next), "{}", id.name());
        }
    }

    #[test]
    fn what_is_wrong_has_a_next_step() {
        for id in Id::ALL {
            let state = super::super::finding::Finding::new(*id).state;
            if matches!(state, State::Problem | State::Note | State::NotChecked) {
                assert!(!Language::En.texts(*id).1.is_empty(), "{}", id.name());
            }
        }
    }

    #[test]
    fn a_locale_names_its_language_first() {
        for locale in ["ru_RU.UTF-8", "ru", "RU_ru"] {
            assert_eq!(Language::of_locale(locale), Language::Ru, "{locale}");
        }
        for locale in ["", "C", "C.UTF-8", "en_US.UTF-8", "rue_UA"] {
            assert_eq!(Language::of_locale(locale), Language::En, "{locale}");
        }
    }
}
