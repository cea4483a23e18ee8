//! Generators of values and of JSON.
//!
//! They are boxed, because unboxed ones of large structs outgrow the stack of a test.

use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Number, Value};
use whatsgate_model::*;

/// Text with any characters, also none.
pub(crate) fn text() -> BoxedStrategy<String> {
    prop::collection::vec(any::<char>(), 0..12).prop_map(String::from_iter).boxed()
}

/// Text with any characters, at least one.
pub(crate) fn filled_text() -> BoxedStrategy<String> {
    prop::collection::vec(any::<char>(), 1..12).prop_map(String::from_iter).boxed()
}

/// Texts that the members of the wire hold, and slips of them.
const WIRE_TEXTS: &[&str] = &[
    "",
    "0",
    "1",
    "-1",
    "0,",
    "false,",
    "true",
    "1660218976,",
    "OK",
    "chat",
    "READY",
    "message",
    "error",
    "contact",
    "79999999999",
    "79999999999@c.us",
    "120363023014360921@g.us",
    "true_79999999999@c.us_3EB0EBC34954F8976AA6",
    "2022-09-07 18:29:37",
    "image/png",
    "SGVsbG8=",
];

/// Names of the wire's members.
const NAMES: &[&str] = &[
    "WhatsappID",
    "MessageID",
    "_id",
    "ack",
    "action",
    "async",
    "author",
    "body",
    "callback",
    "code",
    "data",
    "date",
    "date_add",
    "elements",
    "error",
    "event_action",
    "event_data",
    "event_date",
    "filename",
    "filesize",
    "from",
    "groupMetadata",
    "hasMedia",
    "id",
    "isGroup",
    "media",
    "mediaKey",
    "message",
    "mimetype",
    "muteExpiration",
    "name",
    "number",
    "page",
    "page_cnt",
    "pages",
    "participants",
    "pushname",
    "quote",
    "recipient",
    "result",
    "size",
    "status",
    "status_code",
    "timestamp",
    "type",
    "unique_id",
    "unreadCount",
    "whatsapp_id",
];

/// Fractions that JSON text holds exactly and that are read exactly, and numbers at the edges of the integers.
pub(crate) fn float() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<i32>().prop_map(|eighths| f64::from(eighths) / 8.0),
        select(vec![1e22, -1e22, 1e19, 9_223_372_036_854_775_808.0, -0.0]),
    ]
}

/// Any JSON, with many of the wire's own names and texts.
pub(crate) fn json() -> BoxedStrategy<Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1_i64..3).prop_map(Value::from),
        float().prop_map(|value| Number::from_f64(value).map_or(Value::Null, Value::Number)),
        select(WIRE_TEXTS).prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    let name = prop_oneof![9 => select(NAMES).prop_map(str::to_owned), 1 => text()];
    scalar
        .prop_recursive(4, 48, 8, move |inner| {
            prop_oneof![
                1 => prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                3 => prop::collection::btree_map(name.clone(), inner, 0..8)
                    .prop_map(|members| Value::Object(Map::from_iter(members))),
            ]
        })
        .boxed()
}

pub(crate) fn session_id() -> impl Strategy<Value = SessionId> {
    "[0-9a-f]{13}".prop_map(|id| SessionId::new(id).unwrap())
}

pub(crate) fn phone() -> impl Strategy<Value = PhoneNumber> {
    // No country code starts with 8 but those of East Asia, and two of that form are refused.
    "\\+[1-79][0-9]{4,14}".prop_map(|number| PhoneNumber::new(number).unwrap())
}

pub(crate) fn group_number() -> impl Strategy<Value = GroupNumber> {
    "[A-Za-z0-9-]{1,20}".prop_map(|number| GroupNumber::new(number).unwrap())
}

pub(crate) fn chat_id() -> BoxedStrategy<ChatId> {
    prop_oneof![
        phone().prop_map(|number| ChatId::contact(&number)),
        group_number().prop_map(|number| ChatId::group(&number)),
        "[0-9]{15}@lid".prop_map(|id| ChatId::new(id).unwrap()),
    ]
    .boxed()
}

pub(crate) fn message_id() -> BoxedStrategy<MessageId> {
    (any::<bool>(), chat_id(), "[0-9A-F]{20}", of(chat_id()))
        .prop_map(|(outgoing, chat, short, author)| {
            let author = author.map_or_else(String::new, |author| format!("_{author}"));
            MessageId::new(format!("{outgoing}_{chat}_{short}{author}")).unwrap()
        })
        .boxed()
}

pub(crate) fn date() -> impl Strategy<Value = WireDate> {
    (-62_135_596_800_i64..=253_402_207_200).prop_map(WireDate::from_unix_seconds_as_utc)
}

/// A word of an open list, known or not.
pub(crate) fn word<T>(known: &'static [T]) -> impl Strategy<Value = T>
where
    T: Clone + std::fmt::Debug + From<String> + 'static,
{
    prop_oneof![select(known), filled_text().prop_map(T::from)]
}

pub(crate) fn message() -> BoxedStrategy<Message> {
    let ids = (message_id(), of(filled_text()), of(chat_id()), of(chat_id()), of(chat_id()));
    let content = (text(), of(text()), any::<bool>(), any::<bool>(), of("[A-Za-z0-9+/]{43}="));
    let state = (of(any::<i64>()), of(any::<i64>()), of(word(MessageType::KNOWN)));
    (ids, content, state)
        .prop_map(|(ids, content, state)| {
            let mut message = Message::new(ids.0);
            (message.short_id, message.from, message.to, message.author) = (ids.1, ids.2, ids.3, ids.4);
            (message.body, message.from_name) = (content.0, content.1);
            (message.has_media, message.is_forwarded) = (content.2, content.3);
            message.media_key = content.4.map(|key| MediaKey::new(key).unwrap());
            (message.timestamp, message.ack, message.kind) = (state.0, state.1.map(Ack), state.2);
            message
        })
        .boxed()
}

fn mute_expiration() -> BoxedStrategy<MuteExpiration> {
    prop_oneof![
        any::<bool>().prop_map(MuteExpiration::Flag),
        any::<i64>().prop_map(MuteExpiration::Integer),
        float().prop_map(MuteExpiration::Number),
        "[a-z ]{0,8}".prop_map(MuteExpiration::Text),
    ]
    .boxed()
}

fn participant() -> BoxedStrategy<Participant> {
    (chat_id(), any::<bool>(), any::<bool>())
        .prop_map(|(id, is_admin, is_super_admin)| {
            let mut participant = Participant::new(id);
            (participant.is_admin, participant.is_super_admin) = (is_admin, is_super_admin);
            participant
        })
        .boxed()
}

fn group_metadata() -> BoxedStrategy<GroupMetadata> {
    let members = prop::collection::vec(participant(), 0..4);
    (members, of(chat_id()), of(any::<i64>()), of(chat_id()), of(any::<u32>()))
        .prop_map(|(participants, id, creation, owner, size)| {
            let mut group = GroupMetadata::new(participants);
            (group.id, group.creation, group.owner, group.size) = (id, creation, owner, size);
            group
        })
        .boxed()
}

pub(crate) fn chat() -> BoxedStrategy<Chat> {
    let kind = prop_oneof![
        Just(ChatKind::Contact),
        of(group_metadata()).prop_map(|group| ChatKind::Group(group.map(Box::new))),
    ];
    let flags = any::<(bool, bool, bool)>();
    (chat_id(), text(), kind, flags, any::<i64>(), of(any::<i64>()), of(mute_expiration()))
        .prop_map(|(id, name, kind, flags, unread_count, timestamp, mute_expiration)| {
            let mut chat = Chat::new(id, name);
            (chat.kind, chat.unread_count, chat.timestamp) = (kind, unread_count, timestamp);
            (chat.is_read_only, chat.pinned, chat.is_muted) = flags;
            chat.mute_expiration = mute_expiration;
            chat
        })
        .boxed()
}

pub(crate) fn session() -> BoxedStrategy<SessionInfo> {
    let ids = (session_id(), of(any::<i64>()), text(), of(word(SessionStatus::KNOWN)), of(date()));
    let links = (of(filled_text()), of(filled_text()), of(filled_text()), of(filled_text()));
    let account = (of(text()), of(text()), of(chat_id()));
    (ids, links, account)
        .prop_map(|(ids, links, account)| {
            let mut session = SessionInfo::new(ids.0);
            (session.id, session.name, session.status, session.date_add) = (ids.1, ids.2, ids.3, ids.4);
            (session.callback, session.qr, session.code, session.qr_link) = links;
            (session.status_name, session.pushname, session.wid) = account;
            session
        })
        .boxed()
}

pub(crate) fn media() -> BoxedStrategy<Media> {
    let content = prop::collection::vec(any::<u8>(), 0..40).prop_map(Base64Data::encode);
    let mime = of("[a-z]{1,8}/[a-z0-9.+-]{1,8}(; codecs=[a-z]{1,5})?");
    (content, mime, of(filled_text()), of(0..=i64::MAX.unsigned_abs()))
        .prop_map(|(data, mime, filename, filesize)| {
            let mut media = Media::new(MimeType::new("image/png").unwrap(), "", data);
            media.mimetype = mime.map(|mime| MimeType::new(mime).unwrap());
            (media.filename, media.filesize) = (filename, filesize);
            media
        })
        .boxed()
}

pub(crate) fn recipient() -> BoxedStrategy<Recipient> {
    prop_oneof![
        chat_id().prop_map(Recipient::from),
        phone().prop_map(Recipient::from),
        group_number().prop_map(Recipient::from),
    ]
    .boxed()
}

pub(crate) fn send_request() -> BoxedStrategy<SendRequest> {
    let kind = word(OutgoingType::KNOWN).prop_filter("a file", |kind| *kind != OutgoingType::Text);
    let mime = "[a-z]{1,8}/[a-z0-9.+-]{1,8}".prop_map(|mime| MimeType::new(mime).unwrap());
    let data = prop::collection::vec(any::<u8>(), 0..40).prop_map(Base64Data::encode);
    let file = (kind, mime, filled_text(), of(text()), data).prop_map(|(kind, mime, name, caption, data)| {
        let mut file = FileDescription::new(kind, mime, name);
        file.caption = caption;
        OutgoingMessage::file(file.with_data(data))
    });
    let message = (prop_oneof![text().prop_map(OutgoingMessage::text), file], of(message_id()));
    let message = message.prop_map(|(mut message, quote)| {
        message.quote = quote;
        message
    });
    (session_id(), recipient(), message, any::<bool>())
        .prop_map(|(session, recipient, message, queue)| {
            SendRequest::new(session, recipient, message).with_async(queue)
        })
        .boxed()
}

pub(crate) fn event_data() -> BoxedStrategy<EventData> {
    let boxed = || message().prop_map(Box::new);
    prop_oneof![
        boxed().prop_map(EventData::Message),
        boxed().prop_map(EventData::Sent),
        boxed().prop_map(EventData::Ack),
        boxed().prop_map(EventData::Media),
        boxed().prop_map(EventData::Create),
        (text(), text()).prop_map(|(name, number)| EventData::Ready(Ready::new(name, number))),
        text().prop_map(|error| EventData::Error(ErrorReport::new(error))),
        text().prop_map(|reason| EventData::Disconnect(Disconnect::new(reason))),
    ]
    .boxed()
}

pub(crate) fn event() -> BoxedStrategy<Event> {
    (any::<i64>(), session_id(), date(), event_data())
        .prop_map(|(id, session, date, data)| Event::new(EventId(id), session, date, &data).unwrap())
        .boxed()
}
