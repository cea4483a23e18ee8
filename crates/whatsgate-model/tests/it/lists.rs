//! One bad element does not lose its list.

use proptest::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};
use whatsgate_model::*;

use crate::generate;

/// JSON that can be neither chat nor session nor event, whatever text it holds.
fn bad_element() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(json!({})),
        any::<i64>().prop_map(Value::from),
        generate::text().prop_map(Value::from),
        generate::text().prop_map(|text| json!({ "name": text })),
        generate::json().prop_map(|odd| json!({ "id": [odd], "unique_id": [] })),
    ]
}

/// Good and bad elements in any order.
fn mixed<T: Serialize + Clone + std::fmt::Debug>(
    good: impl Strategy<Value = T>,
) -> impl Strategy<Value = Vec<Result<T, Value>>> {
    prop::collection::vec(prop_oneof![good.prop_map(Ok), bad_element().prop_map(Err)], 0..8)
}

fn array<T: Serialize>(elements: &[Result<T, Value>]) -> Value {
    elements.iter().map(|element| element.as_ref().map_or_else(Value::clone, |good| json!(good))).collect()
}

fn is_sorted_out<T>(list: &List<T>, elements: &[Result<T, Value>]) -> Result<(), TestCaseError>
where
    T: PartialEq + Clone + std::fmt::Debug,
{
    let good: Vec<T> = elements.iter().filter_map(|element| element.clone().ok()).collect();
    prop_assert_eq!(&list.items, &good);
    let bad =
        elements.iter().enumerate().filter_map(|(index, element)| Some((index, element.as_ref().err()?)));
    let set_aside = list.unreadable.iter().map(|bad| (bad.index, bad.raw.parse::<Value>().unwrap()));
    prop_assert!(set_aside.eq(bad.map(|(index, raw)| (index, raw.clone()))));
    prop_assert!(list.unreadable.iter().all(|bad| !bad.reason.is_empty()));
    Ok(())
}

proptest! {
    #[test]
    fn chats(elements in mixed(generate::chat())) {
        let data = array(&elements);
        is_sorted_out(&List::from_json(&data.to_string()).unwrap(), &elements)?;
        let reply = GetChatsReply::from_json(&json!({ "data": data, "result": "OK" }).to_string()).unwrap();
        prop_assert_eq!(reply.result(), Some("OK"));
        is_sorted_out(&reply.data, &elements)?;
    }

    #[test]
    fn sessions(elements in mixed(generate::session())) {
        let json = json!({ "result": "OK", "pages": 3, "elements": "21", "page": 2, "data": array(&elements) });
        let page = SessionsGetReply::from_json(&json.to_string()).unwrap();
        prop_assert_eq!((page.pages, page.elements, page.page), (Some(3), Some(21), Some(2)));
        is_sorted_out(&page.data, &elements)?;
    }

    #[test]
    fn events(elements in mixed(generate::event())) {
        let data: Vec<String> = elements
            .iter()
            .map(|element| element.as_ref().map_or_else(Value::to_string, |event| event.raw().as_str().to_owned()))
            .collect();
        let page = EventsGetReply::from_json(&format!(r#"{{"data":[{}]}}"#, data.join(","))).unwrap();
        prop_assert_eq!(page.result(), None);
        is_sorted_out(&page.data, &elements)?;
    }

    #[test]
    fn reasons_do_not_repeat_what_came(number in "[0-9]{9,15}", words in "[a-z\", `]{0,9}, expected [a-z\"` ]{0,9}") {
        let secret = format!("{words}{number}");
        let whole: i64 = number.parse().unwrap();
        let list = List::<Chat>::from_json(&json!([secret, whole, [{}, secret], { "id": [secret] }]).to_string()).unwrap();
        prop_assert_eq!(list.unreadable.len(), 4);
        for element in &list.unreadable {
            prop_assert!(!element.reason.contains(&number), "{}", element.reason);
        }
        let shown = format!("{list:?}");
        prop_assert!(!shown.contains(&number), "{}", shown);
        for data in [json!(secret), json!(whole), json!(["", secret])] {
            let event = json!({ "id": 1, "event_action": "message", "event_data": data });
            let event: Event = serde_json::from_value(event).unwrap();
            let EventData::Unreadable { reason } = &event.data else { panic!("{:?}", event.data) };
            prop_assert!(!reason.contains(&number), "{}", reason);
            let shown = format!("{event:?}");
            prop_assert!(!shown.contains(&number), "{}", shown);
        }
    }
}

#[test]
fn reasons_name_the_fault() {
    let reasons = |json: &str| -> Vec<String> {
        List::<SessionInfo>::from_json(json).unwrap().unreadable.into_iter().map(|bad| bad.reason).collect()
    };
    assert_eq!(
        reasons(r#"[{}, "79991112233", 79991112233, true, {"unique_id":[]}]"#),
        [
            "missing field `unique_id` at line 1 column 2",
            "invalid type: string, expected an object at line 1 column 13",
            "invalid type: integer, expected an object at line 1 column 11",
            "invalid type: boolean, expected an object at line 1 column 4",
            "a value of another type was expected here at line 1 column 15",
        ]
    );
}

#[test]
fn what_is_no_list_is_an_error() {
    for json in [r#""none""#, "1", r#"{"0":{}}"#, "[", ""] {
        assert!(List::<Chat>::from_json(json).is_err(), "{json}");
    }
    for json in [r#"{"result":"OK"}"#, r#"{"data":"none"}"#, r#"{"data":[}"#, "[]", ""] {
        assert!(GetChatsReply::from_json(json).is_err(), "{json}");
        assert!(SessionsGetReply::from_json(json).is_err(), "{json}");
    }
}
