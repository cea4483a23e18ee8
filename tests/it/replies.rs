//! Every fixture's response, read into the reply or the error of its command.

use serde_json::Value;
use whatsgate_core::{Response, parse};
use whatsgate_model::{Command, CommandVisitor, GetMediaReply, Reply};
use whatsgate_tests::{Exchange, Step, exchanges, run};

use crate::support::{debug, describe, leaves, once, snapshot, visit};

#[test]
fn every_reply_matches_its_snapshot() {
    for exchange in exchanges() {
        let text = visit(&exchange.command, Read(&exchange));
        snapshot("replies", &exchange.name, &text);
    }
}

struct Read<'a>(&'a Exchange);

impl CommandVisitor for Read<'_> {
    type Output = String;

    fn visit<C: Command>(&mut self) -> String {
        let Exchange { name, request, response, .. } = self.0;
        let body = response.body.get();
        match parse::<C>(Response::new(response.status, body.to_owned())) {
            Ok(answer) => {
                assert_eq!(answer.raw(), body, "{name}: the text stays reachable");
                let written = serde_json::to_string(&answer.reply).unwrap();
                assert_eq!(C::Reply::from_json(&written).unwrap(), answer.reply, "{name}: read back");
                debug(&answer.reply)
            }
            Err(bad) => {
                assert_eq!(bad.raw(), body.as_bytes(), "{name}: the text stays reachable");
                let command: C = serde_json::from_str(request.body.get()).unwrap();
                let client = once(Step::reply(response.status, body));
                let error = run(client.call(&command)).unwrap_err();
                assert_eq!(error.raw().as_deref(), Some(body), "{name}: the text stays reachable");
                describe(&error)
            }
        }
    }
}

/// The fixture whose numbers and booleans are text that ends with a comma.
const TYPOS: &str = "quirk.get-chats.openapi-typos";

/// A member that is read into nothing would be missing when the reply is written back. Only `null` and empty text are
/// left out, and only the vendor's typos are mended.
#[test]
fn no_member_of_a_reply_is_lost() {
    // An empty word, which says nothing, is no reply.
    for exchange in exchanges().into_iter().filter(|exchange| exchange.name != "quirk.send.empty-result") {
        let theirs = leaves(&serde_json::from_str(exchange.response.body.get()).unwrap());
        let mut ours = leaves(&visit(&exchange.command, WrittenBack(&exchange)));
        for (member, value) in theirs {
            let written = ours.remove(&member).unwrap_or_default();
            let is_empty = written.is_null() && value == "";
            let is_typo = exchange.name == TYPOS && value == format!("{written},");
            assert!(written == value || is_empty || is_typo, "{}: {member}: {value}", exchange.name);
        }
        assert!(ours.is_empty(), "{}: written without being read: {ours:?}", exchange.name);
    }
}

struct WrittenBack<'a>(&'a Exchange);

impl CommandVisitor for WrittenBack<'_> {
    type Output = Value;

    fn visit<C: Command>(&mut self) -> Value {
        let response = &self.0.response;
        match parse::<C>(Response::new(response.status, response.body.get().to_owned())) {
            Ok(answer) => serde_json::to_value(&answer.reply).unwrap(),
            Err(bad) => serde_json::to_value(bad.envelope().unwrap()).unwrap(),
        }
    }
}

#[test]
fn files_come_back_byte_for_byte() {
    let media = exchanges()
        .into_iter()
        .filter(|exchange| exchange.command == "get-media" || exchange.command == "get-messagemedia");
    let mut count = 0;
    for exchange in media {
        let reply = GetMediaReply::from_json(exchange.response.body.get()).unwrap();
        let bytes = reply.media.data.decode().unwrap();
        assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n"), "{}", exchange.name);
        assert_eq!(bytes.len(), 70, "{}", exchange.name);
        count += 1;
    }
    assert_eq!(count, 4);
}
