//! The names that the 1C library gives to what the wire holds (wire reference, section 7), and JSON in these names.
//!
//! The functions that carry out a command stand with the command, as [`FUNCTIONS_1C`](crate::Command::FUNCTIONS_1C), and the
//! handlers with the event actions, as [`EventAction::function_1c`](crate::EventAction::function_1c).

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::date::WireDate;
use crate::json::from_json;
use crate::raw::RawJson;

/// Pairs of the wire's and the library's name of a member.
pub type Names = &'static [(&'static str, &'static str)];

/// A schema whose members have names in the library.
pub struct Structure {
    /// The schema.
    pub schema: &'static str,
    /// What the library calls it, with the number under which `ПолучитьСтруктуруДанных` makes it.
    pub of_library: Option<(u8, &'static str)>,
    /// The names of its members.
    pub names: &'static [Names],
}

const fn structure(
    number: u8,
    name: &'static str,
    schema: &'static str,
    names: &'static [Names],
) -> Structure {
    Structure { schema, of_library: Some((number, name)), names }
}

const fn members(schema: &'static str, names: &'static [Names]) -> Structure {
    Structure { schema, of_library: None, names }
}

/// All schemas with names of the library; those of the events, which are all alike, are [`EVENT`].
#[rustfmt::skip]
pub const STRUCTURES: &[Structure] = &[
    structure(0, "Отправка сообщения", "SendRequest", &[SESSION, RECIPIENT, &[
        ("async", "Асинхронно"), ("message", "Сообщение"),
    ]]),
    structure(1, "Получатель сообщения", "RecipientByNumber", &[&[("number", "Номер"), ("type", "ЭтоГруппа")]]),
    structure(2, "Сообщение", "OutgoingMessage", &[&[
        ("type", "Тип"), ("body", "Текст"), ("quote", "ИдентификаторИсходногоСообщения"), ("media", "Медиа"),
    ]]),
    structure(3, "Медиа-файл", "OutgoingMedia", &[FILE]),
    structure(3, "Медиа-файл", "Media", &[FILE]),
    structure(4, "Чат-контакт", "ContactChat", &[CHAT]),
    structure(5, "Чат-группа", "GroupChat", &[CHAT, &[("groupMetadata", "МетаданныеГруппы")]]),
    structure(6, "Метаданные группы", "GroupMetadata", &[&[
        ("id", "Идентификатор"), ("creation", "ДатаСозданияГруппы"), ("owner", "ИдентификаторВладельца"),
        ("size", "КоличествоУчастников"), ("participants", "Участники"),
    ]]),
    structure(7, "Участник группы", "Participant", &[&[
        ("id", "Идентификатор"), ("isAdmin", "Админ"), ("isSuperAdmin", "СуперАдмин"),
    ]]),
    structure(8, "Сессия", "Session", &[&[
        ("id", "Идентификатор"), ("name", "Название"), ("unique_id", "УникальныйИдентификатор"),
        ("status", "Состояние"), ("callback", "URL_Обработчик"), ("date_add", "ДатаСоздания"), ("qr", "QR_Код"),
        ("status_name", "НазваниеСостояния"), ("qr_link", "СсылкаНаQR_Код"),
    ]]),
    members("ErrorReport", &[&[("error", "СодержаниеОшибки")]]),
    members("Disconnect", &[&[("reason", "Причина")]]),
    members("Message", &[&[
        ("id", "Идентификатор"), ("ack", "Просмотрено"), ("hasMedia", "СодержитМедиаФайл"), ("mediaKey", "КлючМедиа"),
        ("body", "Текст"), ("type", "Тип"), ("timestamp", "ДатаСоздания"), ("from", "ИдентификаторОтправителя"),
        ("to", "ИдентификаторПолучателя"), ("isForwarded", "Перенаправлено"),
    ]]),
    // Requests that the library has no structure for, with the names it gives the same things elsewhere.
    members("SeenRequest", &[SESSION, RECIPIENT]),
    members("TypingRequest", &[SESSION, RECIPIENT]),
    members("CheckRequest", &[SESSION, NUMBER]),
    members("GetChatsRequest", &[SESSION]),
    members("GetMediaRequest", &[SESSION, &[("mediaKey", "КлючМедиа")]]),
    members("GetMessageMediaRequest", &[SESSION]),
    members("EventsGetRequest", &[SESSION, &[("date", "ДатаСобытия"), ("action", "ИмяСобытия")]]),
    members("SessionCreateRequest", &[NUMBER, NAME, CALLBACK]),
    members("SessionDeleteRequest", &[SESSION]),
    members("SessionsGetRequest", &[SESSION, NAME, &[("status", "Состояние")]]),
    members("SetNameRequest", &[SESSION, NAME]),
    members("SetHookRequest", &[SESSION, CALLBACK]),
];

const SESSION: Names = &[("WhatsappID", "ИдентификаторОтправителя")];
const RECIPIENT: Names = &[("recipient", "Получатель")];
const NUMBER: Names = &[("number", "Номер")];
const NAME: Names = &[("name", "Название")];
const CALLBACK: Names = &[("callback", "URL_Обработчик")];
const FILE: Names = &[("mimetype", "Тип"), ("data", "Данные"), ("filename", "НазваниеФайла")];

#[rustfmt::skip]
const CHAT: Names = &[
    ("id", "Идентификатор"), ("name", "Имя"), ("isGroup", "ЭтоГруппа"), ("isReadOnly", "ТолькоЧтение"),
    ("unreadCount", "КоличествоНепрочитанныхСообщений"), ("timestamp", "ВремяПоследнейАктивности"),
    ("pinned", "Закрепленный"), ("isMuted", "Приглушен"), ("muteExpiration", "ДлительностьПриглушения"),
];

/// The members that every event has.
#[rustfmt::skip]
pub const EVENT: Names = &[
    ("id", "Идентификатор"), ("whatsapp_id", "ИдентификаторОтправителя"), ("event_action", "ИмяСобытия"),
    ("event_date", "ДатаСобытия"), ("status_code", "КодСостояния"), ("event_data", "ДанныеСобытия"),
];

/// What the value of a member is, where the library has it in another form than the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// A Unix time in seconds.
    Seconds,
    /// A date whose time zone is not known.
    Date,
    /// The date of an event, which is in UTC as far as that could be checked.
    DateOfEvent,
    /// An object of this schema.
    Object(&'static str),
    /// An array of objects of this schema.
    Array(&'static str),
    /// The data of an event, which may be wrapped or bare.
    EventData,
}

/// The form of a member's value; none if it is the same on both sides.
pub fn form(member: &str) -> Option<Form> {
    Some(match member {
        "timestamp" | "creation" => Form::Seconds,
        "date_add" => Form::Date,
        "event_date" => Form::DateOfEvent,
        "groupMetadata" => Form::Object("GroupMetadata"),
        "participants" => Form::Array("Participant"),
        "event_data" => Form::EventData,
        _ => return None,
    })
}

/// The names of a schema's members; none if it has none in the library.
///
/// ```
/// use whatsgate_model::one_c;
///
/// assert!(one_c::names_of("Session").is_some());
/// assert!(one_c::names_of("Weather").is_none());
/// ```
pub fn names_of(schema: &str) -> Option<&'static [Names]> {
    STRUCTURES.iter().find(|structure| structure.schema == schema).map(|structure| structure.names)
}

/// An event in the library's names: nested, with dates in ISO 8601, and with data that are always an object.
///
/// Members without a name in the library keep that of the wire, and values that cannot be read stay as they came. The words of
/// an error, or the reason of a disconnect, that came as a text in place of the data stand below both names.
///
/// ```
/// use whatsgate_model::{RawJson, one_c};
///
/// let event: RawJson = serde_json::from_str(
///     r#"{"id":18,"event_action":"message","event_date":"2022-09-07 18:29:37","event_data":{"message":{"body":"212"}}}"#,
/// )?;
/// assert_eq!(
///     one_c::event(&event).as_str(),
///     r#"{"Идентификатор":18,"ИмяСобытия":"message","ДатаСобытия":"2022-09-07T18:29:37Z","ДанныеСобытия":{"Сообщение":{"Текст":"212"}}}"#,
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn event(event: &RawJson) -> RawJson {
    let Ok(mut members) = from_json::<Members>(event.as_str()) else { return event.clone() };
    if !members.0.iter().any(|(name, _)| name == "event_data") {
        members.0.push(("event_data".to_owned(), raw(&Members::default())));
    }
    members.name(&[EVENT]);
    raw(&members).into()
}

/// An object of a schema in the library's names, such as a `Session`; as it came if the schema has no names there.
///
/// A chat is of the schema `GroupChat` or `ContactChat`.
///
/// ```
/// use whatsgate_model::{RawJson, one_c};
///
/// let chat: RawJson = serde_json::from_str(r#"{"name":"Anna","color":"red"}"#)?;
/// // A member without a name in the library keeps that of the wire.
/// assert!(one_c::object("ContactChat", &chat).as_str().ends_with(r#""color":"red"}"#));
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn object(schema: &str, object: &RawJson) -> RawJson {
    match (names_of(schema), from_json::<Members>(object.as_str())) {
        (Some(names), Ok(mut members)) => {
            members.name(names);
            raw(&members).into()
        }
        _ => object.clone(),
    }
}

/// The members of an object in their order, with their values as they came.
#[derive(Default)]
struct Members(Vec<(String, Box<RawValue>)>);

impl Members {
    /// Gives the members their names in the library, and their values the library's form.
    fn name(&mut self, names: &[Names]) {
        for (member, value) in &mut self.0 {
            let name = names.iter().copied().flatten().find(|(wire, _)| wire == member);
            if let Some((wire, name)) = name {
                if let Some(formed) = form(wire).and_then(|form| formed(form, value)) {
                    *value = formed;
                }
                (*name).clone_into(member);
            }
        }
    }
}

/// A value in another form; none if it stays.
fn formed(form: Form, value: &RawValue) -> Option<Box<RawValue>> {
    let json = value.get();
    let date = |date: &WireDate, zone: &str| raw(&format!("{}{zone}", date.as_str().replacen(' ', "T", 1)));
    let read_date = || from_json::<String>(json).ok().and_then(|text| WireDate::new(text).ok());
    match form {
        Form::Seconds => {
            let seconds = json.trim_matches('"').parse().ok()?;
            Some(date(&WireDate::from_unix_seconds_as_utc(seconds), "Z"))
        }
        Form::Date => read_date().map(|read| date(&read, "")),
        Form::DateOfEvent => read_date().map(|read| date(&read, "Z")),
        Form::Object(schema) => {
            let mut members: Members = from_json(json).ok()?;
            members.name(names_of(schema)?);
            Some(raw(&members))
        }
        Form::Array(schema) => {
            let items: Vec<Box<RawValue>> = from_json(json).ok()?;
            let items: Vec<_> =
                items.into_iter().map(|item| formed(Form::Object(schema), &item).unwrap_or(item)).collect();
            Some(raw(&items))
        }
        Form::EventData => Some(raw(&event_data(json))),
    }
}

fn event_data(json: &str) -> Members {
    let Ok(mut data) = from_json::<Members>(json) else {
        let text = from_json::<String>(json).map(|text| raw(&text));
        let below = |name: &str| text.as_ref().ok().map(|text| (name.to_owned(), text.clone()));
        return Members(["СодержаниеОшибки", "Причина"].into_iter().filter_map(below).collect());
    };
    let has = |data: &Members, member: &str| {
        data.0.iter().any(|(name, value)| name == member && value.get() != "null")
    };
    if !has(&data, "message") && has(&data, "id") {
        data = Members(vec![("message".to_owned(), raw(&data))]);
    }
    let has_error = has(&data, "error");
    for (member, value) in &mut data.0 {
        let is_text = value.get().starts_with('"');
        match member.as_str() {
            "message" if !is_text => {
                *value = formed(Form::Object("Message"), value).unwrap_or_else(|| value.clone());
                "Сообщение".clone_into(member);
            }
            // The words of an error may stand here as well.
            "message" if !has_error => "СодержаниеОшибки".clone_into(member),
            "error" => "СодержаниеОшибки".clone_into(member),
            "reason" => "Причина".clone_into(member),
            _ => {}
        }
    }
    data
}

fn raw(value: &impl Serialize) -> Box<RawValue> {
    serde_json::value::to_raw_value(value).expect("these are texts and JSON as it came")
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;

        impl<'de> Visitor<'de> for Each {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Each)
    }
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(json: &str) -> String {
        event(&from_json(json).unwrap()).as_str().to_owned()
    }

    #[test]
    fn the_data_are_always_an_object() {
        assert_eq!(named(r#"{"id":1}"#), r#"{"Идентификатор":1,"ДанныеСобытия":{}}"#);
        assert_eq!(named(r#"{"event_data":null}"#), r#"{"ДанныеСобытия":{}}"#);
        assert_eq!(named(r#"{"event_data":[]}"#), r#"{"ДанныеСобытия":{}}"#);
        assert_eq!(
            named(r#"{"event_data":"LOGOUT"}"#),
            r#"{"ДанныеСобытия":{"СодержаниеОшибки":"LOGOUT","Причина":"LOGOUT"}}"#
        );
    }

    #[test]
    fn a_message_is_found_in_its_wrapping_and_without() {
        let expected = r#"{"ДанныеСобытия":{"Сообщение":{"Идентификатор":"a","Просмотрено":3}}}"#;
        assert_eq!(named(r#"{"event_data":{"message":{"id":"a","ack":3}}}"#), expected);
        assert_eq!(named(r#"{"event_data":{"id":"a","ack":3}}"#), expected);
        assert_eq!(
            named(r#"{"event_data":{"message":"it broke"}}"#),
            r#"{"ДанныеСобытия":{"СодержаниеОшибки":"it broke"}}"#
        );
    }

    #[test]
    fn what_has_no_name_and_what_cannot_be_read_stays_as_it_came() {
        let text = r#"{"user_id":123456789012345678901234567890,"event_date":"soon","event_data":{"message":{"timestamp":"x","_id":1.0}}}"#;
        assert_eq!(
            named(text),
            r#"{"user_id":123456789012345678901234567890,"ДатаСобытия":"soon","ДанныеСобытия":{"Сообщение":{"ДатаСоздания":"x","_id":1.0}}}"#
        );
        assert_eq!(named("[1]"), "[1]");
    }

    #[test]
    fn a_group_has_its_members_within() {
        let chat =
            from_json(r#"{"groupMetadata":{"creation":0,"participants":[{"isAdmin":true},null]}}"#).unwrap();
        assert_eq!(
            object("GroupChat", &chat).as_str(),
            r#"{"МетаданныеГруппы":{"ДатаСозданияГруппы":"1970-01-01T00:00:00Z","Участники":[{"Админ":true},null]}}"#
        );
        assert_eq!(object("Ready", &chat), chat);
    }
}
