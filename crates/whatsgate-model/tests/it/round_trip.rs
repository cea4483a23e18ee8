//! What is written is read back equal.

use std::fmt::Debug;

use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use whatsgate_model::*;

use crate::generate;

/// By way of text, as replies come, and by way of a value, as other programs hand it over.
fn survives<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) -> Result<(), TestCaseError> {
    let text = serde_json::to_string(value).unwrap();
    prop_assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value, "{}", text);
    let json = serde_json::to_value(value).unwrap();
    prop_assert!(serde_json::from_value::<T>(json).is_ok());
    Ok(())
}

proptest! {
    #[test]
    fn messages(message in generate::message()) {
        survives(&message)?;
    }

    #[test]
    fn chats(chat in generate::chat()) {
        survives(&chat)?;
    }

    #[test]
    fn sessions(session in generate::session()) {
        survives(&session)?;
    }

    #[test]
    fn files(media in generate::media()) {
        survives(&media)?;
    }

    #[test]
    fn recipients(recipient in generate::recipient()) {
        survives(&recipient)?;
    }

    #[test]
    fn send_requests(request in generate::send_request()) {
        survives(&request)?;
    }

    #[test]
    fn send_replies(message in generate::message(), word in generate::text()) {
        for result in [SendResult::Sent(Box::new(message)), SendResult::Queued(word)] {
            survives(&result)?;
        }
    }

    #[test]
    fn events(event in generate::event()) {
        survives(&event)?;
    }

    #[test]
    fn events_hold_what_they_were_made_of(
        id in any::<i64>(),
        session in generate::session_id(),
        date in generate::date(),
        data in generate::event_data(),
    ) {
        let event = Event::new(EventId(id), session.clone(), date.clone(), &data).unwrap();
        prop_assert_eq!(event.id, EventId(id));
        prop_assert_eq!(event.session, Some(session));
        prop_assert_eq!(event.date, Some(date));
        prop_assert!(event.action.is_known());
        prop_assert_eq!(event.data, data);
    }

    #[test]
    fn an_event_is_written_as_it_came(id in any::<i64>(), unknown in generate::json()) {
        let text = format!(r#"{{ "id" : {id},  "of_a_later_version":{unknown} , "event_action":"unheard" }}"#);
        let event: Event = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(event.raw().as_str(), &text);
        prop_assert_eq!(serde_json::to_string(&event).unwrap(), text);
        prop_assert_eq!(event.data, EventData::Other);
    }

    #[test]
    fn base64_decodes_to_what_was_encoded(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        prop_assert_eq!(Base64Data::encode(&bytes).decode().unwrap(), bytes);
    }

    #[test]
    fn dates_and_unix_seconds(seconds in -62_135_596_800_i64..=253_402_207_200, by in -86_400_i64..86_400) {
        let date = WireDate::from_unix_seconds_as_utc(seconds);
        prop_assert_eq!(&WireDate::new(date.as_str()).unwrap(), &date);
        prop_assert_eq!(date.unix_seconds_if_utc(), Some(seconds));
        if let Some(moved) = date.shifted_by_seconds(by).and_then(|moved| moved.unix_seconds_if_utc()) {
            prop_assert_eq!(moved, seconds + by);
        }
    }
}

#[test]
fn an_event_without_a_form_on_the_wire_is_refused() {
    let unreadable: Event =
        serde_json::from_str(r#"{"id":1,"event_action":"message","event_data":1}"#).unwrap();
    let parts =
        || (EventId(1), SessionId::new("191b80a9238").unwrap(), WireDate::from_unix_seconds_as_utc(0));
    for data in [EventData::Other, unreadable.data] {
        let (id, session, date) = parts();
        assert!(Event::new(id, session, date, &data).is_err(), "{data:?}");
    }
}

#[test]
fn dates_of_the_wire_end_with_its_four_digits() {
    let first = WireDate::new("0000-01-01 00:00:00").unwrap();
    let last = WireDate::new("9999-12-31 23:59:59").unwrap();
    assert_eq!(first.shifted_by_seconds(-1), None);
    assert_eq!(last.shifted_by_seconds(1), None);
    assert_eq!(first.shifted_by_seconds(1).unwrap(), "0000-01-01 00:00:01");
    assert_eq!(WireDate::from_unix_seconds_as_utc(i64::MIN), "0000-01-01 00:00:00");
    assert_eq!(WireDate::from_unix_seconds_as_utc(i64::MAX).as_str().len(), 19);
    assert_eq!(WireDate::from_unix_seconds_as_utc(0), "1970-01-01 00:00:00");
}
