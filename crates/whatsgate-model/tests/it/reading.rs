//! Whatever JSON comes, reading does not panic, and what was read can be written.

use std::fmt::Debug;

use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use whatsgate_model::*;

use crate::generate;

/// Reads the JSON as text and as a value. What can be read can be written, and reads the same again.
fn read<T: Serialize + DeserializeOwned + PartialEq + Debug>(json: &Value) -> Result<(), TestCaseError> {
    let from_text = serde_json::from_str::<T>(&json.to_string());
    prop_assert_eq!(from_text.is_ok(), T::deserialize(json).is_ok());
    if let Ok(value) = from_text {
        let written = serde_json::to_string(&value).unwrap();
        prop_assert_eq!(&serde_json::from_str::<T>(&written).unwrap(), &value, "{}", written);
    }
    Ok(())
}

macro_rules! for_all_types {
    ($call:ident($json:expr)) => {
        for_all_types!(@each $call($json):
            Ack, Acknowledgement, AuthType, Base64Data, Chat, ChatId, CheckReply, CheckRequest, Disconnect, DoneReply,
            ErrorBody, ErrorReport, Event, EventAction, EventId, EventsGetReply, EventsGetRequest, GetChatsReply,
            GetChatsRequest, GetMediaReply, GetMediaRequest, GetMessageMediaRequest, GroupMetadata, GroupNumber,
            List<Chat>, List<Event>, List<Message>, Media, MediaKey, Message, MessageId, MessageType, MimeType,
            MuteExpiration, OutgoingMessage, OutgoingType, Participant, PhoneNumber, RawJson, Ready, Recipient,
            SeenRequest, SendReply, SendRequest, SendResult, SessionInfo, SessionCreateRequest,
            SessionDeleteRequest, SessionId, SessionReply, SessionStatus, SessionsGetReply, SessionsGetRequest,
            SetHookRequest, SetNameRequest, TypingRequest, WireDate,
        )
    };
    (@each $call:ident($json:expr): $($name:ty,)+) => { $( $call::<$name>($json)?; )+ };
}

macro_rules! replies_from_json {
    ($text:expr => $($name:ty),+) => { $( drop(<$name>::from_json($text)); )+ };
}

/// Replaces the member or element at one place, counted through the whole JSON, if there are so many.
fn replace(json: &mut Value, place: &mut usize, by: &Value) -> bool {
    let children: Vec<&mut Value> = match json {
        Value::Object(members) => members.values_mut().collect(),
        Value::Array(items) => items.iter_mut().collect(),
        _ => return false,
    };
    for child in children {
        if *place == 0 {
            child.clone_from(by);
            return true;
        }
        *place -= 1;
        if replace(child, place, by) {
            return true;
        }
    }
    false
}

/// JSON that is right but for one member.
fn nearly(value: impl Serialize, mut place: usize, by: &Value) -> Value {
    let mut json = serde_json::to_value(value).unwrap();
    replace(&mut json, &mut place, by);
    json
}

/// The JSON as PHP writes it, with escapes for all that is not ASCII.
fn escaped(json: &Value) -> String {
    json.to_string().encode_utf16().fold(String::new(), |text, unit| match u8::try_from(unit) {
        Ok(letter) if letter.is_ascii() => text + &char::from(letter).to_string(),
        _ => format!("{text}\\u{unit:04x}"),
    })
}

/// Reads the text as `serde_json` does, and fails where it fails.
fn like_serde_json(text: &str) -> Result<(), TestCaseError> {
    let expected = serde_json::from_str::<Value>(text);
    let read = from_json::<Value>(text);
    let alike = match (&read, &expected) {
        (Ok(read), Ok(expected)) => alike(read, expected),
        (read, expected) => read.is_err() && expected.is_err(),
    };
    prop_assert!(alike, "{:?} in place of {:?}: {}", read.ok(), expected.ok(), text);
    Ok(())
}

/// Whether two values are the same, but for the last digit of fractions, some of which have more than are exact.
fn alike(read: &Value, expected: &Value) -> bool {
    match (read, expected) {
        (Value::Array(read), Value::Array(expected)) => {
            read.len() == expected.len()
                && read.iter().zip(expected).all(|(read, expected)| alike(read, expected))
        }
        (Value::Object(read), Value::Object(expected)) => {
            read.len() == expected.len()
                && read
                    .iter()
                    .zip(expected)
                    .all(|(read, expected)| read.0 == expected.0 && alike(read.1, expected.1))
        }
        (Value::Number(number), Value::Number(other)) if number.is_f64() && other.is_f64() => {
            let (number, other) = (number.as_f64().unwrap(), other.as_f64().unwrap());
            (number - other).abs() <= other.abs() * 1e-14
        }
        _ => read == expected,
    }
}

#[test]
fn numbers_words_and_depths_are_read_as_serde_json_does() {
    let deep = |depth| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    let objects = |depth| format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
    let long = ["9".repeat(400), format!("0.{}1", "0".repeat(400)), format!("{}e-30", "1".repeat(40))];
    let numbers = [
        "0",
        "-0",
        "-0.0",
        "1",
        "-1",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "-9223372036854775809",
        "18446744073709551615",
        "18446744073709551616",
        "1e3",
        "1E+3",
        "0.1",
        "1.5e-7",
        "1e22",
        "1e-22",
        "123456789012345e-22",
        "1e309",
        "-1e309",
        "01",
        "1.",
        ".5",
        "+1",
        "1e",
        "-",
        "truefalse",
        "nul",
        "true ",
        " null",
        "\u{feff}1",
        "",
        r#""\ud83d""#,
        r#""\ud83d\ude42""#,
        r#""\x""#,
        "\"a\u{1}\"",
        r#"{"a":1,"a":2}"#,
        r#"{"a" 1}"#,
        "[1,]",
        "[1 2]",
        "{,}",
        r#"{"\u0061":[]}"#,
        "[[],{}]",
        "{}[]",
        "1 1",
    ];
    for text in numbers {
        assert_eq!(from_json::<Value>(text).ok(), serde_json::from_str(text).ok(), "{text}");
    }
    for text in numbers.map(str::to_owned).into_iter().chain(long) {
        like_serde_json(&text).unwrap();
    }
    for depth in [126, 127, 128, 129, 10_000] {
        like_serde_json(&deep(depth)).unwrap();
        like_serde_json(&objects(depth)).unwrap();
    }
}

#[test]
fn fractions_beyond_what_is_exact_are_read_nearly() {
    for text in ["1e300", "-1.7976931348623157e308", "2.2250738585072014e-308", "5e-324", "1e-400", "0e999"] {
        let expected: f64 = serde_json::from_str(text).unwrap();
        let read: f64 = from_json(text).unwrap();
        assert!((read - expected).abs() <= expected.abs() * 1e-14 + f64::from_bits(1), "{text}: {read:e}");
    }
    for text in ["1e99999999999", "-1e99999999999", "1e2147483647"] {
        assert!(from_json::<f64>(text).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn text_is_read_as_serde_json_does(json in generate::json(), cut in 0..400_usize, by in any::<char>()) {
        for text in [json.to_string(), format!("{json:#}"), escaped(&json)] {
            like_serde_json(&text)?;
            let place = text.char_indices().map(|(place, _)| place).nth(cut).unwrap_or(text.len());
            let (before, after) = text.split_at(place);
            like_serde_json(before)?;
            like_serde_json(&format!("{before}{by}{after}"))?;
        }
    }

    #[test]
    fn any_json(json in generate::json()) {
        for_all_types!(read(&json));
        let text = json.to_string();
        replies_from_json!(&text => CheckReply, DoneReply, EventsGetReply, GetChatsReply, GetMediaReply, SendReply,
            SessionReply, SessionsGetReply);
    }

    #[test]
    fn any_text(text in generate::text()) {
        replies_from_json!(&text => CheckReply, DoneReply, EventsGetReply, GetChatsReply, GetMediaReply, SendReply,
            SessionReply, SessionsGetReply, List<Event>);
    }

    #[test]
    fn helpers_take_whatever_the_service_sent(text in generate::text()) {
        let json = Value::from(text.as_str());
        let chat: ChatId = serde_json::from_value(json.clone()).unwrap();
        let _ = (chat.is_contact(), chat.is_group(), chat.phone());
        let message: MessageId = serde_json::from_value(json.clone()).unwrap();
        let _ = (message.is_outgoing(), message.chat(), message.short());
        let mime: MimeType = serde_json::from_value(json.clone()).unwrap();
        prop_assert!(text.contains(mime.essence()));
        let date: WireDate = serde_json::from_value(json.clone()).unwrap();
        let _ = (date.unix_seconds_if_utc(), date.shifted_by_seconds(i64::MAX));
        let data: Base64Data = serde_json::from_value(json).unwrap();
        let _ = data.decode();
        let _ = text.parse::<Recipient>();
    }

    #[test]
    fn nearly_right_chats(chat in generate::chat(), place in 0..14_usize, by in generate::json()) {
        let json = nearly(&chat, place, &by);
        read::<Chat>(&json)?;
        // Only `id` is required, and any scalar but a boolean can be one.
        let id = &json["id"];
        if id.is_string() {
            prop_assert!(serde_json::from_value::<Chat>(json).is_ok());
        }
    }

    #[test]
    fn nearly_right_messages(message in generate::message(), place in 0..13_usize, by in generate::json()) {
        let json = nearly(&message, place, &by);
        read::<Message>(&json)?;
        if json["id"].is_string() {
            prop_assert!(serde_json::from_value::<Message>(json).is_ok());
        }
    }

    #[test]
    fn nearly_right_sessions(session in generate::session(), place in 0..12_usize, by in generate::json()) {
        let json = nearly(&session, place, &by);
        read::<SessionInfo>(&json)?;
        if json["unique_id"].is_string() {
            prop_assert!(serde_json::from_value::<SessionInfo>(json).is_ok());
        }
    }

    #[test]
    fn nearly_right_files(media in generate::media(), place in 0..4_usize, by in generate::json()) {
        let json = nearly(&media, place, &by);
        read::<Media>(&json)?;
        if json["data"].is_string() {
            prop_assert!(serde_json::from_value::<Media>(json).is_ok());
        }
    }

    #[test]
    fn nearly_right_events(event in generate::event(), place in 0..18_usize, by in generate::json()) {
        let json = nearly(&event, place, &by);
        read::<Event>(&json)?;
        if json["id"].is_i64() {
            let event: Event = serde_json::from_value(json).unwrap();
            let _ = (event.raw_data(), event.data.message());
        }
    }

    #[test]
    fn nearly_right_send_requests(request in generate::send_request(), place in 0..12_usize, by in generate::json()) {
        let json = nearly(&request, place, &by);
        read::<SendRequest>(&json)?;
        if let Ok(request) = serde_json::from_value::<SendRequest>(json) {
            let _ = request.recipient.is_group();
        }
    }
}

#[test]
fn deep_nesting_costs_no_stack() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for action in EventAction::KNOWN {
        let text = format!(r#"{{"id":1,"event_action":"{action}","event_data":{{"message":{deep}}}}}"#);
        let event: Event = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&event).unwrap(), text);
        assert_eq!(event.raw_data().unwrap().as_str().len(), deep.len() + r#"{"message":}"#.len());
    }
    for odd in ["qr", "name", "of_a_later_version"] {
        let text = format!(r#"{{"unique_id":"1","{odd}":{deep}}}"#);
        assert_eq!(
            serde_json::from_str::<SessionInfo>(&text).unwrap(),
            SessionInfo::new(SessionId::new("1").unwrap())
        );
    }
    let chats = GetChatsReply::from_json(&format!(r#"{{"data":[{deep}]}}"#)).unwrap();
    assert_eq!(chats.data.unreadable.len(), 1);
}

#[test]
fn an_error_tells_the_type_and_the_place_and_not_the_value() {
    let cases = [
        (r#"{"data":true}"#, "boolean, expected a string at line 1 column 12"),
        (r#"{"data":17}"#, "integer, expected a string at line 1 column 10"),
        (r#"{"data":-17}"#, "integer, expected a string at line 1 column 11"),
        (r#"{"data":1.5}"#, "floating point, expected a string at line 1 column 11"),
        (r#"{"data":null}"#, "null, expected a string at line 1 column 12"),
        ("{\n\"data\":[1]}", "array, expected a string at line 2 column 8"),
        ("{\n\"data\":{\"a\":1}}", "object, expected a string at line 2 column 8"),
        (r#""secret""#, "string, expected an object at line 1 column 8"),
        ("[1]", "array, expected an object at line 1 column 1"),
    ];
    for (json, expected) in cases {
        let error = from_json::<Media>(json).unwrap_err();
        assert!(error.is_shape());
        assert_eq!(error.to_string(), format!("invalid type: {expected}"), "{json}");
    }
    let error = from_json::<u32>("-5").unwrap_err();
    assert_eq!(error.to_string(), "invalid value: integer, expected u32 at line 1 column 2");
    assert_eq!(
        from_json::<Media>(r#"{"data":"a"} x"#).unwrap_err().to_string(),
        "trailing characters at line 1 column 14"
    );
}

#[test]
fn what_is_no_json_is_refused_by_every_reply_and_comes_to_an_end() {
    for text in
        ["{\"a\":@}", "{\"a\": \"OK\",4 {@  }", "\t\0{\"a\":1}", "[@", "{\"a\":-@", "{\"a\":я}", "{@", "@"]
    {
        assert!(SessionDeleteReply::from_json(text).is_err(), "{text}");
        assert!(SetNameReply::from_json(text).is_err(), "{text}");
        assert!(DoneReply::from_json(text).is_err(), "{text}");
        assert!(SendReply::from_json(text).is_err(), "{text}");
        // Says something or other, and ends.
        let _ = from_valid::<Value>(text);
        let _ = all_members_of_valid(text);
    }
}
