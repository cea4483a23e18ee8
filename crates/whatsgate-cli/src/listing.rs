//! Rows for people: a table where the terminal is wide enough, else one thing below the other.

use std::fmt;

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};

/// The head of a column.
#[derive(Clone, Copy)]
pub(crate) enum Column {
    /// Of what is copied into the next command, so that a line break in it would do harm.
    Id(&'static str),
    Text(&'static str),
}

impl Column {
    fn head(self) -> &'static str {
        match self {
            Self::Id(head) | Self::Text(head) => head,
        }
    }
}

pub(crate) struct Listing {
    head: Vec<Column>,
    pub(crate) rows: Vec<Vec<String>>,
}

/// What a column of texts is narrowed down to, and the white space beside each column.
const NARROW: usize = 10;
const PADDING: usize = 2;

impl Listing {
    pub(crate) fn new(head: &[Column]) -> Self {
        Self { head: head.to_vec(), rows: Vec::new() }
    }

    fn with_width(&self, width: Option<usize>) -> String {
        match width {
            Some(width) if width < self.least_width() => self.below_each_other(),
            _ => self.table(width),
        }
    }

    fn least_width(&self) -> usize {
        let least = |(at, column): (usize, &Column)| {
            let cells = self.rows.iter().flat_map(|row| row[at].lines()).chain([column.head()]);
            let widest = cells.map(|line| line.chars().count()).max().unwrap_or_default();
            PADDING + if matches!(column, Column::Id(_)) { widest } else { widest.min(NARROW) }
        };
        self.head.iter().enumerate().map(least).sum()
    }

    fn table(&self, width: Option<usize>) -> String {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        if let Some(width) = width.and_then(|width| u16::try_from(width).ok()) {
            table.set_width(width);
        }
        table.set_header(self.head.iter().map(|column| column.head()));
        for row in &self.rows {
            table.add_row(row);
        }
        for (at, column) in self.head.iter().enumerate() {
            if let (Column::Id(_), Some(column)) = (column, table.column_mut(at)) {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
        }
        table.to_string()
    }

    fn below_each_other(&self) -> String {
        let heads = || self.head.iter().map(|column| column.head());
        let widest = heads().map(|head| head.chars().count()).max().unwrap_or_default();
        let mut text = String::new();
        for row in &self.rows {
            for (at, (head, cell)) in heads().zip(row).enumerate() {
                for (line, part) in cell.lines().enumerate() {
                    let head = if line == 0 { head } else { "" };
                    text.push_str(&if at == 0 {
                        format!("{part}\n")
                    } else {
                        format!("  {head:widest$}  {part}\n")
                    });
                }
            }
        }
        text.truncate(text.trim_end().len());
        text
    }
}

impl fmt::Display for Listing {
    /// As wide as the terminal, and unbounded where there is none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with_width(Table::new().width().map(usize::from)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Column, Listing};

    fn sessions() -> Listing {
        let mut listing = Listing::new(&[
            Column::Id("Session"),
            Column::Text("Name"),
            Column::Id("Account"),
            Column::Text("Webhook"),
            Column::Text("Created"),
        ]);
        for id in ["6345454545454", "6345454545455"] {
            let account = "Vasya\n79991234567@c.us";
            let hook = "http://127.0.0.1:9/hook/a-long-secret";
            listing.rows.push(
                [id, "A shop with a long name", account, hook, "2026-01-31 10:20:30"]
                    .map(str::to_owned)
                    .to_vec(),
            );
        }
        listing
    }

    #[test]
    fn no_width_breaks_an_id() {
        for width in (20..140).map(Some).chain([None]) {
            let text = sessions().with_width(width);
            for id in ["6345454545454", "6345454545455", "79991234567@c.us"] {
                assert!(text.contains(id), "{width:?}\n{text}");
            }
            if let Some(width @ 70..) = width {
                assert!(text.lines().all(|line| line.chars().count() <= width), "{width}\n{text}");
            }
        }
    }

    #[test]
    fn a_narrow_terminal_has_one_below_the_other() {
        let mut listing = sessions();
        listing.rows.truncate(1);
        assert_eq!(
            listing.with_width(Some(40)),
            "6345454545454
  Name     A shop with a long name
  Account  Vasya
           79991234567@c.us
  Webhook  http://127.0.0.1:9/hook/a-long-secret
  Created  2026-01-31 10:20:30"
        );
    }
}
