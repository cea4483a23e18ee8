//! Every fixture's request, made with the public constructors alone, as a program makes it.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use whatsgate_core::{BaseUrl, Command, Request, build};
use whatsgate_model::{
    Base64Data, ChatId, CheckRequest, EventAction, EventsGetRequest, FileDescription, GetChatsRequest,
    GetMediaRequest, GetMessageMediaRequest, GroupNumber, MediaKey, MessageId, MimeType, OutgoingMessage,
    OutgoingType, PhoneNumber, Recipient, RecipientType, SeenRequest, SendRequest, SessionCreateRequest,
    SessionDeleteRequest, SessionsGetRequest, SetHookRequest, SetNameRequest, TypingRequest, WireDate,
};
use whatsgate_tests::exchanges;

use crate::commands::{Visitor, visit};
use crate::support::{key, number, session_id};

const PICTURE: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgaPj/HwAEggJ/59habAAAAABJRU5ErkJggg==";
const MESSAGE: &str = "false_79999999999@c.us_17AC61BFA5A561B7EE42F98810EDFFC4";
const HOOK: &str = "https://callback.my/script.handler";

/// Fixtures that no program can make, with the reason.
const NOT_MADE: [(&str, &str); 2] = [
    ("send.null_fields.sync", "it is refused: the recipient's number is an id"),
    ("events-get.filtered", "its date is a format mask, which a date refuses"),
];

#[test]
fn constructors_make_every_request() {
    for exchange in exchanges() {
        let name = exchange.name.as_str();
        let not_made = NOT_MADE.iter().any(|(fixture, _)| *fixture == name);
        assert_eq!(made(name).is_none(), not_made, "{name}: made by constructors?");
        if let Some((command, body)) = made(name) {
            assert_eq!(command, exchange.command, "{name}");
            assert_eq!(body, visit(command, Normalised(exchange.request.body.get())), "{name}");
        }
    }
}

/// The fixture's body as this client writes it; `requests` lists where that differs from the file.
struct Normalised<'a>(&'a str);

impl Visitor for Normalised<'_> {
    type Output = Value;

    fn visit<C>(self) -> Value
    where
        C: Command + DeserializeOwned + Debug + PartialEq,
        C::Reply: Serialize + Debug + PartialEq,
    {
        serde_json::to_value(serde_json::from_str::<C>(self.0).unwrap()).unwrap()
    }
}

fn body<C: Command>(command: &C) -> (&'static str, Value) {
    let request: Request = build(&BaseUrl::ru(), key(), command).unwrap();
    (C::NAME, serde_json::from_slice(request.body.bytes()).unwrap())
}

fn made(fixture: &str) -> Option<(&'static str, Value)> {
    let shop = || SessionCreateRequest::new("My WhatsApp");
    let media_key = || MediaKey::new("TuM9wXQZBmERUCzwnIZe80GwZ5lPDIDsNE+vewnAxho=").unwrap();
    Some(match fixture {
        "check.registered" | "error.401.unauthorized" | "error.500.unauthorized" => {
            body(&CheckRequest::new(session_id(), number()))
        }
        "events-get.empty_request" => body(&EventsGetRequest::new()),
        "events-get.page" => body(
            &EventsGetRequest::new()
                .with_session(session_id())
                .with_date(WireDate::new("2022-09-07 18:29:37").unwrap())
                .with_action(EventAction::Message)
                .with_page_size(100)
                .with_page(1),
        ),
        "get-chats.full"
        | "get-chats.objects"
        | "get-chats.openapi"
        | "quirk.get-chats.mute-bool"
        | "quirk.get-chats.openapi-typos" => body(&GetChatsRequest::new(session_id())),
        "get-media.docs" | "get-media.openapi" | "get-media.filesize" => {
            body(&GetMediaRequest::new(session_id(), media_key()))
        }
        "get-messagemedia" => {
            body(&GetMessageMediaRequest::new(session_id(), MessageId::new(MESSAGE).unwrap()))
        }
        "seen" => body(&SeenRequest::new(session_id(), contact())),
        "typing" => body(&TypingRequest::new(session_id(), contact())),
        "session-create.qr" | "session-create.qr.ru" | "session-create.qr.older" => {
            body(&shop().with_callback(HOOK))
        }
        "session-create.code" => body(&shop().with_callback(HOOK).with_pairing_code(number())),
        "session-create.code.pairing" => body(&shop().with_pairing_code(number())),
        "session-delete" => body(&SessionDeleteRequest::new(session_id())),
        "sessions-get" | "sessions-get.empty_request" => body(&SessionsGetRequest::new()),
        "set-hook" => body(&SetHookRequest::new(session_id(), HOOK)),
        "set-name" => body(&SetNameRequest::new(session_id(), "My WhatsApp")),
        _ => body(&sent(fixture)?),
    })
}

fn contact() -> ChatId {
    ChatId::contact(&number())
}

fn sent(fixture: &str) -> Option<SendRequest> {
    let send = |recipient, message| SendRequest::new(session_id(), recipient, message);
    let hello = || OutgoingMessage::text("Hello world!");
    let other = || PhoneNumber::new("+7 (999) 111-22-33").unwrap();
    let group = || GroupNumber::new("AA11223344").unwrap();
    let contact = || Recipient::from(contact());
    Some(match fixture {
        "send.text.sync" => send(contact(), hello()),
        "quirk.send.empty-result" => send(contact(), hello()).with_async(true),
        "send.text.number.sync" | "send.text.sync.client_fields" | "error.500.evaluation_failed" => {
            send(number().into(), hello())
        }
        "send.to_contact_id.async" => send(ChatId::contact(&other()).into(), hello()).with_async(true),
        "send.to_contact_number.async" => {
            let number = other().as_str().to_owned();
            send(Recipient::Number { number, kind: Some(RecipientType::Contact) }, hello()).with_async(true)
        }
        "send.to_contact_number_default.async" => send(other().into(), hello()).with_async(true),
        "send.to_group_id.async" => send(ChatId::group(&group()).into(), hello()).with_async(true),
        "send.to_group_number.async" => send(group().into(), hello()).with_async(true),
        "send.group_number.async" => {
            let group = GroupNumber::new("111111111111111111").unwrap();
            send(group.into(), OutgoingMessage::text("Hello group!")).with_async(true)
        }
        "send.quote.async" => {
            let quote = MessageId::new("true_79991112233@c.us_3EB0EBC34954F8976AA6").unwrap();
            let message = hello().with_quote(quote);
            send(ChatId::contact(&other()).into(), message).with_async(true)
        }
        "send.reply.sync" => {
            let quote = MessageId::new("false_79999999999@c.us_61F01FFD52308DC65FDF4D8EA369526C").unwrap();
            send(contact(), hello().with_quote(quote))
        }
        "send.image.async" => {
            let message = file(OutgoingType::Image, "image/png", "bird.png");
            send(contact(), message).with_async(true)
        }
        "send.doc_pdf.sync" => {
            send(number().into(), file(OutgoingType::Document, "application/pdf", "filename"))
        }
        "send.doc_xlsx.sync" => {
            let mimetype = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
            send(number().into(), file(OutgoingType::Document, mimetype, "filename"))
        }
        _ => return None,
    })
}

fn file(kind: OutgoingType, mimetype: &str, filename: &str) -> OutgoingMessage {
    let file = FileDescription::new(kind, MimeType::new(mimetype).unwrap(), filename);
    file.with_caption("Hello world!").with_data(Base64Data::from_base64(PICTURE)).into()
}

/// Filters and removals that no fixture shows filled in.
#[test]
fn requests_that_no_fixture_shows() {
    let hook = body(&SetHookRequest::disable(session_id()));
    assert_eq!(hook.1, json!({ "WhatsappID": "YOUR_WHATSAPP_ID", "callback": "" }));
    let sessions = SessionsGetRequest::new()
        .with_session(session_id())
        .with_name("My WhatsApp")
        .with_status("READY".into())
        .with_page_size(20)
        .with_page(2);
    assert_eq!(
        body(&sessions).1,
        json!({
            "WhatsappID": "YOUR_WHATSAPP_ID",
            "name": "My WhatsApp",
            "status": "READY",
            "page_cnt": 20,
            "page": 2,
        }),
    );
}
