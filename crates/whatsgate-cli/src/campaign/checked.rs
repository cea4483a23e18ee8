//! A list that is ready to be sent, or all that is wrong with it.

use std::path::Path;

use serde::Serialize;

use super::list::{Form, List};
use super::mistakes::{Mistake, Mistakes};
use super::plan::{ListArgs, Plan};
use super::recipient;
use super::row::{CampaignRow, Rows};
use super::template::Template;

/// How many messages are shown.
const EXAMPLES: usize = 2;

/// A list of which the header was read. Its rows are read anew each time, in constant memory but for the recipients.
#[derive(Debug)]
pub(crate) struct CampaignList {
    list: List,
    plan: Plan,
}

/// What a list holds, for scripts as it stands.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Summary {
    pub(crate) messages: u64,
    pub(crate) recipients: usize,
    pub(crate) encoding: &'static str,
    /// Whether a byte order mark tells the encoding.
    pub(crate) by_mark: bool,
    pub(crate) delimiter: String,
    /// The column with the recipients.
    pub(crate) to_column: String,
    /// How many numbers `--country` made others of.
    pub(crate) by_country: u64,
    pub(crate) examples: Vec<Example>,
}

/// A message as it will be sent.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Example {
    pub(crate) line: u64,
    pub(crate) key: String,
    pub(crate) to: String,
    pub(crate) text: Option<String>,
    pub(crate) file: Option<String>,
}

impl From<CampaignRow> for Example {
    fn from(row: CampaignRow) -> Self {
        let to = recipient::canonical(&row.recipient);
        let file = row.file.map(|path| path.display().to_string());
        Self { line: row.line, key: row.key, to, text: row.text, file }
    }
}

impl CampaignList {
    /// Reads the header, and finds what the options and the text name in it.
    pub(crate) fn open(args: &ListArgs, text: Option<Template>) -> Result<Self, Mistakes> {
        Self::opened(args, text).map_err(|mistakes| all(&args.list, mistakes))
    }

    fn opened(args: &ListArgs, text: Option<Template>) -> Result<Self, Vec<Mistake>> {
        let list = List::open(&args.list, args.encoding, args.delimiter).map_err(one)?;
        let Some(header) = list.records().map_err(one)?.next().transpose().map_err(one)? else {
            return Err(one(Mistake::of_list("it is empty")));
        };
        let plan = Plan::new(args, text, &header)?;
        Ok(Self { list, plan })
    }

    /// How a report about it is written.
    pub(crate) fn report_form(&self) -> Form {
        self.list.form()
    }

    /// The messages. What was right in a check is looked at again, because the files may have changed since. One reader at a
    /// time: they share a place in the file.
    pub(crate) fn rows(&self) -> Result<Rows<'_>, Mistake> {
        let mut records = self.list.records()?;
        // The header was right when the list was opened.
        records.next().transpose()?;
        Ok(Rows::new(&self.plan, records))
    }

    /// Looks at all rows, and says what they hold or all that is wrong.
    pub(crate) fn check(&self, path: &Path) -> Result<Summary, Mistakes> {
        let mut rows = self.rows().map_err(|mistake| all(path, one(mistake)))?;
        let mut mistakes = Mistakes::new(path);
        let mut summary = Summary {
            messages: 0,
            recipients: 0,
            encoding: self.list.encoding.name(),
            by_mark: self.list.by_mark,
            delimiter: self.list.delimiter.to_string(),
            to_column: self.plan.columns.name(self.plan.to),
            by_country: 0,
            examples: Vec::new(),
        };
        for row in &mut rows {
            match row {
                Ok(row) => {
                    summary.messages += 1;
                    summary.by_country += u64::from(row.is_by_country);
                    if summary.examples.len() < EXAMPLES {
                        summary.examples.push(row.into());
                    }
                }
                Err(wrong) => mistakes.extend(wrong),
            }
        }
        summary.recipients = rows.recipients();
        if mistakes.is_empty() && summary.messages == 0 {
            mistakes.extend([Mistake::of_list("it has a header, and no rows")]);
        }
        if mistakes.is_empty() { Ok(summary) } else { Err(mistakes) }
    }
}

fn one(mistake: Mistake) -> Vec<Mistake> {
    vec![mistake]
}

fn all(path: &Path, found: Vec<Mistake>) -> Mistakes {
    let mut mistakes = Mistakes::new(path);
    mistakes.extend(found);
    mistakes
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use clap::Parser;
    use encoding_rs::WINDOWS_1251;
    use proptest::prelude::*;
    use whatsgate_canary::{PHONE, TEXT as TEXT_OF_OTHERS, assert_hidden};

    use super::super::list::MOST_ROW_BYTES;
    use super::*;

    #[derive(Debug, Parser)]
    struct Typed {
        #[command(flatten)]
        args: ListArgs,
    }

    struct Tried {
        _folder: tempfile::TempDir,
        path: PathBuf,
        args: ListArgs,
    }

    /// A list in a folder with the files `a.pdf` and `empty.pdf`, and the folder `folder`.
    fn tried(list: &[u8], options: &[&str]) -> Tried {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.csv");
        std::fs::write(&path, list).unwrap();
        std::fs::write(folder.path().join("a.pdf"), "content").unwrap();
        std::fs::write(folder.path().join("empty.pdf"), "").unwrap();
        std::fs::create_dir(folder.path().join("folder")).unwrap();
        let words = [&["check", path.to_str().unwrap()], options].concat();
        let args = Typed::try_parse_from(words).unwrap().args;
        Tried { _folder: folder, path, args }
    }

    impl Tried {
        fn open(&self) -> Result<CampaignList, Mistakes> {
            let template = self.args.text.as_deref().map(|text| Template::parse(text).unwrap());
            CampaignList::open(&self.args, template)
        }

        fn check(&self) -> Result<Summary, Mistakes> {
            self.open()?.check(&self.path)
        }
    }

    fn check(list: &str, options: &[&str]) -> Result<Summary, Vec<String>> {
        tried(list.as_bytes(), options).check().map_err(|mistakes| {
            let shown = format!("{mistakes}\n{}", mistakes.lines());
            assert_hidden(&shown);
            let counted = usize::from(!mistakes.lines().is_empty());
            let named = |line: &str| {
                line.trim().rsplit_once("list.csv: ").map_or(line.trim(), |(_, said)| said).to_owned()
            };
            shown.lines().skip(counted).map(named).collect()
        })
    }

    fn mistakes(list: &str, options: &[&str]) -> Vec<String> {
        check(list, options).unwrap_err()
    }

    const TEXT: [&str; 2] = ["--text", "Dear {name}"];

    #[test]
    fn a_list_becomes_messages() {
        let tried = tried(
            "phone;name;invoice\n+7 999 111-22-33;Анна;a.pdf\n\n79991112244@c.us;Bob;a.pdf\n".as_bytes(),
            &["--text", "{{{name}}}", "--file-column", "Invoice"],
        );
        let list = tried.open().unwrap();
        let rows: Vec<_> = list.rows().unwrap().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 2);
        assert_eq!((rows[0].line, rows[1].line), (2, 4));
        assert_eq!(rows[0].key, "79991112233@c.us");
        assert_eq!(rows[0].recipient, "79991112233".parse().unwrap());
        assert_eq!(rows[0].text.as_deref(), Some("{Анна}"));
        assert_eq!(rows[0].file, Some(tried.path.with_file_name("a.pdf")));
        // As often as one likes.
        assert_eq!(list.rows().unwrap().map(Result::unwrap).collect::<Vec<_>>(), rows);
        let summary = list.check(&tried.path).unwrap();
        assert_eq!((summary.messages, summary.recipients), (2, 2));
        assert_eq!(
            (summary.encoding, &*summary.delimiter, &*summary.to_column),
            ("UTF-8", "semicolon", "phone")
        );
        assert_eq!(summary.examples.len(), 2);
    }

    #[test]
    fn all_mistakes_come_in_one_report() {
        let list = format!(
            "phone,name\n{PHONE},\n8{},Bob\n7.9990E+10,{TEXT_OF_OTHERS}\n{PHONE},Anna\n1,2,3\n{PHONE}\n\"7 999\n111 22 33\",Carl\n",
            &PHONE[1..]
        );
        assert_eq!(
            mistakes(&list, &TEXT),
            [
                "line 2, column \"name\": it is empty, and the text needs it: {column|default} says what stands there \
                 instead",
                "line 3, column \"phone\": no country code starts like that; a Russian number starts with 7 instead \
                 of 8; --country ru reads it as a Russian number",
                "line 4, column \"phone\": a spreadsheet has written the number with an exponent, and its last digits \
                 are lost: format the column as text and enter the numbers anew",
                "line 5, column \"phone\": the recipient is that of line 2 already: --allow-doubled sends to it again",
                "line 6: the row has 3 values, and the first row names 2",
                "line 7: the row has 1 value, and the first row names 2",
            ]
        );
    }

    #[test]
    fn files_are_looked_at_from_the_folder_of_the_list() {
        let list = "phone,file\n79991112201,a.pdf\n79991112202,\n79991112203,none.pdf\n79991112204,folder\n\
                    79991112205,empty.pdf\n79991112206,./a.pdf\n";
        assert_eq!(
            mistakes(list, &["--file-column", "file"]),
            [
                "line 3, column \"file\": it is empty: each row needs a file",
                "line 4, column \"file\": there is no such file; paths begin at the folder of the list",
                "line 5, column \"file\": this is not a file",
                "line 6, column \"file\": the file is empty",
            ]
        );
        let summary = check("phone,file\n79991112201,a.pdf\n", &["--file-column", "file"]).unwrap();
        assert_eq!(summary.examples[0].text, None);
    }

    #[test]
    fn doubled_recipients_are_messages_of_their_own_if_that_is_wanted() {
        let list = "phone,name\n79991112233,a\n+7 (999) 111-22-33,b\n79991112233@c.us,c\n79991112244,d\n";
        assert_eq!(mistakes(list, &TEXT).len(), 2);
        let tried = tried(list.as_bytes(), &["--text", "{name}", "--allow-doubled"]);
        let list = tried.open().unwrap();
        let keys: Vec<_> = list.rows().unwrap().map(|row| row.unwrap().key).collect();
        assert_eq!(
            keys,
            ["79991112233@c.us", "79991112233@c.us#2", "79991112233@c.us#3", "79991112244@c.us"]
        );
        let summary = list.check(&tried.path).unwrap();
        assert_eq!((summary.messages, summary.recipients), (4, 2));
    }

    #[test]
    fn keys_tell_rows_apart() {
        let options = ["--text", "Hi", "--key-column", "id", "--allow-doubled"];
        let list = format!(
            "phone,id\n79991112233,a\n79991112233,b\n79991112244,a\n79991112255,\n79991112266,{}\n",
            "x".repeat(201)
        );
        assert_eq!(
            mistakes(&list, &options),
            [
                "line 4, column \"id\": it is that of line 2 already",
                "line 5, column \"id\": it is empty, and tells no row from another",
                "line 6, column \"id\": it must be one line of at most 200 characters",
            ]
        );
        let summary = check("phone,id\n79991112233,a\n79991112233,b\n", &options).unwrap();
        assert_eq!(summary.examples[1].key, "b");
    }

    #[test]
    fn a_text_is_neither_blank_nor_endless() {
        assert_eq!(
            mistakes("phone,name\n79991112233,\n", &["--text", " {name|}\n"]),
            ["line 2: the text is blank"]
        );
        let long = format!("phone,name\n79991112233,{}\n", "я".repeat(65_536));
        assert!(check(&long, &["--text", "{name}"]).is_ok());
        assert_eq!(
            mistakes(&long, &["--text", "{name}!"]),
            ["line 2: the text has more than 65,536 characters"]
        );
    }

    #[test]
    fn all_that_is_wrong_with_the_columns_comes_at_once() {
        let options = ["--text", "{nmae}", "--file-column", "file", "--key-column", "id"];
        assert_eq!(
            mistakes("client,name\n1,2\n", &options),
            [
                "--key-column: there is no column \"id\"; there are \"client\", \"name\"",
                "--file-column: there is no column \"file\"; there are \"client\", \"name\"",
                "no column is called phone or the like: say with --to-column which one has the recipients; there are \
                 \"client\", \"name\"",
                "--text: there is no column \"nmae\"; there are \"client\", \"name\"",
            ]
        );
        assert_eq!(
            mistakes(
                "phone,to\n1,2\n",
                &TEXT[..].iter().copied().chain(["--to-column", "x"]).collect::<Vec<_>>()
            )[0],
            "--to-column: there is no column \"x\"; there are \"phone\", \"to\""
        );
    }

    #[test]
    fn a_list_without_rows_is_none() {
        for list in ["", "\u{feff}", "\n\n", "sep=;\n"] {
            assert_eq!(mistakes(list, &TEXT), ["it is empty"], "{list:?}");
        }
        assert_eq!(mistakes("phone,name\n\n,\n", &TEXT), ["it has a header, and no rows"]);
    }

    #[test]
    fn a_list_of_an_older_program_is_read() {
        let (bytes, ..) = WINDOWS_1251.encode("Телефон;Имя\r\n8 (999) 111-22-33;Пётр\r\n");
        let summary = tried(&bytes, &["--text", "{имя}", "--country", "ru"]).check().unwrap();
        assert_eq!((summary.encoding, summary.by_country), ("windows-1251", 1));
        assert_eq!(summary.examples[0].text.as_deref(), Some("Пётр"));
        assert_eq!(summary.examples[0].to, "79991112233@c.us");
        let (bytes, ..) = encoding_rs::IBM866.encode("телефон^имя\n79991112233^Ёж\n");
        let options = ["--text", "{имя}", "--encoding", "cp866", "--delimiter", "^"];
        assert_eq!(tried(&bytes, &options).check().unwrap().examples[0].text.as_deref(), Some("Ёж"));
    }

    /// Pieces of which lists are made, in any order.
    fn scraps() -> impl Strategy<Value = Vec<u8>> {
        let scrap = prop_oneof![
            Just(b"phone,name,file\n".to_vec()),
            Just(b"79991112233,".to_vec()),
            Just(b"\"".to_vec()),
            Just(b"\r\n".to_vec()),
            Just(b"\r".to_vec()),
            Just(b";,\t|".to_vec()),
            Just(b"7,9E+10".to_vec()),
            Just(b"79991112233.0".to_vec()),
            Just(b"sep=;\n".to_vec()),
            Just(b"\xef\xbb\xbf".to_vec()),
            Just(b"\xff\xfe".to_vec()),
            Just("имя".as_bytes().to_vec()),
            prop::collection::vec(any::<u8>(), 0..20),
        ];
        prop::collection::vec(scrap, 0..40).prop_map(|scraps| scraps.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn no_bytes_make_it_panic(
            bytes in prop_oneof![scraps(), prop::collection::vec(any::<u8>(), 0..400)],
            has_header: bool,
            encoding in prop::option::of(prop::sample::select(vec!["utf-8", "utf-16le", "windows-1251", "shift_jis"])),
        ) {
            let bytes = if has_header { [&b"phone,name,file\n"[..], &bytes].concat() } else { bytes };
            let mut options = vec!["--text", "{name|friend} {phone}", "--country", "ru"];
            if let Some(encoding) = encoding {
                options.extend(["--encoding", encoding]);
            }
            let _ = tried(&bytes, &options).check();
        }

        /// What is written as CSV comes back, whatever is in it.
        #[test]
        fn values_come_back(names in prop::collection::vec("[^\0]{0,30}", 1..20)) {
            let mut list = String::from("phone,name\n");
            for (row, name) in names.iter().enumerate() {
                list.push_str(&format!("7999111{row:04},\"{}\"\n", name.replace('"', "\"\"")));
            }
            let tried = tried(list.as_bytes(), &["--text", "{name|none}!"]);
            let list = tried.open().unwrap();
            for (row, name) in list.rows().unwrap().zip(&names) {
                let name = name.trim().replace("\r\n", "\n").replace('\r', "\n");
                let name = if name.is_empty() { "none" } else { &name };
                prop_assert_eq!(row.unwrap().text, Some(format!("{name}!")));
            }
        }
    }

    #[test]
    fn a_row_that_swallows_the_list_is_told_by_its_line() {
        let list = format!(
            "phone,name\n79991112233,a\n79991112244,\"b\n{}",
            "79991112255,c\n".repeat(MOST_ROW_BYTES / 10)
        );
        let mistakes = mistakes(&list, &TEXT);
        assert_eq!(
            mistakes,
            ["line 3: the row is larger than 1 MiB; a quote may be opened in it and not closed"]
        );
    }
}
