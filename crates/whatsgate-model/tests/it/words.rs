//! Open lists: a word that this version does not know is a word like any other.

use proptest::prelude::*;
use whatsgate_model::*;

use crate::generate;

macro_rules! open_lists {
    ($($test:ident: $list:ty,)+) => {
        proptest! {$(
            #[test]
            fn $test(word in generate::text()) {
                let read: $list = serde_json::from_value(word.clone().into()).unwrap();
                prop_assert_eq!(read.as_str(), &word);
                prop_assert_eq!(read.to_string(), &*word);
                prop_assert_eq!(&read, &word.as_str());
                prop_assert_eq!(&read, &<$list>::from(word.as_str()));
                prop_assert_eq!(serde_json::to_value(&read).unwrap(), word.clone());
                prop_assert_eq!(read.is_known(), <$list>::KNOWN.iter().any(|known| *known == *word));
            }
        )+}

        #[test]
        fn known_words_are_known() {
            $(for known in <$list>::KNOWN {
                assert!(known.is_known());
                assert_eq!(&<$list>::from(known.as_str()), known);
                assert_eq!(&<$list>::from(known.as_str().to_owned()), known);
                assert_eq!(&serde_json::from_value::<$list>(known.as_str().into()).unwrap(), known);
            })+
        }
    };
}

open_lists! {
    message_types: MessageType,
    outgoing_types: OutgoingType,
    session_statuses: SessionStatus,
    event_actions: EventAction,
    recipient_types: RecipientType,
    auth_types: AuthType,
}

#[test]
fn unknown_words_survive_inside_of_objects() {
    fn rewritten<T: serde::Serialize + serde::de::DeserializeOwned>(json: &str) -> String {
        serde_json::to_string(&serde_json::from_str::<T>(json).unwrap()).unwrap()
    }
    let id = r#""id":"true_79999999999@c.us_3EB0EBC34954F8976AA6""#;
    assert!(rewritten::<Message>(&format!(r#"{{{id},"type":"hologram"}}"#)).contains(r#""type":"hologram""#));
    let session = r#"{"unique_id":"6345454545454","status":"ASLEEP"}"#;
    assert!(rewritten::<SessionInfo>(session).contains(r#""status":"ASLEEP""#));
    let request = r#"{"WhatsappID":"6345454545454","recipient":{"number":"79999999999"},"message":{"type":"video","media":{"mimetype":"a/b","data":"","filename":"a"}}}"#;
    let request = rewritten::<SendRequest>(request);
    assert!(request.contains(r#""type":"video""#), "{request}");
    assert_eq!(rewritten::<EventsGetRequest>(r#"{"action":"call"}"#), r#"{"action":"call"}"#);
    let create = r#"{"name":"Shop","auth_type":"QR"}"#;
    assert_eq!(rewritten::<SessionCreateRequest>(create), create);
}

#[test]
fn delivery_states_outside_of_the_names_are_kept() {
    for value in [-2, 5, i64::MAX] {
        let ack: Ack = serde_json::from_str(&value.to_string()).unwrap();
        assert_eq!((ack, ack.name()), (Ack(value), None));
        assert_eq!(serde_json::to_string(&ack).unwrap(), value.to_string());
    }
    let order = [Ack::ERROR, Ack::PENDING, Ack::SERVER, Ack::DEVICE, Ack::READ, Ack::PLAYED];
    assert!(order.is_sorted() && order.iter().all(|ack| ack.name().is_some()));
}
