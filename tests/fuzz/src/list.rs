//! The list of a campaign with its text.

use std::path::Path;

use encoding_rs::{UTF_16LE, WINDOWS_1251};
use whatsgate_canary::{Canary, PHONE};

use crate::SCRATCH;
use crate::calm::calm;
use crate::campaign::checked::CampaignList;
use crate::campaign::plan::ListArgs;
use crate::campaign::template::Template;

/// A file that is read as a list: the first byte chooses options, the first line is the text, the rest the file. A list is read
/// the same however often, each message has something to send and a key of its own, and what is said of mistakes shows nobody's number.
pub fn list(input: &[u8]) {
    let Some((choice, input)) = input.split_first() else { return };
    let at = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (text, file) = input.split_at(at);
    let text = String::from_utf8_lossy(text);
    let template = match Template::parse(&text) {
        Ok(template) => template,
        Err(why) => return calm(&why),
    };
    let path = SCRATCH.join("list.csv");
    std::fs::write(&path, file.get(1..).unwrap_or_default()).expect("the list can be written");
    let args = args(*choice, &path);
    // The text and the options may name a column that is called like a number.
    let may_name = Canary::Phone.find(text.as_bytes()).is_some();
    let read = CampaignList::open(&args, Some(template)).and_then(|list| Ok((list.check(&path)?, list)));
    match read {
        Ok((summary, list)) => {
            serde_json::to_string(&summary).expect("a summary can be written");
            let mut keys = std::collections::HashSet::new();
            for row in list.rows().expect("it was read just now") {
                let row = row.expect("it was checked just now");
                assert!(row.text.as_ref().is_none_or(|text| !text.trim().is_empty()));
                assert!(row.text.is_some() || row.file.is_some());
                assert!(keys.insert(row.key), "a key comes twice");
            }
            assert_eq!(keys.len() as u64, summary.messages);
        }
        Err(mistakes) => {
            assert!(mistakes.count() > 0);
            calm(&mistakes.to_string());
            mistakes.lines().lines().for_each(calm);
            let shown = format!("{mistakes} {} {}", mistakes.lines(), mistakes.members());
            assert!(may_name || Canary::Phone.find(shown.as_bytes()).is_none(), "{PHONE} is shown: {shown}");
        }
    }
}

fn args(choice: u8, path: &Path) -> ListArgs {
    let chosen = |bit: u8| choice & (1 << bit) != 0;
    ListArgs {
        list: path.to_owned(),
        text: None,
        file_column: chosen(0).then(|| "file".to_owned()),
        to_column: chosen(1).then(|| "to".to_owned()),
        key_column: chosen(2).then(|| "key".to_owned()),
        allow_doubled: chosen(3),
        country: chosen(4).then(|| "ru".parse().expect("it is a country")),
        encoding: match (chosen(5), chosen(6)) {
            (false, false) => None,
            (true, false) => Some(WINDOWS_1251),
            (_, true) => Some(UTF_16LE),
        },
        delimiter: chosen(7).then(|| ";".parse().expect("it is a delimiter")),
    }
}
