//! The columns of a list, by the names in its first row.

use super::list::Record;
use super::mistakes::Mistake;
use crate::text;

/// Names of the column with the recipients, if none is given.
pub(crate) const RECIPIENTS: [&str; 17] = [
    "phone",
    "phone number",
    "number",
    "mobile",
    "tel",
    "telephone",
    "whatsapp",
    "to",
    "recipient",
    "телефон",
    "тел",
    "номер телефона",
    "номер",
    "мобильный",
    "мобильный телефон",
    "получатель",
    "кому",
];

/// How much is shown of a name, and of how many.
const MOST_CHARACTERS: usize = 40;
const MOST_NAMES: usize = 30;
/// As many digits are no name, but a number, and the list has no header.
const DIGITS_OF_A_NUMBER: usize = 7;

/// The names of the columns.
#[derive(Debug)]
pub(crate) struct Columns {
    names: Vec<String>,
    folded: Vec<String>,
    line: u64,
}

impl Columns {
    /// Reads the header.
    pub(crate) fn new(header: &Record) -> Result<Self, Vec<Mistake>> {
        let names: Vec<String> = header.values().map(str::to_owned).collect();
        let columns =
            Self { folded: names.iter().map(|name| folded(name)).collect(), names, line: header.line };
        let digits = |name: &String| name.chars().filter(char::is_ascii_digit).count();
        if let Some(at) = columns.names.iter().position(|name| digits(name) >= DIGITS_OF_A_NUMBER) {
            return Err(vec![Mistake::in_column(
                columns.line,
                (at + 1).to_string(),
                "the first row must name the columns, and this looks like a number",
            )]);
        }
        let doubled: Vec<_> = (0..columns.names.len()).filter_map(|at| columns.doubled(at)).collect();
        if doubled.is_empty() { Ok(columns) } else { Err(doubled) }
    }

    fn doubled(&self, at: usize) -> Option<Mistake> {
        let name = &self.folded[at];
        let first = self.folded[..at].iter().position(|other| other == name && !name.is_empty())?;
        let message = format!("{} is the name of column {} already", self.shown(at), first + 1);
        Some(Mistake::in_column(self.line, (at + 1).to_string(), message))
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// The column of this name, in capitals or not.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        let name = folded(name);
        self.folded.iter().position(|other| *other == name && !name.is_empty())
    }

    /// The column that an option names.
    pub(crate) fn named(&self, option: &str, name: &str) -> Result<usize, Mistake> {
        self.find(name).ok_or_else(|| self.missing(option, name))
    }

    /// That there is no column of a name that was given.
    pub(crate) fn missing(&self, option: &str, name: &str) -> Mistake {
        Mistake::of_list(format!("{option}: there is no column {}; there are {}", quoted(name), self.all()))
    }

    /// The column with the recipients, by its name.
    pub(crate) fn recipients(&self) -> Result<usize, Mistake> {
        let known = |name: &String| RECIPIENTS.contains(&name.replace(['_', '-', '.'], " ").trim());
        let found: Vec<usize> = (0..self.len()).filter(|at| known(&self.folded[*at])).collect();
        match found[..] {
            [at] => Ok(at),
            [] => Err(Mistake::of_list(format!(
                "no column is called phone or the like: say with --to-column which one has the recipients; there are {}",
                self.all()
            ))),
            _ => {
                let names: Vec<_> = found.iter().map(|at| self.shown(*at)).collect();
                Err(Mistake::of_list(format!(
                    "say with --to-column which one has the recipients: {}",
                    names.join(" or ")
                )))
            }
        }
    }

    /// The name, or the number of a column without one.
    pub(crate) fn name(&self, at: usize) -> String {
        match self.names.get(at) {
            Some(name) if !name.is_empty() => short(name),
            _ => (at + 1).to_string(),
        }
    }

    /// The same with quotes around a name.
    fn shown(&self, at: usize) -> String {
        match self.names.get(at) {
            Some(name) if !name.is_empty() => quoted(name),
            _ => self.name(at),
        }
    }

    fn all(&self) -> String {
        let mut names: Vec<_> = (0..self.len().min(MOST_NAMES)).map(|at| self.shown(at)).collect();
        if self.len() > MOST_NAMES {
            names.push("…".to_owned());
        }
        names.join(", ")
    }
}

/// What two names have in common that differ in capitals and white space only.
fn folded(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", short(name))
}

/// A name as it may be shown, in one line.
fn short(name: &str) -> String {
    let mut short: String = text::plain(name).split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = short.char_indices().nth(MOST_CHARACTERS) {
        short.truncate(end);
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::super::list::List;
    use super::*;

    pub(crate) fn columns(header: &str) -> Result<Columns, Vec<Mistake>> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(header.as_bytes()).unwrap();
        let list = List::open(file.path(), None, None).unwrap();
        Columns::new(&list.records().unwrap().next().unwrap().unwrap())
    }

    #[test]
    fn the_column_with_the_recipients_is_found() {
        for (header, at) in
            [("name,Phone", 1), ("Имя;Телефон", 1), ("a,PHONE_NUMBER", 1), ("тел.,имя", 0), ("x,To", 1)]
        {
            assert_eq!(columns(header).unwrap().recipients(), Ok(at), "{header}");
        }
        let both = columns("phone,name,Номер").unwrap().recipients().unwrap_err().to_string();
        assert_eq!(both, "say with --to-column which one has the recipients: \"phone\" or \"Номер\"");
        let none = columns("client,sum").unwrap().recipients().unwrap_err().to_string();
        assert!(none.ends_with("there are \"client\", \"sum\""), "{none}");
    }

    #[test]
    fn names_are_found_in_capitals_or_not() {
        let columns = columns("phone,  Client   Name ,,ИМЯ").unwrap();
        assert_eq!(columns.find("client name"), Some(1));
        assert_eq!(columns.find(" имя "), Some(3));
        assert_eq!(columns.find(""), None);
        assert_eq!(columns.shown(2), "3");
        let missing = columns.named("--file-column", "file").unwrap_err().to_string();
        let wanted =
            "--file-column: there is no column \"file\"; there are \"phone\", \"Client Name\", 3, \"ИМЯ\"";
        assert_eq!(missing, wanted);
    }

    /// Or a list could write to the terminal.
    #[test]
    fn a_name_is_shown_in_one_line_without_what_controls_the_terminal() {
        let columns = columns("phone,\"a\u{1b}[2J\nb\u{202e}c\"").unwrap();
        assert_eq!(columns.shown(1), "\"a [2J b c\"");
    }

    #[test]
    fn doubled_names_are_mistakes() {
        let mistakes = columns("phone,Name,name,,,PHONE").unwrap_err();
        let shown: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            [
                "line 1, column 3: \"name\" is the name of column 2 already",
                "line 1, column 6: \"PHONE\" is the name of column 1 already"
            ]
        );
    }

    /// Or the names that there are would show it.
    #[test]
    fn a_list_without_header_shows_nobodys_number() {
        let shown = columns(&format!("Anna,{}", whatsgate_canary::PHONE)).unwrap_err()[0].to_string();
        whatsgate_canary::assert_hidden(&shown);
        assert!(shown.starts_with("line 1, column 2: the first row must name"), "{shown}");
    }
}
