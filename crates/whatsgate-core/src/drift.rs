//! What replies and events hold that the schemas do not know.

mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use whatsgate_model::{COMMANDS, EventAction};

use self::names::{HIDDEN, Told, is_name, is_word};

/// Counts what replies and events hold that this version's schemas do not know: members, types of values, and words in
/// lists of words.
///
/// **Little that is private can be in it.** Of a value there is only its JSON type. Services also name members after numbers
/// and people, so a member's name is kept only if it looks like one that a programmer gave (a small Latin letter or `_`, then
/// letters, `_`, `-` and at most three digits, 40 characters at most), and only as long as there are no more than 10 unknown
/// names at the same place: where there are more it is a map. A word in a list of words is kept if it looks like one of a
/// program (the same without digits, or capitals and `_` only, 32 characters at most), with the same limit; and so is the
/// name of a command. Any other is `<hidden>`. What is left: a person's name in small Latin letters and one word, in a small
/// map or a list of words, passes for one of a program. Look at a report before handing it on.
///
/// It holds at most 1,000 different findings; of more, only the number is counted.
///
/// ```
/// use whatsgate_core::Drift;
///
/// let mut drift = Drift::default();
/// drift.note_reply("check", 200, r#"{"result":"OK","data":true,"lid":"79991112233@lid"}"#);
/// let entry = drift.entries().next().unwrap();
/// assert_eq!(entry.to_string(), "check /lid: unknown member, string (1)");
/// assert!(drift.entries().all(|entry| !entry.to_string().contains("7999")));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    found: BTreeMap<Finding, u64>,
    /// By subject and place, which names are told there.
    told: BTreeMap<(String, String, DriftKind), Told>,
    more: u64,
    noted: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    subject: String,
    place: String,
    kind: DriftKind,
    what: String,
}

/// Something that the schemas do not know, and how often it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DriftEntry {
    /// The command whose reply it is, `event.<action>`, `error`, or `command` where the command itself is not known.
    pub subject: String,
    /// The place, as a JSON pointer with `*` for the numbers of elements, and `<hidden>` for a member's name that might be
    /// private.
    pub place: String,
    /// What is not known about it.
    pub kind: DriftKind,
    /// The JSON type that the value has, or the word or the command; `<hidden>` for one that might be
    /// private.
    pub what: String,
    /// How often it came.
    pub count: u64,
}

/// What the schemas do not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DriftKind {
    /// A member.
    Member,
    /// A value of this type, at a place that is known.
    Type,
    /// A word, in a list of words.
    Word,
    /// A body that is not JSON.
    NotJson,
    /// A command: its successes cannot be looked into.
    Command,
}

/// The most different findings.
const MOST: usize = 1000;

/// What is known of a place; the table is made from the schemas.
#[derive(Deserialize)]
struct Known {
    #[serde(default)]
    types: Vec<String>,
    #[serde(default)]
    words: Vec<String>,
    #[serde(default)]
    any: bool,
    #[serde(default)]
    events: bool,
}

type Places = BTreeMap<String, Known>;

/// By subject.
fn table() -> &'static BTreeMap<String, Places> {
    static TABLE: OnceLock<BTreeMap<String, Places>> = OnceLock::new();
    TABLE.get_or_init(|| serde_json::from_str(include_str!("../known.json")).unwrap_or_default())
}

impl std::fmt::Display for DriftEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { subject, place, kind, what, count } = self;
        let place = if place.is_empty() { "(the whole)" } else { place };
        match kind {
            DriftKind::Member => write!(f, "{subject} {place}: unknown member, {what} ({count})"),
            DriftKind::Type => write!(f, "{subject} {place}: {what}, which is not expected there ({count})"),
            DriftKind::Word => write!(f, "{subject} {place}: unknown word {what} ({count})"),
            DriftKind::NotJson => write!(f, "{subject}: not JSON ({count})"),
            DriftKind::Command => write!(f, "{what}: unknown command, not looked into ({count})"),
        }
    }
}

impl Drift {
    /// Notes a reply: one of a success against the command's schema, another against that of errors. The success of a command
    /// that is not known is a finding itself.
    pub fn note_reply(&mut self, command: &str, status: u16, body: &str) {
        if !COMMANDS.iter().any(|known| known.name == command) {
            self.word("command", "", DriftKind::Command, command);
            if (200..300).contains(&status) {
                return;
            }
        }
        let subject = if (200..300).contains(&status) { command } else { "error" };
        let Some(places) = table().get(subject) else { return };
        self.noted += 1;
        match serde_json::from_str::<Value>(body.trim_start_matches('\u{feff}')) {
            Ok(value) => self.walk(subject, places, "", &value),
            Err(_) => self.count(subject, "", DriftKind::NotJson, ""),
        }
    }

    /// Notes an event as a webhook brings it.
    pub fn note_event(&mut self, body: &str) {
        self.noted += 1;
        match serde_json::from_str::<Value>(body) {
            Ok(event) => self.event(&event),
            Err(_) => self.count("event", "", DriftKind::NotJson, ""),
        }
    }

    /// What was found, by subject and place.
    pub fn entries(&self) -> impl Iterator<Item = DriftEntry> + '_ {
        self.found.iter().map(|(finding, count)| {
            let Finding { subject, place, kind, what } = finding.clone();
            DriftEntry { subject, place, kind, what, count: *count }
        })
    }

    /// How often anything was found.
    pub fn total(&self) -> u64 {
        self.found.values().sum::<u64>() + self.more
    }

    /// How many findings there were beyond those that are kept.
    pub fn more(&self) -> u64 {
        self.more
    }

    /// How many replies and events were looked at, without successes of unknown commands.
    pub fn noted(&self) -> u64 {
        self.noted
    }

    fn event(&mut self, event: &Value) {
        let action = event["event_action"].as_str().unwrap_or_default();
        let is_known = EventAction::KNOWN.iter().any(|known| known.as_str() == action);
        if !is_known {
            self.word("event", "/event_action", DriftKind::Word, action);
        }
        let subject = if is_known { format!("event.{action}") } else { "event.other".to_owned() };
        if let Some(places) = table().get(&subject) {
            self.walk(&subject, places, "", event);
        }
    }

    /// Looks at the value at a known place, and all that is in it.
    fn walk(&mut self, subject: &str, places: &Places, at: &str, value: &Value) {
        let Some(known) = places.get(at) else { return };
        if known.events {
            return self.event(value);
        }
        if known.any {
            return;
        }
        let kind = type_of(value);
        if !known.types.iter().any(|known| known == kind) {
            return self.count(subject, at, DriftKind::Type, kind);
        }
        match value {
            Value::Array(list) => {
                let at = format!("{at}/*");
                for element in list {
                    self.walk(subject, places, &at, element);
                }
            }
            Value::Object(members) => self.members(subject, places, at, members),
            Value::String(text) if !known.words.is_empty() && !known.words.contains(text) => {
                self.word(subject, at, DriftKind::Word, text);
            }
            _ => {}
        }
    }

    fn members(&mut self, subject: &str, places: &Places, at: &str, members: &Map<String, Value>) {
        for (name, value) in members {
            let place = format!("{at}/{name}");
            if places.contains_key(&place) {
                self.walk(subject, places, &place, value);
            } else {
                let is_told = is_name(name) && self.tells(subject, at, DriftKind::Member, name);
                let name = if is_told { name } else { HIDDEN };
                self.count(subject, &format!("{at}/{name}"), DriftKind::Member, type_of(value));
            }
        }
    }

    /// Counts a word, or that there was one.
    fn word(&mut self, subject: &str, at: &str, kind: DriftKind, text: &str) {
        let is_told = is_word(text) && self.tells(subject, at, kind, text);
        self.count(subject, at, kind, if is_told { text } else { HIDDEN });
    }

    /// Whether a name at this place is told. If there are too many now, those that were told are forgotten.
    fn tells(&mut self, subject: &str, at: &str, kind: DriftKind, name: &str) -> bool {
        let mut forgotten = BTreeSet::new();
        let told = self.told.entry((subject.to_owned(), at.to_owned(), kind)).or_default();
        let tells = told.tells(name, &mut forgotten);
        for name in forgotten {
            self.forget(subject, at, kind, &name);
        }
        tells
    }

    fn forget(&mut self, subject: &str, at: &str, kind: DriftKind, name: &str) {
        let place = if kind == DriftKind::Member { format!("{at}/{name}") } else { at.to_owned() };
        let is_meant = |finding: &Finding| {
            let names_it = kind == DriftKind::Member || finding.what == name;
            finding.subject == subject && finding.kind == kind && finding.place == place && names_it
        };
        let meant: Vec<_> = self.found.keys().filter(|finding| is_meant(finding)).cloned().collect();
        for mut finding in meant {
            let count = self.found.remove(&finding).unwrap_or_default();
            if kind == DriftKind::Member {
                finding.place = format!("{at}/{HIDDEN}");
            } else {
                HIDDEN.clone_into(&mut finding.what);
            }
            *self.found.entry(finding).or_default() += count;
        }
    }

    fn count(&mut self, subject: &str, place: &str, kind: DriftKind, what: &str) {
        let finding =
            Finding { subject: subject.to_owned(), place: place.to_owned(), kind, what: what.to_owned() };
        if let Some(count) = self.found.get_mut(&finding) {
            *count += 1;
        } else if self.found.len() < MOST {
            self.found.insert(finding, 1);
        } else {
            self.more += 1;
        }
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(note: impl FnOnce(&mut Drift)) -> Vec<String> {
        let mut drift = Drift::default();
        note(&mut drift);
        drift.entries().map(|entry| entry.to_string()).collect()
    }

    fn event(action: &str, data: &str) -> String {
        format!(
            r#"{{"id":18,"event_action":"{action}","event_date":"2022-09-07 18:29:37","event_data":{data}}}"#
        )
    }

    #[test]
    fn the_table_is_there() {
        assert_eq!(table().len(), COMMANDS.len() + EventAction::KNOWN.len() + 2);
    }

    #[test]
    fn what_is_known_is_no_drift() {
        let chat = r#"{"id":"79991112233@c.us","isGroup":false,"unreadCount":0,"muteExpiration":true}"#;
        assert_eq!(found(|it| it.note_reply("get-chats", 200, &format!(r#"{{"data":[{chat}]}}"#))), [""; 0]);
        assert_eq!(found(|it| it.note_reply("send", 200, r#"{"result":"OK"}"#)), [""; 0]);
        assert_eq!(found(|it| it.note_reply("send", 500, r#"{"name":"Exception","code":"0"}"#)), [""; 0]);
        assert_eq!(found(|it| it.note_event(&event("error", "[]"))), [""; 0]);
    }

    #[test]
    fn members_types_and_words_are_counted() {
        let chats = r#"{"data":[{"id":"a@c.us","isGroup":false,"pinned":"false,","lastSeen":1},
            {"id":"b@c.us","isGroup":false,"pinned":"true","lastSeen":{"at":1}}]}"#;
        assert_eq!(
            found(|it| it.note_reply("get-chats", 200, chats)),
            [
                "get-chats /data/*/lastSeen: unknown member, number (1)",
                "get-chats /data/*/lastSeen: unknown member, object (1)",
                "get-chats /data/*/pinned: string, which is not expected there (2)",
            ]
        );
        let message = event("message", r#"{"message":{"id":"false_a@c.us_1","type":"hologram","poll":{}}}"#);
        let page = format!(r#"{{"data":[{message},{}]}}"#, event("call", r#"{"video":true}"#));
        let wanted = [
            "event /event_action: unknown word call (1)",
            "event.message /event_data/message/poll: unknown member, object (1)",
            "event.message /event_data/message/type: unknown word hologram (1)",
        ];
        assert_eq!(found(|it| it.note_reply("events-get", 200, &page)), wanted);
        assert_eq!(found(|it| it.note_event(&message))[..], wanted[1..]);
        assert_eq!(found(|it| it.note_reply("seen", 200, "<html>")), ["seen: not JSON (1)"]);
        assert_eq!(
            found(|it| it.note_reply("seen", 502, "[1]")),
            ["error (the whole): array, which is not expected there (1)"]
        );
    }

    #[test]
    fn nothing_private_is_kept() {
        let reply = r#"{"result":{"id":"x","79991112233@c.us":"secret words","Vasya Pupkin":{"a":1},"type":"79991112233"}}"#;
        assert_eq!(
            found(|it| it.note_reply("send", 200, reply)),
            [
                "send /result/<hidden>: unknown member, object (1)",
                "send /result/<hidden>: unknown member, string (1)",
                "send /result/type: unknown word <hidden> (1)",
            ]
        );
        // No word is taken for one that is hidden.
        let other = r#"{"result":{"id":"x","type":"other"}}"#;
        assert_eq!(
            found(|it| it.note_reply("send", 200, other)),
            ["send /result/type: unknown word other (1)"]
        );
    }

    /// A map by names: plain words, but too many.
    #[test]
    fn a_map_is_told_without_its_names() {
        let people =
            ["vasya", "petya", "masha", "dasha", "sasha", "misha", "grisha", "pasha", "lesha", "yasha"];
        let map = |names: &[&str]| {
            let members: Vec<_> = names.iter().map(|name| format!("\"{name}\":1")).collect();
            format!(r#"{{"data":{{"name":"a",{}}}}}"#, members.join(","))
        };
        let few = found(|it| it.note_reply("session-create", 200, &map(&people)));
        assert_eq!(few.len(), 10, "{few:?}");
        let mut drift = Drift::default();
        drift.note_reply("session-create", 200, &map(&people));
        drift.note_reply("session-create", 200, &map(&["vasya", "natasha"]));
        drift.note_reply("session-create", 200, &map(&["vasya"]));
        let told: Vec<_> = drift.entries().map(|entry| entry.to_string()).collect();
        assert_eq!(told, ["session-create /data/<hidden>: unknown member, number (13)"]);
        assert!(!format!("{drift:?}").contains("vasya"), "{drift:?}");
        assert_eq!(drift.total(), 13);
        let words = found(|it| {
            for word in people.iter().chain(&["natasha", "vasya"]) {
                it.note_event(&event(word, "[]"));
            }
        });
        assert_eq!(words, ["event /event_action: unknown word <hidden> (12)"]);
    }

    #[test]
    fn unknown_commands_are_told() {
        let mut drift = Drift::default();
        drift.note_reply("sned", 200, r#"{"result":"OK"}"#);
        drift.note_reply("Vasya", 200, "{}");
        drift.note_reply("error", 200, "{}");
        let told: Vec<_> = drift.entries().map(|entry| entry.to_string()).collect();
        assert_eq!(
            told,
            [
                "<hidden>: unknown command, not looked into (1)",
                "error: unknown command, not looked into (1)",
                "sned: unknown command, not looked into (1)"
            ]
        );
        assert_eq!((drift.noted(), drift.total()), (0, 3));
        drift.note_reply("sned", 500, r#"{"name":"Exception"}"#);
        assert_eq!((drift.noted(), drift.total()), (1, 4));
    }

    #[test]
    fn findings_are_bounded() {
        let values = ["null", "true", "1", "\"\"", "[]", "{}"];
        let mut drift = Drift::default();
        let mut noted = 0;
        for subject in COMMANDS.iter().map(|command| (command.name, 200)).chain([("send", 500)]) {
            for name in 'a'..='j' {
                for value in values {
                    noted += 1;
                    drift.note_reply(subject.0, subject.1, &format!(r#"{{"x{name}":{value}}}"#));
                }
            }
        }
        for action in EventAction::KNOWN {
            for name in 'a'..='j' {
                for value in values {
                    noted += 1;
                    drift.note_event(&format!(r#"{{"event_action":"{action}","x{name}":{value}}}"#));
                }
            }
        }
        assert!(noted > MOST as u64, "{noted}");
        assert_eq!((drift.entries().count(), drift.more()), (MOST, noted - MOST as u64));
        assert_eq!((drift.total(), drift.noted()), (noted, noted));
    }
}
