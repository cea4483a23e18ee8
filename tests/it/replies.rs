//! Every fixture's response, read into the reply or the error of its command.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;
use whatsgate_core::{Command, Response, parse};
use whatsgate_model::{GetMediaReply, Reply};
use whatsgate_tests::{Exchange, Step, exchanges, run};

use crate::commands::{Visitor, visit};
use crate::support::{debug, describe, once, snapshot};

#[test]
fn every_reply_matches_its_snapshot() {
    for exchange in exchanges() {
        let text = visit(&exchange.command, Read(&exchange));
        snapshot("replies", &exchange.name, &text);
    }
}

struct Read<'a>(&'a Exchange);

impl Visitor for Read<'_> {
    type Output = String;

    fn visit<C>(self) -> String
    where
        C: Command + DeserializeOwned + Debug + PartialEq,
        C::Reply: Serialize + Debug + PartialEq,
    {
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
