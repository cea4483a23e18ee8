//! The names of the 1C library, beside those of the wire (wire reference, section 7).
//!
//! Of them [`STRUCTURES`] and [`calls`] also make the modules in `schemas/1c`.
//!
//! The functions that carry out a command stand with the command, as
//! [`FUNCTIONS_1C`](whatsgate_model::Command::FUNCTIONS_1C), and the handlers with the event actions.

pub mod calls;
pub(crate) mod modules;
pub mod russian;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use whatsgate_model as model;

/// The wire's and the library's name of a member.
type Names = &'static [(&'static str, &'static str)];

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

/// A function of the library that carries out no command.
pub struct Helper {
    /// Its name.
    pub function: &'static str,
    /// The schema that shows what it returns or fills, if one does.
    pub schema: Option<&'static str>,
    /// What it does.
    pub does: &'static str,
}

/// The functions of the library that carry out no command.
pub const HELPERS: [Helper; 4] = [
    Helper {
        function: "ПолучитьТокенПользователя", schema: None, does: "supplies the header X-Api-Key"
    },
    Helper {
        function: "ПолучитьИдентификаторСессии",
        schema: Some("SessionId"),
        does: "supplies the member WhatsappID",
    },
    Helper {
        function: "ПолучитьСтруктуруДанных",
        schema: None,
        does: "makes an empty structure; x-1c-number is its argument",
    },
    Helper {
        function: "ПрикрепитьФайл",
        schema: Some("OutgoingMedia"),
        does: "reads a file into the member media of a message",
    },
];

/// Puts the names into the definitions of the wire.
pub(crate) fn name(definitions: &mut BTreeMap<String, Value>, events: &[(String, String)]) {
    for structure in STRUCTURES {
        let Some(definition) = definitions.get_mut(structure.schema) else { continue };
        for names in structure.names {
            name_members(definition, names);
        }
        if let Some((number, name)) = structure.of_library {
            definition["x-1c-structure"] = json!(name);
            definition["x-1c-number"] = json!(number);
        }
    }
    for (action, event) in events {
        let Some(definition) = definitions.get_mut(event) else { continue };
        name_members(definition, EVENT);
        if let Some(function) = model::EventAction::from(action.as_str()).function_1c() {
            definition["x-1c-function"] = json!(function);
        }
    }
    for helper in &HELPERS {
        if let Some(definition) = helper.schema.and_then(|schema| definitions.get_mut(schema)) {
            definition["x-1c-function"] = json!(helper.function);
        }
    }
    describe(definitions, events);
}

/// Says in Russian what every definition and member is.
fn describe(definitions: &mut BTreeMap<String, Value>, events: &[(String, String)]) {
    for (name, definition) in definitions {
        let event = events.iter().find(|(_, event)| event == name);
        let text = event.and_then(|(action, _)| russian::event(action)).or_else(|| russian::definition(name));
        if let Some(text) = text {
            definition["x-1c-description"] = json!(text);
        }
        let members = definition.get_mut("properties").and_then(Value::as_object_mut);
        for (member, schema) in members.into_iter().flatten() {
            if let Some(text) = russian::member(name, member) {
                schema["x-1c-description"] = json!(text);
            }
        }
    }
}

/// What the functions of the library do that carry out no command.
pub(crate) fn helpers() -> Value {
    HELPERS
        .iter()
        .map(|helper| (helper.function.to_owned(), json!(helper.does)))
        .collect::<Map<_, _>>()
        .into()
}

fn name_members(definition: &mut Value, names: Names) {
    for (wire, name) in names {
        if let Some(member) = definition["properties"].get_mut(wire) {
            member["x-1c-name"] = json!(name);
        }
    }
}
