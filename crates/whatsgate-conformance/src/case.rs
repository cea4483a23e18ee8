//! The files with cases.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use whatsgate_sandbox::FaultRule;

use crate::change::Change;
use crate::protocol::ClientOutcome;

/// A file with cases of one group, and the permutations that they share; the README describes its members.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CaseFile {
    /// The group, which the names of its trials begin with.
    pub(crate) group: String,
    /// Sets of permutations, by name.
    #[serde(default)]
    pub(crate) permutations: BTreeMap<String, Vec<Permutation>>,
    pub(crate) cases: Vec<Case>,
}

/// A file that cannot be used, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {why}")]
pub struct CaseError {
    /// The name of the file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub why: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) name: String,
    /// For readers of the file.
    #[serde(default, rename = "why")]
    pub(crate) _why: Option<String>,
    pub(crate) command: String,
    #[serde(default)]
    pub(crate) arguments: Map<String, Value>,
    /// What the gateway answers, one after the other and the last again and again; what the sandbox makes of it if none.
    #[serde(default)]
    pub(crate) replies: Vec<ReplySpec>,
    /// The place in the last reply of what the client shows.
    #[serde(default)]
    pub(crate) shows: Option<String>,
    /// The places in the reply that may be missing, or null.
    #[serde(default)]
    pub(crate) optional: Vec<String>,
    /// The places in the reply whose value no client has to understand.
    #[serde(default)]
    pub(crate) loose: Vec<String>,
    /// The members that a request may have beside the arguments, with the only value that they may have there.
    #[serde(default)]
    pub(crate) defaults: BTreeMap<String, Value>,
    #[serde(default)]
    pub(crate) faults: Vec<FaultRule>,
    #[serde(default)]
    pub(crate) gateway: GatewaySpec,
    #[serde(default)]
    pub(crate) expect: Expect,
    #[serde(default)]
    pub(crate) with: Vec<String>,
    /// Whether the case itself is no trial, only what its permutations start from.
    #[serde(default)]
    pub(crate) only_permutations: bool,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ReplySpec {
    #[serde(default = "success")]
    pub(crate) status: u16,
    #[serde(default = "json")]
    pub(crate) content_type: String,
    /// The body as JSON.
    #[serde(default)]
    pub(crate) body: Option<Value>,
    /// The body as text, instead.
    #[serde(default)]
    pub(crate) text: Option<String>,
}

fn success() -> u16 {
    200
}

fn json() -> String {
    "application/json; charset=UTF-8".to_owned()
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct GatewaySpec {
    /// Whether the clock stands, so that all happens in the same second.
    #[serde(default)]
    pub(crate) still: bool,
    /// The settings by their names in [`Settings::open_questions`](whatsgate_sandbox::Settings::open_questions).
    #[serde(default)]
    pub(crate) settings: Map<String, Value>,
    /// Texts that came in before the first request.
    #[serde(default)]
    pub(crate) received: Vec<String>,
    /// Texts that come in after so many requests.
    #[serde(default)]
    pub(crate) receives: BTreeMap<usize, Vec<String>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Expect {
    /// How it ends; with a success if absent.
    #[serde(default)]
    pub(crate) ends: Ending,
    /// What the client shows; takes the place of what the case's `shows` names.
    #[serde(default)]
    pub(crate) value: Option<Value>,
    /// The texts of the messages of all events that the client shows, each once, in this order.
    #[serde(default)]
    pub(crate) texts: Option<Vec<String>>,
    /// The numbers of all events that the client shows, each once, in this order.
    #[serde(default)]
    pub(crate) ids: Option<Vec<i64>>,
    /// What the client may say of the outcome of a failure; a client that does not say counts as `unknown`.
    #[serde(default)]
    pub(crate) outcomes: Vec<ClientOutcome>,
    /// The status that the client must tell of a failure.
    #[serde(default)]
    pub(crate) status: Option<u16>,
    /// Words of the body that the client must let people read.
    #[serde(default)]
    pub(crate) raw: Option<String>,
    /// The most requests; one for commands whose repetition does something else, ten otherwise.
    #[serde(default)]
    pub(crate) most_requests: Option<usize>,
    /// The fewest requests; one otherwise.
    #[serde(default)]
    pub(crate) least_requests: Option<usize>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ending {
    #[default]
    Success,
    Error,
    /// With either, as long as nothing is said that is not true.
    Either,
}

/// What is changed about a case.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Permutation {
    pub(crate) name: String,
    /// How the last reply is changed.
    #[serde(default)]
    pub(crate) change: Option<Change>,
    /// Another reply in the place of all.
    #[serde(default)]
    pub(crate) reply: Option<ReplySpec>,
    #[serde(default)]
    pub(crate) faults: Vec<FaultRule>,
    /// What is expected instead, wholly.
    #[serde(default)]
    pub(crate) expect: Option<Expect>,
    #[serde(default)]
    pub(crate) timeout_ms: Option<u64>,
}

/// The files of this crate.
const FILES: [(&str, &str); 5] = [
    ("wire.json", include_str!("../cases/wire.json")),
    ("errors.json", include_str!("../cases/errors.json")),
    ("sends.json", include_str!("../cases/sends.json")),
    ("events.json", include_str!("../cases/events.json")),
    ("files.json", include_str!("../cases/files.json")),
];

/// The groups.
const GROUPS: [&str; 5] = ["wire", "errors", "sends", "events", "files"];

impl CaseFile {
    /// The cases of the kit.
    ///
    /// # Errors
    /// Never, as long as the tests of this crate pass.
    pub fn own() -> Result<Vec<Self>, CaseError> {
        FILES.iter().map(|(name, text)| Self::read(name, text)).collect()
    }

    /// Reads a file of cases; `name` is what errors call it.
    ///
    /// ```
    /// use whatsgate_conformance::CaseFile;
    ///
    /// let text = "{\n  \"group\": \"wire\",\n  \"casess\": []\n}";
    /// let error = CaseFile::read("mine.json", text).unwrap_err();
    /// assert_eq!((error.file.as_str(), error.line), ("mine.json", 3));
    /// ```
    ///
    /// # Errors
    /// [`CaseError`] names the line.
    pub fn read(name: &str, text: &str) -> Result<Self, CaseError> {
        // Windows' editors put a mark before the text.
        let text = text.trim_start_matches('\u{feff}');
        let wrong = |line, why: String| CaseError { file: name.to_owned(), line, why };
        let file: Self = serde_json::from_str(text).map_err(|error| {
            let why = error.to_string();
            let why = why.rsplit_once(" at line ").map_or(why.as_str(), |(why, _)| why).to_owned();
            wrong(error.line(), why)
        })?;
        // Where a name is written first after the place where a case of that name begins.
        let line_of = |needle: &str| {
            let at = text.find(needle).unwrap_or(0);
            text[..at].matches('\n').count() + 1
        };
        if !GROUPS.contains(&file.group.as_str()) {
            let why = format!("there is no group {}: {}", file.group, GROUPS.join(", "));
            return Err(wrong(line_of("\"group\""), why));
        }
        let mut names = std::collections::BTreeSet::new();
        for case in &file.cases {
            let line = line_of(&format!("{}", Value::from(case.name.as_str())));
            if !names.insert(&case.name) {
                return Err(wrong(line, format!("there are two cases {}", case.name)));
            }
            if let Some(set) = case.with.iter().find(|set| !file.permutations.contains_key(*set)) {
                return Err(wrong(line, format!("{}: there are no permutations {set}", case.name)));
            }
            if case.only_permutations && case.with.is_empty() {
                return Err(wrong(line, format!("{}: it has no permutations", case.name)));
            }
            let mut permutations = std::collections::BTreeSet::from(["as-is"]);
            let of_sets = case.with.iter().filter_map(|set| file.permutations.get(set)).flatten();
            let double = of_sets.map(|one| one.name.as_str()).find(|name| !permutations.insert(name));
            if let Some(double) = double {
                return Err(wrong(line, format!("{}: there are two permutations {double}", case.name)));
            }
            if let Some(why) = case.mistake() {
                return Err(wrong(line, format!("{}: {why}", case.name)));
            }
        }
        Ok(file)
    }
}

impl Case {
    fn mistake(&self) -> Option<String> {
        let whole = self.replies.last().and_then(|reply| reply.body.clone()).unwrap_or_default();
        let places = self.shows.iter().chain(&self.optional).chain(&self.loose);
        for place in places {
            if whole.pointer(place).is_none() {
                return Some(format!("its reply has no place {place}"));
            }
        }
        let mut settings = whatsgate_sandbox::Settings::default();
        if let Err(error) = settings.decide(self.gateway.settings.clone()) {
            return Some(format!("gateway.settings.{error}"));
        }
        let (least, most) = (self.expect.least_requests, self.expect.most_requests);
        if least.zip(most).is_some_and(|(least, most)| least > most) {
            return Some("leastRequests is more than mostRequests".to_owned());
        }
        let both = self.replies.iter().find(|reply| reply.body.is_some() == reply.text.is_some());
        both.map(|_| "a reply has either body or text".to_owned())
    }
}
