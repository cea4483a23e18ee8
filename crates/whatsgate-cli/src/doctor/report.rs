//! Findings for people, in as many columns as there are.

use std::collections::HashSet;
use std::fmt::Write as _;

use dialoguer::console::{Style, Term, colors_enabled};

use super::finding::{Finding, Group, Reader, State};
use super::texts::Language;

/// How findings are written.
pub(super) struct Form {
    pub(super) language: Language,
    pub(super) reader: Reader,
    /// Columns; unbounded if there is no terminal.
    pub(super) width: Option<usize>,
    pub(super) colours: bool,
}

impl Form {
    /// For whoever called the program.
    pub(super) fn of_terminal(language: Language) -> Self {
        let width = Term::stdout().size_checked().map(|(_, columns)| usize::from(columns));
        let reader = Reader::Caller;
        Self { language, reader, width, colours: width.is_some() && colors_enabled() }
    }

    /// For whoever is given a bundle.
    pub(super) fn of_file(language: Language) -> Self {
        Self { language, reader: Reader::Support, width: Some(80), colours: false }
    }

    /// The findings, group by group. `fit` makes a text fit to be shown.
    pub(super) fn written(&self, findings: &[Finding], fit: impl Fn(&str) -> String) -> String {
        let words = State::ALL.map(|state| self.language.state(state).chars().count());
        let indent = words.into_iter().max().unwrap_or_default() + 4;
        let width = self.width.map_or(usize::MAX, |width| width.max(indent + 20));
        let mut text = String::new();
        // What is to be done once is said once.
        let mut said = HashSet::new();
        for group in Group::ALL {
            let mut heading = Some(self.painted(self.language.group(group), &Style::new().bold()));
            for finding in findings.iter().filter(|finding| finding.id.group() == group) {
                if let Some(heading) = heading.take() {
                    let _ = writeln!(text, "{heading}");
                }
                let (seen, next) = finding.texts(self.language, self.reader);
                let word = self.language.state(finding.state);
                let padding = " ".repeat(indent - 2 - word.chars().count());
                let _ = write!(text, "  {}{padding}", self.painted(word, &style(finding.state)));
                let margin = " ".repeat(indent);
                let _ = writeln!(text, "{}", wrapped(&fit(&seen), width - indent, &margin));
                if let Some(next) = next.filter(|next| said.insert(next.clone())) {
                    let arrow = format!("{margin}→ ");
                    let further = format!("{margin}  ");
                    let _ = writeln!(text, "{arrow}{}", wrapped(&fit(&next), width - indent - 2, &further));
                }
            }
        }
        text.truncate(text.trim_end().len());
        text
    }

    fn painted(&self, text: &str, style: &Style) -> String {
        if self.colours { style.apply_to(text).to_string() } else { text.to_owned() }
    }
}

fn style(state: State) -> Style {
    match state {
        State::Ok => Style::new().green(),
        State::Note => Style::new().yellow(),
        State::Problem => Style::new().red().bold(),
        State::NotChecked => Style::new().dim(),
    }
}

/// Words in lines of so many columns, the later ones behind a margin. A word that is longer stays whole, to be copied.
fn wrapped(text: &str, width: usize, margin: &str) -> String {
    let mut lines = String::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > width {
            lines.push('\n');
            lines.push_str(margin);
            used = 0;
        }
        if used > 0 {
            lines.push(' ');
            used += 1;
        }
        lines.push_str(word);
        used += length;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Id;

    #[test]
    fn lines_fit_into_the_terminal_in_both_languages() {
        for language in [Language::En, Language::Ru] {
            let findings: Vec<_> = Id::ALL.iter().map(|id| Finding::new(*id)).collect();
            let form = Form { width: Some(80), ..Form::of_file(language) };
            let text = form.written(&findings, str::to_owned);
            let too_long = text.lines().find(|line| line.chars().count() > 80);
            assert_eq!(too_long, None);
        }
    }

    #[test]
    fn a_word_is_never_broken() {
        assert_eq!(wrapped("a bb https://x.example/y c", 6, "  "), "a bb\n  https://x.example/y\n  c");
    }
}
