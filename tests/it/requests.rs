//! Every fixture's request, read into its type, built by the client and written back.

use serde_json::Value;
use whatsgate_core::{BaseUrl, Request, build};
use whatsgate_model::{Command, CommandVisitor};
use whatsgate_tests::{Exchange, exchanges};

use crate::support::{KEY, key, leaves, snapshot, visit};

/// The members that are written otherwise than the fixture shows them: fixture, member, written value, why.
#[rustfmt::skip]
const DIFFERENCES: &[(&str, &str, Option<&str>, &str)] = &[
    ("events-get.filtered", "page", Some("1"), NUMBERS),
    ("events-get.filtered", "page_cnt", Some("10"), NUMBERS),
    ("quirk.send.empty-result", "message.type", Some("\"text\""), TYPE),
    ("send.group_number.async", "message.type", Some("\"text\""), TYPE),
    ("send.reply.sync", "message.type", Some("\"text\""), TYPE),
    ("send.text.sync", "message.type", Some("\"text\""), TYPE),
    ("send.to_contact_id.async", "message.type", Some("\"text\""), TYPE),
    ("send.to_contact_number.async", "recipient.type", None, CONTACT),
    ("send.to_contact_number.async", "message.type", Some("\"text\""), TYPE),
    ("send.to_contact_number_default.async", "message.type", Some("\"text\""), TYPE),
    ("send.to_group_id.async", "message.type", Some("\"text\""), TYPE),
    ("send.to_group_number.async", "message.type", Some("\"text\""), TYPE),
    ("sessions-get", "WhatsappID", None, EMPTY),
    ("sessions-get", "name", None, EMPTY),
    ("sessions-get", "page", None, EMPTY),
    ("sessions-get", "page_cnt", None, EMPTY),
    ("sessions-get", "status", None, EMPTY),
];
const NUMBERS: &str =
    "the documentation writes numbers as text; the known clients write numbers, and so does this one";
const CONTACT: &str = "a contact's number needs no type";
const TYPE: &str = "the type of a text may be left out; this client always says it";
const EMPTY: &str = "the documentation writes absent filters as empty text; they are left out";

/// The requests that are refused before they are sent: fixture, error, why.
const REFUSED: &[(&str, &str, &str)] = &[(
    "send.null_fields.sync",
    "invalid phone number: character 12 is not a digit at line 6 column 7",
    "one client puts a whole WhatsApp id where a number belongs; the id has a member of its own",
)];

#[test]
fn every_request_matches_its_snapshot() {
    for exchange in exchanges() {
        let text = visit(&exchange.command, Built(&exchange));
        snapshot("requests", &exchange.name, &text);
    }
}

struct Built<'a>(&'a Exchange);

impl CommandVisitor for Built<'_> {
    type Output = String;

    fn visit<C: Command>(&mut self) -> String {
        let Exchange { name, request: fixture, .. } = self.0;
        assert_eq!(fixture.method, "POST", "{name}: a transport knows POST only");
        let command: C = match serde_json::from_str(fixture.body.get()) {
            Ok(command) => command,
            Err(error) => {
                let error = error.to_string();
                let listed = REFUSED.iter().find(|(refused, ..)| refused == name);
                assert_eq!(listed.map(|(_, text, _)| *text), Some(&*error), "{name}");
                return format!("refused: {error}");
            }
        };
        let body = serde_json::to_string_pretty(&command).unwrap();
        let request: Request = build(&BaseUrl::ru(), key(), &command).unwrap();
        assert!(!REFUSED.iter().any(|(refused, ..)| refused == name), "{name} should be refused");
        assert_eq!(request.url, format!("{}{}", BaseUrl::ru().as_str(), fixture.path), "{name}");
        let sent: Value = serde_json::from_slice(request.body.bytes()).unwrap();
        assert_eq!(sent, serde_json::from_str::<Value>(&body).unwrap(), "{name}");

        let headers = request
            .headers()
            .map(|(header, value)| format!("{header}: {}", value.replace(KEY, "(redacted)")));
        format!("{} {}\n{}\n\n{body}", fixture.method, request.url, headers.join("\n"))
    }
}

#[test]
fn every_request_is_written_back_as_in_its_fixture() {
    let mut found = Vec::new();
    let readable = |exchange: &Exchange| REFUSED.iter().all(|(refused, ..)| *refused != exchange.name);
    for exchange in exchanges().into_iter().filter(readable) {
        let theirs = leaves(&serde_json::from_str(exchange.request.body.get()).unwrap());
        let ours = leaves(&visit(&exchange.command, WrittenBack(&exchange)));
        for member in theirs.keys().chain(ours.keys().filter(|member| !theirs.contains_key(*member))) {
            if theirs.get(member) != ours.get(member) {
                found.push((exchange.name.clone(), member.clone(), ours.get(member).map(Value::to_string)));
            }
        }
    }
    let listed: Vec<_> = DIFFERENCES
        .iter()
        .map(|(name, member, ours, _)| {
            ((*name).to_owned(), (*member).to_owned(), ours.map(ToOwned::to_owned))
        })
        .collect();
    assert_eq!(found, listed);
}

struct WrittenBack<'a>(&'a Exchange);

impl CommandVisitor for WrittenBack<'_> {
    type Output = Value;

    fn visit<C: Command>(&mut self) -> Value {
        let command: C = serde_json::from_str(self.0.request.body.get()).unwrap();
        let written = serde_json::to_value(&command).unwrap();
        assert_eq!(serde_json::from_value::<C>(written.clone()).unwrap(), command, "{}", self.0.name);
        written
    }
}
