//! What a body says of success and failure by itself.

use serde_json::{Value, json};
use whatsgate_model::*;

#[test]
fn a_word_of_success_stands_alone_and_one_of_failure_comes_first() {
    for word in ["OK", "ok", " Ok. ", "success", "queued", "true", "1"] {
        assert_eq!(Said::by_word(word), Said::Done, "{word:?}");
    }
    for word in ["error", "ERROR", "Error: no chat", "failed", "false", "0", "no", "No such chat"] {
        assert_eq!(Said::by_word(word), Said::Failed, "{word:?}");
    }
    for word in ["", " ", "null", "ok but", "OK, no", "Session not found", "2", "nobody", "Готово"] {
        assert_eq!(Said::by_word(word), Said::Nothing, "{word:?}");
    }
}

#[test]
fn every_way_to_tell_of_an_error_is_one() {
    for body in [
        json!({ "result": "error" }),
        json!({ "result": false, "data": true }),
        json!({ "result": "OK", "error": "Session not found" }),
        json!({ "error": "Session not found" }),
        json!({ "error": { "message": "Session not found", "code": "E7" } }),
        json!({ "errors": ["Session not found"] }),
        json!({ "status": "error", "message": "Invalid API key" }),
        json!({ "status": 404, "message": "Session not found" }),
        json!({ "status": "500" }),
        json!({ "success": false }),
        json!({ "ok": 0 }),
        json!({ "name": "Exception", "message": "Session not found", "code": "E7" }),
    ] {
        assert!(ErrorBody::in_success(&body.to_string()).is_some(), "{body}");
    }
    for body in [
        json!({}),
        json!([]),
        json!("error"),
        json!({ "result": "OK", "error": null, "errors": [], "status": 200, "success": true }),
        json!({ "result": "OK", "error": {}, "status": "ok" }),
        json!({ "result": "OK", "error": false, "status": 0 }),
        json!({ "result": "OK", "name": "Shop", "message": "done", "code": 0 }),
        json!({ "result": { "id": "true_1@c.us_A", "body": "error" } }),
        json!({ "result": "OK", "data": [{ "error": "inside" }] }),
    ] {
        assert_eq!(ErrorBody::in_success(&body.to_string()), None, "{body}");
    }
}

#[test]
fn the_words_of_an_error_are_found_where_they_stand() {
    let read = |body: Value| ErrorBody::in_success(&body.to_string()).unwrap();
    assert_eq!(read(json!({ "error": "no chat" })).message.as_deref(), Some("no chat"));
    let inner = read(json!({ "status": 500, "error": { "message": "no chat", "code": "E7" } }));
    assert_eq!((inner.message.as_deref(), inner.status), (Some("no chat"), Some(500)));
    assert_eq!(inner.code, Some(ErrorCode::Text("E7".into())));
    assert_eq!(serde_json::to_value(&inner).unwrap()["code"], "E7");
}

#[test]
fn an_error_shows_nothing_of_itself() {
    let body: ErrorBody = serde_json::from_value(
        json!({ "name": "canary", "message": "canary", "code": "canary", "status": 500 }),
    )
    .unwrap();
    assert_eq!(format!("{body:?}"), "ErrorBody { status: Some(500), .. }");
    assert_eq!(format!("{:?}", body.code.unwrap()), "Text(..)");
}

/// What has nothing but a word to show must have one that says yes.
#[test]
fn a_word_that_says_nothing_is_no_success() {
    let done = |body: Value| DoneReply::from_json(&body.to_string()).is_ok();
    for good in [json!({ "result": "OK" }), json!({ "result": true }), json!({ "result": 1 })] {
        assert!(done(good.clone()), "{good}");
    }
    for bad in [
        json!({}),
        json!({ "result": false }),
        json!({ "result": "" }),
        json!({ "result": null }),
        json!({ "result": "Session not found" }),
        json!({ "data": {} }),
        json!({ "result": {} }),
    ] {
        assert!(!done(bad.clone()), "{bad}");
    }
    let named = |body: &str| SetNameReply::from_json(body).is_ok();
    assert!(named(r#"{"result":"OK"}"#) && named(r#"{"data":{"name":"Shop"}}"#) && named(r#"{"name":"{"}"#));
    assert!(named(r#"{"result":{"name":"Shop"}}"#) && named(r#"{"data":{"result":1}}"#));
    assert!(
        !named(r#"{"result":null}"#)
            && !named(r#"{"result":"Session not found"}"#)
            && !named(r#"{"result":""}"#)
    );
    assert!(!named("{}") && !named(" { } ") && !named("[]") && !named("1"));
}

#[test]
fn a_sent_message_has_an_id_and_a_queued_one_a_word_that_says_so() {
    let sent = |body: Value| SendReply::from_json(&body.to_string()).is_ok();
    assert!(sent(json!({ "result": "OK" })) && sent(json!({ "result": { "id": "true_1@c.us_A" } })));
    for bad in [
        json!(""),
        json!("Session not found"),
        json!("ERROR"),
        json!({}),
        json!({ "id": "" }),
        json!({ "id": " " }),
        json!(true),
        json!(null),
    ] {
        assert!(!sent(json!({ "result": bad })), "{bad}");
    }
}

#[test]
fn a_deletion_needs_no_session() {
    let read = |body: &str| SessionDeleteReply::from_json(body).map(Reply::into_output);
    assert_eq!(read(r#"{"result":"OK"}"#).unwrap(), None);
    assert_eq!(read(r#"{"result":"OK","data":[]}"#).unwrap(), None);
    assert_eq!(read(r#"{"result":"OK","data":{"name":"without an id"}}"#).unwrap(), None);
    assert_eq!(read(r#"{"data":{"unique_id":"1"}}"#).unwrap().unwrap().unique_id, "1");
    for bad in ["{}", r#"{"data":[]}"#, r#"{"result":"gone?"}"#, r#"["OK"]"#] {
        assert!(read(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_list_is_bounded_whatever_its_elements_are() {
    let list = |element: &str, count: usize| format!("[{}]", vec![element; count].join(","));
    for element in [r#"{"id":"1@c.us"}"#, "{}", "1"] {
        assert!(List::<Chat>::from_json(&list(element, List::<Chat>::MOST)).is_ok(), "{element}");
        let error = List::<Chat>::from_json(&list(element, List::<Chat>::MOST + 1)).unwrap_err();
        assert!(error.to_string().starts_with("the list has too many elements"), "{error}");
    }
}

#[test]
fn so_are_the_members_of_a_group() {
    let group = |count: usize| {
        let members = vec![r#"{"id":"1@c.us"}"#; count].join(",");
        format!(r#"[{{"id":"1@g.us","groupMetadata":{{"participants":[{members}]}}}},{{"id":"2@c.us"}}]"#)
    };
    let read =
        |count| GetChatsReply::from_json(&format!(r#"{{"result":"OK","data":{}}}"#, group(count))).unwrap();
    assert_eq!(read(List::<Chat>::MOST).data.unreadable.len(), 0);
    let reply = read(List::<Chat>::MOST + 1);
    assert_eq!((reply.data.items.len(), reply.data.unreadable.len()), (1, 1), "the other chat is read");
}
