//! Properties of reading: nothing panics, nothing is lost, and what is written is read back.

use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value, json};
use whatsgate_core::{Response, parse};
use whatsgate_model::visit_commands;
use whatsgate_model::{
    Ack, Base64Data, Chat, Command, CommandVisitor, Event, EventData, EventId, FileDescription, Message,
    MessageType, MimeType, OutgoingType, PhoneNumber, Reply, SendReply, SendRequest, SessionInfo,
    SessionStatus, WireDate,
};
use whatsgate_tests::{Exchange, exchanges};

use crate::support::{fixed, session_id, visit};

/// Read from the disk once, not for every case.
static EXCHANGES: LazyLock<Vec<Exchange>> = LazyLock::new(exchanges);

/// Reads a response; whatever it is, its body stays reachable.
struct Read<'a>(u16, &'a [u8]);

impl CommandVisitor for Read<'_> {
    type Output = ();

    fn visit<C: Command>(&mut self) {
        let Self(status, body) = *self;
        match parse::<C>(Response::new(status, body.to_vec())) {
            Ok(answer) => assert_eq!(answer.raw().as_bytes(), body),
            Err(bad) => assert_eq!((bad.status, bad.raw()), (status, body)),
        }
    }
}

/// Any JSON, with a liking for the members of the wire.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        prop::sample::select(&["OK", "", "0,", "true", "1", "-1", "READY", "99999999999999999999"][..])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 5, |inner| {
        let member = prop::sample::select(
            &[
                "result",
                "data",
                "media",
                "id",
                "name",
                "message",
                "code",
                "status",
                "pages",
                "event_data",
                "event_action",
                "unique_id",
                "isGroup",
                "groupMetadata",
                "participants",
                "muteExpiration",
                "mimetype",
                "event_date",
                "page",
                "unknown",
            ][..],
        )
        .prop_map(ToOwned::to_owned);
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::btree_map(member, inner, 0..7)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Puts `value` into the place of one of the values in `whole`.
fn replace(whole: &mut Value, place: usize, value: Value) {
    fn nth<'a>(whole: &'a mut Value, left: &mut usize) -> Option<&'a mut Value> {
        if *left == 0 {
            return Some(whole);
        }
        *left -= 1;
        match whole {
            Value::Array(elements) => elements.iter_mut().find_map(|element| nth(element, left)),
            Value::Object(members) => members.values_mut().find_map(|member| nth(member, left)),
            _ => None,
        }
    }
    fn count(whole: &Value) -> usize {
        1 + match whole {
            Value::Array(elements) => elements.iter().map(count).sum(),
            Value::Object(members) => members.values().map(count).sum(),
            _ => 0,
        }
    }
    let mut left = place % count(whole);
    if let Some(found) = nth(whole, &mut left) {
        *found = value;
    }
}

fn statuses() -> impl Strategy<Value = u16> {
    prop_oneof![4 => Just(200_u16), 1 => Just(500), 1 => any::<u16>()]
}

fn texts() -> impl Strategy<Value = String> {
    any::<String>()
}

fn messages() -> impl Strategy<Value = Message> {
    (texts(), any::<i64>(), any::<bool>(), prop::option::of(".{1,9}"), prop::option::of(any::<i64>()))
        .prop_map(|(body, ack, flag, kind, timestamp)| {
            let id = "true_79999999999@c.us_3DB0F5D953FBA2806CB5".parse().unwrap();
            let mut message = Message::new(id);
            message.body = body;
            message.ack = Some(Ack(ack));
            message.has_media = flag;
            message.is_forwarded = !flag;
            message.kind = kind.map(Into::into);
            message.timestamp = timestamp;
            message
        })
}

proptest! {
    #![proptest_config(fixed(256))]

    #[test]
    fn no_bytes_panic(status in statuses(), body in proptest::collection::vec(any::<u8>(), 0..120)) {
        visit_commands(&mut Read(status, &body));
    }

    #[test]
    fn no_json_panics(status in statuses(), body in values()) {
        let body = body.to_string();
        visit_commands(&mut Read(status, body.as_bytes()));
    }

    /// A documented reply, or event, with one value exchanged for another.
    #[test]
    fn no_exchanged_value_panics(
        which in any::<prop::sample::Index>(),
        place in any::<usize>(),
        value in values(),
    ) {
        let exchange = which.get(&EXCHANGES);
        let mut body: Value = serde_json::from_str(exchange.response.body.get()).unwrap();
        replace(&mut body, place, value);
        visit(&exchange.command, Read(exchange.response.status, body.to_string().as_bytes()));
    }

    #[test]
    fn a_message_is_read_back(message in messages()) {
        let written = serde_json::to_string(&message).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Message>(&written).unwrap(), &message);

        let reply = format!(r#"{{"result":{written}}}"#);
        let reply = SendReply::from_json(&reply).unwrap();
        prop_assert_eq!(reply.result.message(), Some(&message));

        let date = WireDate::new("2022-09-07 18:29:37").unwrap();
        let data = EventData::Sent(Box::new(message));
        let event = Event::new(EventId(18), session_id(), date, &data).unwrap();
        let read: Event = serde_json::from_str(&serde_json::to_string(&event).unwrap()).unwrap();
        prop_assert_eq!(read.data, data);
    }

    #[test]
    fn a_request_is_read_back(
        body in texts(),
        filename in ".{1,12}",
        content in proptest::collection::vec(any::<u8>(), 0..64),
        kind in ".{1,9}",
        number in "[1-79][0-9]{4,14}",
    ) {
        let number = PhoneNumber::new(number).unwrap();
        let file = FileDescription::new(OutgoingType::from(kind), MimeType::octet_stream(), filename)
            .with_caption(body)
            .with_data(Base64Data::encode(&content));
        prop_assert_eq!(&file.data.decode().unwrap(), &content);
        let request = SendRequest::new(session_id(), number, file);
        let written = serde_json::to_string(&request).unwrap();
        prop_assert_eq!(serde_json::from_str::<SendRequest>(&written).unwrap(), request);
    }

    /// Words that this version does not know go out as they came in.
    #[test]
    fn unknown_words_survive(word in "[A-Za-z_]{1,12}") {
        prop_assert_eq!(MessageType::from(word.as_str()).to_string(), word.as_str());
        prop_assert_eq!(SessionStatus::from(word.as_str()).to_string(), word.as_str());
        let session = json!({ "unique_id": "6345454545454", "name": "", "status": word });
        let read: SessionInfo = serde_json::from_value(session.clone()).unwrap();
        prop_assert_eq!(serde_json::to_value(&read).unwrap(), session);
    }
}

/// Members that this version does not know stay reachable in the text.
#[test]
fn unknown_members_survive() {
    let body = r#"{"result":"OK","data":[{"id":"79999999999@c.us","archived":true}],"took":7}"#;
    let answer = parse::<whatsgate_model::GetChatsRequest>(Response::new(200, body)).unwrap();
    assert_eq!(answer.raw(), body);
    let chats: &[Chat] = &answer.data;
    assert_eq!(chats[0].id, "79999999999@c.us");
}
