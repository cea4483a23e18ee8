//! The exchanges of the fixtures as examples.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

/// All exchanges by name, except those that show the documentation's mistakes.
pub(crate) struct Examples(BTreeMap<String, Value>);

impl Examples {
    /// Reads the fixtures of the repository.
    pub(crate) fn read() -> Self {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures");
        let folders = ["documented", "reconstructed"].map(|folder| fixtures.join(folder));
        let files = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
        let fixtures = files.filter_map(|file| {
            let name = file.path().file_stem()?.to_str()?.to_owned();
            let fixture = serde_json::from_str(&fs::read_to_string(file.path()).ok()?).ok()?;
            (!name.starts_with("quirk.")).then_some((name, fixture))
        });
        Self(fixtures.collect())
    }

    /// The requests of a command and its replies.
    pub(crate) fn of_command(&self, command: &str) -> (Map<String, Value>, Map<String, Value>) {
        let exchanges = || {
            let of_command = self.0.iter().filter(|(_, fixture)| fixture["command"] == command);
            of_command.filter(|(_, fixture)| fixture["response"]["status"] == 200)
        };
        let requests = exchanges().map(|(name, fixture)| {
            let mut body = fixture["request"]["body"].clone();
            well_written(&mut body);
            example(name, fixture, &body)
        });
        let replies = exchanges().map(|(name, fixture)| example(name, fixture, &fixture["response"]["body"]));
        (requests.collect(), replies.collect())
    }

    /// The events of a kind.
    pub(crate) fn of_event(&self, action: &str) -> Map<String, Value> {
        self.events(action).map(|(name, fixture)| example(name, fixture, &fixture["body"])).collect()
    }

    /// The acknowledgements of the events of a kind.
    pub(crate) fn of_acknowledgement(&self, action: &str) -> Map<String, Value> {
        self.events(action).map(|(name, fixture)| example(name, fixture, &fixture["reply"])).collect()
    }

    /// The error replies with a status.
    pub(crate) fn errors(&self, status: u16) -> Map<String, Value> {
        let errors = self.0.iter().filter(|(_, fixture)| fixture["response"]["status"] == status);
        errors.map(|(name, fixture)| example(name, fixture, &fixture["response"]["body"])).collect()
    }

    fn events(&self, action: &str) -> impl Iterator<Item = (&String, &Value)> {
        self.0.iter().filter(move |(_, fixture)| fixture["event"] == action)
    }
}

fn example(name: &str, fixture: &Value, value: &Value) -> (String, Value) {
    let mut example = json!({ "value": value });
    if fixture["confidence"] == "reconstructed" {
        example["summary"] =
            json!("Reconstructed: some names, values or the nesting are not shown by any source");
    }
    (name.to_owned(), example)
}

/// Writes a documented request as a program should: numbers as numbers, nothing for what is absent, and a date in place
/// of the documentation's mask.
fn well_written(request: &mut Value) {
    let Value::Object(members) = request else { return };
    members.retain(|_, value| *value != Value::Null && *value != "");
    for (name, value) in members {
        match (name.as_str(), value) {
            ("page" | "page_cnt", value @ Value::String(_)) => {
                let number = value.as_str().and_then(|text| text.parse::<u64>().ok());
                *value = number.into();
            }
            ("date", value) if *value == "YYYY-MM-DD HH:MM:SS" => *value = json!("2022-09-07 18:29:37"),
            (_, value) => well_written(value),
        }
    }
}
