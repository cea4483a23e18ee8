//! Reading what the service writes in more than one way.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use whatsgate_model::*;

fn read<T: DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).unwrap()
}

const ID: &str = "true_79999999999@c.us_3EB0EBC34954F8976AA6";

#[test]
fn numbers_and_booleans_come_as_text() {
    for (yes, no) in [
        (json!(true), json!(false)),
        (json!(1), json!(0)),
        (json!(1.0), json!(0.0)),
        (json!("true"), json!("false")),
        (json!("1"), json!("0")),
        (json!("true,"), json!("false,")),
        (json!(" 1 , "), json!(" 0 , ")),
    ] {
        assert!(read::<CheckReply>(json!({ "data": yes })).data, "{yes}");
        assert!(!read::<CheckReply>(json!({ "data": no })).data, "{no}");
        let message: Message = read(json!({ "id": ID, "hasMedia": yes, "isForwarded": no }));
        assert!(message.has_media && !message.is_forwarded, "{yes} {no}");
    }
    for number in [json!(1_660_218_976), json!("1660218976"), json!("1660218976,"), json!(1_660_218_976.0)] {
        let chat: Chat = read(json!({ "id": "1@c.us", "timestamp": number, "unreadCount": number }));
        assert_eq!((chat.timestamp, chat.unread_count), (Some(1_660_218_976), 1_660_218_976), "{number}");
        let event: Event = read(json!({ "id": number, "status_code": number, "user_id": number }));
        assert_eq!((event.id, event.status_code), (EventId(1_660_218_976), Some(1_660_218_976)), "{number}");
        assert_eq!(event.user_id, Some(1_660_218_976), "{number}");
        let page: Page<SessionInfo> =
            read(json!({ "pages": number, "elements": number, "page": number, "data": [] }));
        assert_eq!((page.pages, page.elements, page.page), (Some(1_660_218_976), page.pages, page.pages));
    }
    let error: ErrorBody = read(json!({ "code": "0", "status": "401," }));
    assert_eq!((error.code, error.status), (Some(0.into()), Some(401)));
    assert_eq!(read::<Message>(json!({ "id": ID, "ack": "3" })).ack, Some(Ack::READ));
    assert_eq!(read::<Media>(json!({ "data": "", "filesize": "17" })).filesize, Some(17));
}

#[test]
fn text_comes_as_numbers() {
    let session: SessionInfo =
        read(json!({ "unique_id": 6_345_454_545_454_u64, "name": 7, "code": 12_345_678 }));
    assert_eq!((session.unique_id.as_str(), &*session.name), ("6345454545454", "7"));
    assert_eq!(session.code.as_deref(), Some("12345678"));
    let ready: Event =
        read(json!({ "id": 1, "event_action": "ready", "event_data": { "number": 79_991_234_567_u64 } }));
    let EventData::Ready(ready) = ready.data else { panic!("{:?}", ready.data) };
    assert_eq!(ready.number.as_deref(), Some("79991234567"));
}

#[test]
fn what_is_no_such_scalar_is_absent() {
    for odd in [json!("soon"), json!([1]), json!({ "a": 1 }), json!(1.5), json!(1e300), json!(u64::MAX)] {
        let message: Message = read(json!({ "id": ID, "timestamp": odd, "hasMedia": odd, "from": [odd] }));
        assert_eq!((message.timestamp, message.has_media, message.from), (None, false, None), "{odd}");
    }
    for marked_unread in [json!(-1), json!("-1")] {
        assert_eq!(read::<Chat>(json!({ "id": "1@c.us", "unreadCount": marked_unread })).unread_count, -1);
    }
}

/// Checks for every member that `null` reads like an absent one, also where both are errors.
fn null_is_absent<T: DeserializeOwned + PartialEq + std::fmt::Debug>(full: &Value) {
    assert!(serde_json::from_value::<T>(full.clone()).is_ok(), "{full}");
    let members = full.as_object().unwrap();
    for name in members.keys() {
        let mut null = members.clone();
        null.insert(name.clone(), Value::Null);
        let mut absent = members.clone();
        absent.remove(name);
        let null = serde_json::from_value::<T>(null.into()).ok();
        assert_eq!(null, serde_json::from_value::<T>(absent.into()).ok(), "{name}");
    }
}

fn full_message() -> Value {
    json!({
        "_id": "3EB0EBC34954F8976AA6", "id": ID, "ack": 1, "hasMedia": true, "mediaKey": "a2V5", "body": "Hello",
        "type": "chat", "timestamp": 1_660_217_895, "from": "79999999999@c.us", "to": "79991112233@c.us",
        "from_name": "Vasya", "author": "79999999999@c.us", "isForwarded": true,
    })
}

#[test]
fn null_means_absent_in_replies() {
    null_is_absent::<Message>(&full_message());
    null_is_absent::<Chat>(&json!({
        "id": "1@g.us", "name": "Group", "isGroup": true, "isReadOnly": true, "unreadCount": 1, "timestamp": 1,
        "pinned": true, "isMuted": true, "muteExpiration": 5,
        "groupMetadata": { "id": "1@g.us" },
    }));
    null_is_absent::<GroupMetadata>(&json!({
        "id": "1@g.us", "creation": 1, "owner": "1@c.us", "size": 1,
        "participants": [{ "id": "1@c.us", "isAdmin": true, "isSuperAdmin": true }],
    }));
    null_is_absent::<Participant>(&json!({ "id": "1@c.us", "isAdmin": true, "isSuperAdmin": true }));
    null_is_absent::<SessionInfo>(&json!({
        "id": 1, "name": "Shop", "unique_id": "6345454545454", "status": "READY", "callback": "https://example.org",
        "date_add": "2022-10-11 19:30:14", "qr": "x", "code": "x", "status_name": "Working", "pushname": "Vasya",
        "wid": "79991234567@c.us", "qr_link": "https://example.org/qr/1",
    }));
    null_is_absent::<Media>(&json!({ "mimetype": "image/png", "data": "", "filename": "a", "filesize": 1 }));
    null_is_absent::<ErrorBody>(&json!({ "name": "a", "message": "b", "code": 0, "status": 401 }));
    null_is_absent::<SendReply>(&json!({ "result": full_message() }));
    null_is_absent::<CheckReply>(&json!({ "result": "OK", "data": true }));
    null_is_absent::<GetMediaReply>(&json!({ "result": "OK", "media": { "data": "" } }));
    null_is_absent::<SessionReply>(&json!({ "result": "OK", "data": { "unique_id": "1" } }));
    null_is_absent::<DoneReply>(&json!({ "result": "OK" }));
    null_is_absent::<Ready>(&json!({ "pushname": "Vasya", "number": "79991234567" }));
    null_is_absent::<ErrorReport>(&json!({ "error": "a", "message": "b" }));
    null_is_absent::<Disconnect>(&json!({ "reason": "LOGOUT" }));
}

#[test]
fn null_means_absent_in_requests() {
    let id = "6345454545454";
    null_is_absent::<EventsGetRequest>(
        &json!({ "WhatsappID": id, "date": "a", "action": "ack", "page_cnt": 1, "page": 1 }),
    );
    null_is_absent::<SessionsGetRequest>(
        &json!({ "WhatsappID": id, "name": "a", "status": "READY", "page_cnt": 1, "page": 1 }),
    );
    null_is_absent::<SessionCreateRequest>(
        &json!({ "name": "a", "callback": "b", "auth_type": "CODE", "number": "79999999999" }),
    );
    null_is_absent::<SendRequest>(
        &json!({ "WhatsappID": id, "async": true, "recipient": { "id": "1@c.us" }, "message": { "body": "a" } }),
    );
    null_is_absent::<OutgoingMessage>(&json!({
        "type": "doc", "body": "a", "quote": ID, "media": { "mimetype": "a/b", "data": "", "filename": "a" },
    }));
    null_is_absent::<Recipient>(&json!({ "id": "1@c.us", "number": "2", "type": "group" }));
    null_is_absent::<SetHookRequest>(&json!({ "WhatsappID": id, "callback": "a" }));
}

#[test]
fn the_members_of_an_event_may_be_null() {
    let full = json!({
        "id": 18, "whatsapp_id": "191b80a9238", "event_action": "message", "event_date": "2022-09-07 18:29:37",
        "status_code": 1, "user_id": 1, "event_data": { "message": full_message() },
    });
    for name in full.as_object().unwrap().keys().filter(|name| *name != "id") {
        let (mut null, mut absent) = (full.clone(), full.clone());
        null[name] = Value::Null;
        absent.as_object_mut().unwrap().remove(name);
        let (null, absent): (Event, Event) = (read(null), read(absent));
        assert_eq!(
            (null.id, &null.session, &null.action),
            (absent.id, &absent.session, &absent.action),
            "{name}"
        );
        assert_eq!((&null.date, null.status_code), (&absent.date, absent.status_code), "{name}");
        assert_eq!((null.user_id, &null.data), (absent.user_id, &absent.data), "{name}");
    }
}

#[test]
fn empty_filters_are_no_filters() {
    let all = json!({ "WhatsappID": "", "name": "", "status": "", "page_cnt": "", "page": "" });
    assert_eq!(read::<SessionsGetRequest>(all), SessionsGetRequest::new());
    let all = json!({ "WhatsappID": "", "date": "", "action": "", "page_cnt": "", "page": "" });
    assert_eq!(read::<EventsGetRequest>(all), EventsGetRequest::new());
}

#[test]
fn empty_text_means_absent_where_the_service_writes_it_so() {
    let session: SessionInfo = read(json!({ "unique_id": "1", "callback": "", "qr_link": "" }));
    assert_eq!((session.callback, session.qr_link), (None, None));
    let message: Message = read(json!({ "id": ID, "mediaKey": "" }));
    assert_eq!(message.media_key, None);
    assert_eq!(serde_json::to_value(message).unwrap()["mediaKey"], "");
}

#[test]
fn php_writes_an_empty_map_as_an_array() {
    for action in EventAction::KNOWN {
        let event: Event = read(json!({ "id": 1, "event_action": action, "event_data": [] }));
        match event.data {
            EventData::Ready(data) => assert_eq!(data, Ready::default()),
            EventData::Error(data) => assert_eq!(data, ErrorReport::default()),
            EventData::Disconnect(data) => assert_eq!(data, Disconnect::default()),
            EventData::Unreadable { .. } => {}
            other => panic!("{action}: {other:?}"),
        }
    }
    let chat: Chat = read(json!({ "id": "1@g.us", "groupMetadata": [] }));
    assert_eq!(chat.kind, ChatKind::Group(None));
    assert_eq!(read::<GetChatsReply>(json!({ "data": {} })).data, List::default());
    assert_eq!(read::<GetChatsReply>(json!({ "data": null })).data, List::default());
    assert!(
        serde_json::from_value::<GetChatsReply>(json!({ "result": "OK" })).is_err(),
        "nothing is not empty"
    );
}

#[test]
fn the_data_of_events_is_read_where_it_stands() {
    let read = |action: &str, data: Value| -> EventData {
        read::<Event>(json!({ "id": 1, "event_action": action, "event_data": data })).data
    };
    let message: Message = serde_json::from_value(full_message()).unwrap();
    assert_eq!(read("ack", json!({ "message": full_message() })).message(), Some(&message));
    assert_eq!(read("ack", full_message()).message(), Some(&message));
    for data in [json!({ "error": "gone" }), json!({ "name": "a", "message": "gone" }), json!("gone")] {
        assert_eq!(read("error", data), EventData::Error(ErrorReport::new("gone")));
    }
    for data in [json!({ "reason": "LOGOUT" }), json!("LOGOUT")] {
        assert_eq!(read("disconnect", data), EventData::Disconnect(Disconnect::new("LOGOUT")));
    }
    assert_eq!(read("call", json!({ "message": full_message() })), EventData::Other);
    for data in [json!(1), json!("text"), json!(null), json!({ "message": "text" })] {
        assert!(matches!(read("message", data), EventData::Unreadable { .. }));
    }
}

#[test]
fn a_group_is_told_by_the_flag_then_the_metadata_then_the_id() {
    let group = |json: Value| read::<Chat>(json).is_group();
    assert!(!group(json!({ "id": "1@g.us", "isGroup": false, "groupMetadata": {} })));
    assert!(group(json!({ "id": "1@c.us", "isGroup": "true," })));
    assert!(group(json!({ "id": "1@c.us", "groupMetadata": {} })));
    assert!(group(json!({ "id": "1@g.us" })));
    assert!(!group(json!({ "id": "1@c.us" })));
}

#[test]
fn how_long_a_chat_is_muted_is_kept_as_it_came() {
    for (json, read_as) in [
        (json!(false), MuteExpiration::Flag(false)),
        (json!(-1), MuteExpiration::Integer(-1)),
        (json!("0,"), MuteExpiration::Integer(0)),
        (json!(0.5), MuteExpiration::Number(0.5)),
        (json!("for ever"), MuteExpiration::Text("for ever".to_owned())),
    ] {
        let chat: Chat = read(json!({ "id": "1@c.us", "muteExpiration": json }));
        assert_eq!(chat.mute_expiration, Some(read_as));
    }
}

#[test]
fn members_of_a_group_that_cannot_be_read_are_left_out() {
    let chat: Chat = read(json!({
        "id": "1@g.us",
        "groupMetadata": { "participants": [{ "id": "1@c.us", "isAdmin": "1" }, { "isAdmin": true }, 7, null] },
    }));
    let mut admin = Participant::new(ChatId::new("1@c.us").unwrap());
    admin.is_admin = true;
    assert_eq!(chat.group().unwrap().participants, [admin]);
    for odd in [json!("none"), json!({ "0": {} }), json!(0), json!(true)] {
        assert_eq!(read::<GroupMetadata>(json!({ "participants": odd })), GroupMetadata::default());
    }
}

#[test]
fn a_word_or_a_message_may_come_in_either_mode() {
    assert_eq!(read::<SendReply>(json!({ "result": "" })).result, SendResult::Queued(String::new()));
    let sent = read::<SendReply>(json!({ "result": full_message() })).result;
    assert_eq!(sent.message().unwrap().id, ID);
    for unclear in [json!({}), json!({ "result": null }), json!({ "result": true })] {
        assert!(serde_json::from_value::<SendReply>(unclear.clone()).is_err(), "{unclear}");
    }
}
