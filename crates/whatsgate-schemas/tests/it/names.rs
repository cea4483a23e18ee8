//! The names of the 1C library: none of its structures, fields and functions is missing (wire reference, section 7).

use serde_json::Value;

/// The wire's and the library's names of fields.
type Fields = &'static [(&'static str, &'static str)];

/// Schema, structure of the library, and its fields with the wire's names.
#[rustfmt::skip]
const STRUCTURES: [(&str, &str, Fields); 16] = [
    ("SendRequest", "Отправка сообщения", &[
        ("WhatsappID", "ИдентификаторОтправителя"), ("async", "Асинхронно"), ("recipient", "Получатель"),
        ("message", "Сообщение"),
    ]),
    ("RecipientByNumber", "Получатель сообщения", &[("number", "Номер"), ("type", "ЭтоГруппа")]),
    ("OutgoingMessage", "Сообщение", &[
        ("type", "Тип"), ("body", "Текст"), ("quote", "ИдентификаторИсходногоСообщения"), ("media", "Медиа"),
    ]),
    ("OutgoingMedia", "Медиа-файл", MEDIA),
    ("Media", "Медиа-файл", MEDIA),
    ("ContactChat", "Чат-контакт", CHAT),
    ("GroupChat", "Чат-группа", CHAT),
    ("GroupChat", "Чат-группа", &[("groupMetadata", "МетаданныеГруппы")]),
    ("GroupMetadata", "Метаданные группы", &[
        ("id", "Идентификатор"), ("creation", "ДатаСозданияГруппы"), ("owner", "ИдентификаторВладельца"),
        ("size", "КоличествоУчастников"), ("participants", "Участники"),
    ]),
    ("Participant", "Участник группы", &[
        ("id", "Идентификатор"), ("isAdmin", "Админ"), ("isSuperAdmin", "СуперАдмин"),
    ]),
    ("Session", "Сессия", &[
        ("id", "Идентификатор"), ("name", "Название"), ("unique_id", "УникальныйИдентификатор"),
        ("status", "Состояние"), ("callback", "URL_Обработчик"), ("date_add", "ДатаСоздания"), ("qr", "QR_Код"),
        ("status_name", "НазваниеСостояния"), ("qr_link", "СсылкаНаQR_Код"),
    ]),
    ("MessageEvent", "", EVENT),
    ("OtherEvent", "", EVENT),
    ("ErrorReport", "", &[("error", "СодержаниеОшибки")]),
    ("Disconnect", "", &[("reason", "Причина")]),
    ("Message", "", &[
        ("id", "Идентификатор"), ("ack", "Просмотрено"), ("hasMedia", "СодержитМедиаФайл"),
        ("mediaKey", "КлючМедиа"), ("body", "Текст"), ("type", "Тип"), ("timestamp", "ДатаСоздания"),
        ("from", "ИдентификаторОтправителя"), ("to", "ИдентификаторПолучателя"), ("isForwarded", "Перенаправлено"),
    ]),
];

const MEDIA: Fields = &[("mimetype", "Тип"), ("data", "Данные"), ("filename", "НазваниеФайла")];

#[rustfmt::skip]
const CHAT: Fields = &[
    ("id", "Идентификатор"), ("name", "Имя"), ("isGroup", "ЭтоГруппа"), ("isReadOnly", "ТолькоЧтение"),
    ("unreadCount", "КоличествоНепрочитанныхСообщений"), ("timestamp", "ВремяПоследнейАктивности"),
    ("pinned", "Закрепленный"), ("isMuted", "Приглушен"), ("muteExpiration", "ДлительностьПриглушения"),
];

#[rustfmt::skip]
const EVENT: Fields = &[
    ("id", "Идентификатор"), ("whatsapp_id", "ИдентификаторОтправителя"), ("event_action", "ИмяСобытия"),
    ("event_date", "ДатаСобытия"), ("status_code", "КодСостояния"), ("event_data", "ДанныеСобытия"),
];

/// The library's functions by command. The last four commands are unknown to the library; their names are new.
const FUNCTIONS: [(&str, &str); 13] = [
    ("send", "ОтправитьСообщение"),
    ("seen", "ПометитьКакПрочитанное"),
    ("get-media", "ПолучитьПрикрепленныйМедиафайл"),
    ("check", "ПроверитьЗарегистрированЛиНомер"),
    ("get-chats", "ПолучитьВсеАктивныеЧаты"),
    ("session-create", "СоздатьНовуюСессию"),
    ("sessions-get", "ПолучитьВсеСессии"),
    ("set-name", "ИзменитьИмяСессии"),
    ("session-delete", "УдалитьИмяСессии"),
    ("typing", "ПоказатьНаборТекста"),
    ("get-messagemedia", "ПолучитьМедиафайлСообщения"),
    ("events-get", "ПолучитьСобытия"),
    ("set-hook", "УстановитьОбработчик"),
];

const HANDLERS: [(&str, &str); 5] = [
    ("message", "ОбработатьВходящееСообщение"),
    ("sent", "ОбработатьДоставкуСообщения"),
    ("ack", "ОбработатьЧтениеСообщения"),
    ("disconnect", "ОбработатьОтключениеКлиента"),
    ("error", "ОбработатьОшибку"),
];

fn document(path: &str) -> Value {
    serde_json::from_str(&whatsgate_schemas::files()[path]).unwrap()
}

#[test]
fn every_field_of_the_library_is_named() {
    let bundle = document("bundle.json");
    for (schema, structure, fields) in STRUCTURES {
        let definition = &bundle["$defs"][schema];
        assert_eq!(definition["x-1c-structure"].as_str().unwrap_or_default(), structure, "{schema}");
        for (wire, russian) in fields {
            assert_eq!(definition["properties"][wire]["x-1c-name"], *russian, "{schema}.{wire}");
        }
    }
}

#[test]
fn the_page_shows_every_name() {
    let page = include_str!("../../../../schemas/README.md");
    for (schema, _, fields) in STRUCTURES {
        for (wire, russian) in fields {
            assert!(page.contains(&format!("| `{russian}` | `{wire}` |")), "{schema}.{wire} ({russian})");
        }
    }
    for (command, function) in FUNCTIONS {
        let row = page.lines().find(|line| line.contains(&format!("| `{command}` |"))).unwrap_or_default();
        assert!(row.contains(&format!("`{function}`")), "{command} ({function})");
    }
    for (action, function) in HANDLERS {
        assert!(page.contains(&format!("| `{function}` | event `{action}` |")), "{action} ({function})");
    }
}

#[test]
fn every_event_names_its_fields_alike() {
    let bundle = document("bundle.json");
    for event in document("index.json")["events"].as_object().unwrap().values() {
        let name = event["type"].as_str().unwrap();
        for (wire, russian) in EVENT {
            assert_eq!(bundle["$defs"][name]["properties"][wire]["x-1c-name"], *russian, "{name}.{wire}");
        }
    }
}

#[test]
fn every_function_of_the_library_is_named() {
    let index = document("index.json");
    let openapi = document("openapi.json");
    assert_eq!(index["commands"].as_object().unwrap().len(), FUNCTIONS.len());
    for (command, function) in FUNCTIONS {
        assert_eq!(index["commands"][command]["x-1c-function"], function, "{command}");
        let operation = &openapi["paths"][format!("/{command}")]["post"];
        assert_eq!(operation["x-1c-function"], function, "{command}");
        let request = document(index["commands"][command]["request"].as_str().unwrap());
        assert_eq!(request["x-1c-function"], function, "{command}");
    }
    assert_eq!(index["commands"]["session-delete"]["x-1c-function-alias"], "УдалитьВсеСессии");
    for (action, function) in HANDLERS {
        assert_eq!(index["events"][action]["x-1c-function"], function, "{action}");
        assert_eq!(openapi["webhooks"][action]["post"]["x-1c-function"], function, "{action}");
    }
}
