//! The calls that the 1C modules make of the service, each once.

/// A call of the service.
pub struct Call {
    /// What the modules' templates call it.
    pub name: &'static str,
    /// The method of HTTP.
    pub method: &'static str,
    /// The path with its query; what is in braces is filled in.
    pub path: &'static str,
    /// What is filled into the path: its name there, and the expression in BSL.
    pub parameters: &'static [(&'static str, &'static str)],
    /// The members of the body; none without a body.
    pub body: &'static [Member],
    /// The expression for the message's key, if the call has one.
    pub key: Option<&'static str>,
    /// The expression for the bytes of a file that goes with the body.
    pub content: Option<&'static str>,
}

/// A member of a body.
pub enum Member {
    /// An expression in BSL.
    Is(&'static str, &'static str),
    /// The members of a structure of the library, by their names on the wire.
    Of(Part),
}

/// A structure of the library in a body.
pub struct Part {
    /// The member's name.
    pub name: &'static str,
    /// What the module calls it.
    pub variable: &'static str,
    /// The schema that the structure is that of.
    pub schema: &'static str,
    /// The expression for the structure.
    pub from: &'static str,
    /// A member that goes another way.
    pub without: &'static str,
    /// The condition under which it is there; always without one.
    pub when: Option<&'static str>,
}

const SESSION: (&str, &str) = ("session", "ПолучитьИдентификаторСессии()");
const OTHER_SESSION: (&str, &str) = ("session", "СессияИли(ИдентификаторСессии)");
const CHAT: (&str, &str) = ("chat", "АдресПолучателя(Данные)");
const NAME: Member = Member::Is("name", "ИмяСессии");
const CONSUMER: Member = Member::Is("consumer", "ИмяПолучателя");
const LEASE: Member = Member::Is("lease", "Аренда");
const POSITION: Member = Member::Is("position", "Позиция");

const fn call(
    name: &'static str,
    method: &'static str,
    path: &'static str,
    parameters: &'static [(&'static str, &'static str)],
    body: &'static [Member],
) -> Call {
    Call { name, method, path, parameters, body, key: None, content: None }
}

/// All calls. Those that carry out a command have its name.
#[rustfmt::skip]
pub const CALLS: &[Call] = &[
    Call {
        key: Some("КлючСтрокой(Ключ)"),
        content: Some("Содержимое"),
        ..call(
            "send", "POST", "/v1/sessions/{session}/messages?wait={wait}",
            &[("session", "СессияИли(Данные.ИдентификаторОтправителя)"), ("wait", "?(Данные.Асинхронно = Истина, 0, 30)")],
            &[
                Member::Is("recipient", "АдресПолучателя(Данные.Получатель)"),
                Member::Of(Part {
                    name: "message", variable: "Сообщение", schema: "OutgoingMessage", from: "Данные.Сообщение",
                    without: "media", when: None,
                }),
                Member::Of(Part {
                    name: "file", variable: "Файл", schema: "OutgoingMedia", from: "Медиа",
                    without: "data", when: Some("Содержимое <> Неопределено"),
                }),
            ],
        )
    },
    call("seen", "POST", "/v1/sessions/{session}/chats/{chat}/seen", &[SESSION, CHAT], &[]),
    call("typing", "POST", "/v1/sessions/{session}/chats/{chat}/typing", &[SESSION, CHAT], &[]),
    call("check", "GET", "/v1/sessions/{session}/check/{number}", &[SESSION, ("number", "Номер")], &[]),
    call("get-chats", "GET", "/v1/sessions/{session}/chats", &[SESSION], &[]),
    call("get-media", "GET", "/v1/sessions/{session}/media?key={key}", &[SESSION, ("key", "КлючМедиа")], &[]),
    call(
        "get-messagemedia", "GET", "/v1/sessions/{session}/media/{message}",
        &[SESSION, ("message", "ИдентификаторСообщения")], &[],
    ),
    call("session-create", "POST", "/v1/sessions", &[], &[NAME]),
    call("sessions-get", "GET", "/v1/sessions", &[], &[]),
    call("set-name", "PATCH", "/v1/sessions/{session}", &[OTHER_SESSION], &[NAME]),
    call("session-delete", "DELETE", "/v1/sessions/{session}", &[OTHER_SESSION], &[]),
    call(
        "events", "GET", "/v1/events?consumer={consumer}&limit={limit}&wait=20&lease_seconds=120",
        &[("consumer", "ИмяПолучателя"), ("limit", "Предел")], &[],
    ),
    call("events-ack", "POST", "/v1/events/ack", &[], &[CONSUMER, LEASE, POSITION]),
    call("events-reject", "POST", "/v1/events/reject", &[], &[CONSUMER, LEASE, POSITION, Member::Is("reason", "Причина")]),
];
