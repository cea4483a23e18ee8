//! What is wrong with a list: all of it in one report.

use std::fmt;
use std::path::Path;

use serde::Serialize;
use serde_json::{Value, json};

/// How many mistakes are shown; the others are counted.
const MOST_SHOWN: usize = 100;

/// One thing that is wrong, and where. It shows nothing of what the rows hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Mistake {
    /// The line of the file where the row begins; none if it is about the list as a whole.
    line: Option<u64>,
    /// The name of the column, or its number if it has none.
    column: Option<String>,
    message: String,
}

impl Mistake {
    /// About the list as a whole.
    pub(crate) fn of_list(message: impl Into<String>) -> Self {
        Self { line: None, column: None, message: message.into() }
    }

    /// About a row.
    pub(crate) fn at(line: u64, message: impl Into<String>) -> Self {
        Self { line: Some(line), ..Self::of_list(message) }
    }

    /// About one value of a row.
    pub(crate) fn in_column(line: u64, column: impl Into<String>, message: impl Into<String>) -> Self {
        Self { column: Some(column.into()), ..Self::at(line, message) }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.line, &self.column) {
            (Some(line), Some(column)) if column.parse::<usize>().is_ok() => {
                write!(f, "line {line}, column {column}: ")?;
            }
            (Some(line), Some(column)) => write!(f, "line {line}, column \"{column}\": ")?,
            (Some(line), None) => write!(f, "line {line}: ")?,
            _ => {}
        }
        f.write_str(&self.message)
    }
}

/// All mistakes of a list, in the order of its lines.
#[derive(Debug)]
pub(crate) struct Mistakes {
    list: String,
    shown: Vec<Mistake>,
    count: u64,
}

impl Mistakes {
    pub(crate) fn new(list: &Path) -> Self {
        Self { list: list.display().to_string(), shown: Vec::new(), count: 0 }
    }

    pub(crate) fn extend(&mut self, mistakes: impl IntoIterator<Item = Mistake>) {
        for mistake in mistakes {
            self.count += 1;
            if self.shown.len() < MOST_SHOWN {
                self.shown.push(mistake);
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The one mistake there is, if it is about the list as a whole.
    fn only(&self) -> Option<&Mistake> {
        self.shown.first().filter(|mistake| self.count == 1 && mistake.line.is_none())
    }

    /// All of them as lines for people, but for one that the sentence says.
    pub(crate) fn lines(&self) -> String {
        let mut text = String::new();
        if self.only().is_some() {
            return text;
        }
        for mistake in &self.shown {
            text.push_str(&format!("  {mistake}\n"));
        }
        match self.count - self.shown.len() as u64 {
            0 => {}
            more => text.push_str(&format!("  and {more} more\n")),
        }
        text
    }

    /// All of them for scripts.
    pub(crate) fn members(&self) -> Value {
        json!(self.shown)
    }

    /// How many there are, shown or not.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }
}

impl fmt::Display for Mistakes {
    /// How many there are, in a sentence, or the only one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.only(), self.count) {
            (Some(only), _) => write!(f, "{}: {only}", self.list),
            (None, 1) => write!(f, "{}: 1 mistake", self.list),
            (None, count) => write!(f, "{}: {count} mistakes", self.list),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_are_shown_and_all_are_counted() {
        let mut mistakes = Mistakes::new(Path::new("list.csv"));
        assert!(mistakes.is_empty());
        mistakes.extend((1..=250).map(|line| Mistake::in_column(line, "phone", "it is empty")));
        assert_eq!(mistakes.to_string(), "list.csv: 250 mistakes");
        let lines = mistakes.lines();
        assert!(lines.starts_with("  line 1, column \"phone\": it is empty\n  line 2,"), "{lines}");
        assert!(lines.contains("line 100,") && !lines.contains("line 101,"), "{lines}");
        assert!(lines.ends_with("\n  and 150 more\n"), "{lines}");
        assert_eq!(mistakes.members().as_array().map(Vec::len), Some(MOST_SHOWN));
        assert_eq!(mistakes.count(), 250);
    }

    #[test]
    fn one_about_the_whole_list_is_said_at_once() {
        let mut mistakes = Mistakes::new(Path::new("list.csv"));
        mistakes.extend([Mistake::of_list("it is empty")]);
        assert_eq!(
            (mistakes.to_string(), mistakes.lines()),
            ("list.csv: it is empty".to_owned(), String::new())
        );
        mistakes.extend([Mistake::of_list("it is worse")]);
        assert_eq!(mistakes.to_string(), "list.csv: 2 mistakes");
        assert_eq!(mistakes.lines(), "  it is empty\n  it is worse\n");
    }
}
