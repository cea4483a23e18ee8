//! The text of a campaign with the places where a row's values stand.

use super::columns::Columns;
use super::list::Record;
use super::mistakes::Mistake;

/// A text with `{column}` and `{column|default}` in it; `{{` and `}}` are braces.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Template(Vec<Part<String>>);

/// A template of which the columns are known.
#[derive(Debug)]
pub(crate) struct Bound(Vec<Part<usize>>);

#[derive(Debug, PartialEq, Eq)]
enum Part<C> {
    Text(String),
    Value {
        column: C,
        /// What stands there if the row has no value.
        default: Option<String>,
    },
}

impl Template {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let brace = &rest[at..=at];
            plain.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix(brace) {
                plain.push_str(brace);
                rest = after;
                continue;
            }
            if brace == "}" {
                return Err("a } stands alone: a brace in the text is written twice, }}".to_owned());
            }
            let inside = rest.find(['{', '}']).filter(|end| rest[*end..].starts_with('}'));
            let Some(end) = inside else {
                return Err("a { is not closed: write {column}, and a brace in the text twice, {{".to_owned());
            };
            if !plain.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut plain)));
            }
            let (column, default) = match rest[..end].split_once('|') {
                Some((column, default)) => (column, Some(default.to_owned())),
                None => (&rest[..end], None),
            };
            if column.trim().is_empty() {
                return Err("between { and } there must be the name of a column".to_owned());
            }
            parts.push(Part::Value { column: column.trim().to_owned(), default });
            rest = &rest[end + 1..];
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self(parts))
    }

    /// Whether it is blank whatever the rows hold.
    pub(crate) fn is_blank(&self) -> bool {
        self.0.iter().all(|part| matches!(part, Part::Text(text) if text.trim().is_empty()))
    }

    /// Finds the columns; each name that there is not is a mistake.
    pub(crate) fn bind(self, columns: &Columns) -> Result<Bound, Vec<Mistake>> {
        let mut bound = Vec::new();
        let mut mistakes = Vec::new();
        for part in self.0 {
            match part {
                Part::Text(text) => bound.push(Part::Text(text)),
                Part::Value { column: name, default } => match columns.named("--text", &name) {
                    Ok(column) => bound.push(Part::Value { column, default }),
                    Err(mistake) if mistakes.contains(&mistake) => {}
                    Err(mistake) => mistakes.push(mistake),
                },
            }
        }
        if mistakes.is_empty() { Ok(Bound(bound)) } else { Err(mistakes) }
    }
}

impl Bound {
    /// The text for a row, whose lines end as WhatsApp's do, or the columns without a value that it needs.
    pub(crate) fn fill(&self, record: &Record) -> Result<String, Vec<usize>> {
        let mut text = String::new();
        let mut missing = Vec::new();
        for part in &self.0 {
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Value { column, default } => match (record.get(*column), default) {
                    ("", Some(default)) => text.push_str(default),
                    ("", None) if missing.contains(column) => {}
                    ("", None) => missing.push(*column),
                    (value, _) => text.push_str(&value.replace("\r\n", "\n").replace('\r', "\n")),
                },
            }
        }
        if missing.is_empty() { Ok(text) } else { Err(missing) }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::super::list::List;
    use super::*;

    fn value(column: &str, default: Option<&str>) -> Part<String> {
        Part::Value { column: column.to_owned(), default: default.map(str::to_owned) }
    }

    fn text(text: &str) -> Part<String> {
        Part::Text(text.to_owned())
    }

    #[test]
    fn places_and_braces_are_told_apart() {
        let parsed = |text| Template::parse(text).unwrap().0;
        assert_eq!(parsed("Dear {name}!"), [text("Dear "), value("name", None), text("!")]);
        assert_eq!(parsed("{ Имя |друг}{b|}"), [value("Имя", Some("друг")), value("b", Some(""))]);
        assert_eq!(parsed("{{name}} {{{a}}}"), [text("{name} {"), value("a", None), text("}")]);
        assert_eq!(parsed("a"), [text("a")]);
        assert!(parsed("").is_empty());
        let blank = |text| Template::parse(text).unwrap().is_blank();
        assert!(blank("") && blank(" \n") && !blank("{a|}") && !blank("a"));
    }

    #[test]
    fn what_is_none_is_refused() {
        for (text, wanted) in [
            ("{", "not closed"),
            ("a {name", "not closed"),
            ("{a{b}}", "not closed"),
            ("a}", "stands alone"),
            ("{}", "name of a column"),
            ("{ |x}", "name of a column"),
        ] {
            let error = Template::parse(text).unwrap_err();
            assert!(error.contains(wanted), "{text}: {error}");
        }
    }

    fn filled(template: &str, list: &str) -> Result<Result<String, Vec<usize>>, Vec<Mistake>> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(list.as_bytes()).unwrap();
        let list = List::open(file.path(), None, None).unwrap();
        let mut records = list.records().unwrap();
        let columns = Columns::new(&records.next().unwrap().unwrap()).unwrap();
        let bound = Template::parse(template).unwrap().bind(&columns)?;
        Ok(bound.fill(&records.next().unwrap().unwrap()))
    }

    #[test]
    fn values_stand_where_they_should() {
        let list = "phone,Name,sum,note\n1, Anna ,,\"a\r\nb\"\n";
        assert_eq!(filled("{NAME}: {sum|nothing}, {note}", list), Ok(Ok("Anna: nothing, a\nb".to_owned())));
        assert_eq!(filled("{sum} {sum} {name}", list), Ok(Err(vec![2])));
    }

    #[test]
    fn a_value_is_no_template() {
        assert_eq!(filled("{name}", "phone,name\n1,{phone}}\n"), Ok(Ok("{phone}}".to_owned())));
    }

    #[test]
    fn each_unknown_column_is_named_once() {
        let mistakes = filled("{nmae} {nmae} {sum}", "phone,name\n1,2\n").unwrap_err();
        assert_eq!(mistakes.len(), 2);
        assert_eq!(
            mistakes[0].to_string(),
            "--text: there is no column \"nmae\"; there are \"phone\", \"name\""
        );
    }
}
