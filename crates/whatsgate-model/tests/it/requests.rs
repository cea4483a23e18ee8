//! Requests are exact, and replies tell whether their `result` was there.

use serde::Serialize;
use serde_json::{Value, json};
use whatsgate_model::*;

fn session() -> SessionId {
    SessionId::new("6345454545454").unwrap()
}

fn phone() -> PhoneNumber {
    PhoneNumber::new("+7 999 999-99-99").unwrap()
}

fn message_id() -> MessageId {
    MessageId::new("true_79999999999@c.us_3EB0EBC34954F8976AA6").unwrap()
}

fn is_written(request: impl Serialize, json: &Value) {
    assert_eq!(&serde_json::to_value(request).unwrap(), json);
}

#[test]
fn only_what_was_set_is_written() {
    let id = "6345454545454";
    is_written(CheckRequest::new(session(), phone()), &json!({ "WhatsappID": id, "number": "79999999999" }));
    is_written(GetChatsRequest::new(session()), &json!({ "WhatsappID": id }));
    is_written(SessionDeleteRequest::new(session()), &json!({ "WhatsappID": id }));
    let key = MediaKey::new("a2V5").unwrap();
    is_written(GetMediaRequest::new(session(), key), &json!({ "WhatsappID": id, "mediaKey": "a2V5" }));
    is_written(
        GetMessageMediaRequest::new(session(), message_id()),
        &json!({ "WhatsappID": id, "MessageID": "true_79999999999@c.us_3EB0EBC34954F8976AA6" }),
    );
    is_written(SetNameRequest::new(session(), "Shop"), &json!({ "WhatsappID": id, "name": "Shop" }));
    let hook = "https://example.org/hook";
    is_written(SetHookRequest::new(session(), hook), &json!({ "WhatsappID": id, "callback": hook }));
    is_written(SetHookRequest::disable(session()), &json!({ "WhatsappID": id, "callback": "" }));
    is_written(SessionCreateRequest::new("Shop"), &json!({ "name": "Shop" }));
    is_written(
        SessionCreateRequest::new("Shop").with_callback(hook),
        &json!({ "name": "Shop", "callback": hook }),
    );
    is_written(SessionsGetRequest::new(), &json!({}));
    is_written(
        SessionsGetRequest::new()
            .with_session(session())
            .with_name("Shop")
            .with_status(SessionStatus::Ready)
            .with_page_size(5)
            .with_page(2),
        &json!({ "WhatsappID": id, "name": "Shop", "status": "READY", "page_cnt": 5, "page": 2 }),
    );
    is_written(EventsGetRequest::new(), &json!({}));
    is_written(
        EventsGetRequest::new().with_session(session()).with_page(2),
        &json!({ "WhatsappID": id, "page": 2 }),
    );
}

#[test]
fn a_recipient_is_an_id_or_a_number() {
    let by_id = json!({ "WhatsappID": "6345454545454", "recipient": { "id": "79999999999@c.us" } });
    is_written(SeenRequest::new(session(), ChatId::contact(&phone())), &by_id);
    is_written(TypingRequest::new(session(), ChatId::contact(&phone())), &by_id);
    is_written(Recipient::from(phone()), &json!({ "number": "79999999999" }));
    let group = GroupNumber::new("AA11223344").unwrap();
    is_written(Recipient::from(group), &json!({ "number": "AA11223344", "type": "group" }));
}

#[test]
fn a_file_goes_with_its_type_and_caption() {
    let file = FileDescription::new(OutgoingType::Image, MimeType::new("image/png").unwrap(), "dot.png")
        .with_data(Base64Data::encode("Hello"))
        .with_type(OutgoingType::Document)
        .with_caption("A dot");
    let message = OutgoingMessage::file(file).with_quote(message_id());
    let request = SendRequest::new(session(), phone(), message).with_async(true);
    is_written(
        request,
        &json!({
            "WhatsappID": "6345454545454",
            "async": true,
            "recipient": { "number": "79999999999" },
            "message": {
                "type": "doc",
                "body": "A dot",
                "quote": "true_79999999999@c.us_3EB0EBC34954F8976AA6",
                "media": { "mimetype": "image/png", "data": "SGVsbG8=", "filename": "dot.png" },
            },
        }),
    );
}

/// What is incomplete is no message; the error names the member and repeats no value.
#[test]
fn an_incomplete_message_cannot_be_read() {
    let file = json!({ "mimetype": "image/png", "data": "SGVsbG8=", "filename": "dot.png" });
    let without = |member: &str| {
        let mut media = file.clone();
        media.as_object_mut().unwrap().remove(member);
        json!({ "type": "image", "body": "secret", "media": media })
    };
    for (message, missing) in [
        (json!({}), "body: a message without a file needs a text"),
        (json!({ "type": "text", "body": null }), "body: a message without a file needs a text"),
        (json!({ "type": "secret", "body": "secret" }), "media: a message of this type needs a file"),
        (
            json!({ "type": "text", "body": "secret", "media": file }),
            "type: a message with a file needs a type such as doc or image",
        ),
        (json!({ "media": file }), "type: a message with a file needs a type such as doc or image"),
        (without("mimetype"), "media.mimetype: a file needs a MIME type"),
        (without("filename"), "media.filename: a file needs a name"),
        (without("data"), "missing field `data`"),
    ] {
        let error = serde_json::from_value::<OutgoingMessage>(message).unwrap_err().to_string();
        assert_eq!(error, missing);
    }
}

#[test]
fn a_text_needs_no_type_to_be_read() {
    for message in [json!({ "body": "a" }), json!({ "type": "", "body": "a", "media": null })] {
        let message: OutgoingMessage = serde_json::from_value(message).unwrap();
        assert_eq!(message, OutgoingMessage::text("a"));
        is_written(message, &json!({ "type": "text", "body": "a" }));
    }
}

#[test]
fn replies_tell_the_word_of_the_result() {
    fn word<R: Reply>(json: &Value) -> Option<String> {
        R::from_json(&json.to_string()).unwrap().result().map(str::to_owned)
    }
    for (result, there) in
        [(json!("OK"), Some("OK")), (json!("success"), Some("success")), (json!(null), None)]
    {
        let there = there.map(str::to_owned);
        assert_eq!(word::<CheckReply>(&json!({ "result": result, "data": 1 })), there);
        assert_eq!(word::<GetChatsReply>(&json!({ "result": result, "data": [] })), there);
        assert_eq!(word::<EventsGetReply>(&json!({ "result": result, "data": [] })), there);
        assert_eq!(word::<GetMediaReply>(&json!({ "result": result, "media": { "data": "" } })), there);
        assert_eq!(word::<SessionReply>(&json!({ "result": result, "data": { "unique_id": "1" } })), there);
    }
}

#[test]
fn an_error_body_is_complete_with_three_members() {
    let error = ErrorBody::new("Unauthorized", "Your request was made with invalid credentials.", 0);
    assert!(error.is_complete());
    is_written(
        error.with_status(401),
        &json!({
            "name": "Unauthorized",
            "message": "Your request was made with invalid credentials.",
            "code": 0,
            "status": 401,
        }),
    );
    for json in [json!({}), json!({ "name": "a", "message": "b" }), json!({ "message": "b", "code": 0 })] {
        assert!(!serde_json::from_value::<ErrorBody>(json).unwrap().is_complete());
    }
}
