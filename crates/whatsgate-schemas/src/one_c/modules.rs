//! The modules for 1C: their texts with what the tables say filled in.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use whatsgate_model::one_c::{Form, form};
use whatsgate_model::{COMMANDS, EventAction};

use super::calls::{CALLS, Call, Member, Part};
use super::{EVENT, Names, STRUCTURES, russian};

const MODULES: [(&str, &str); 3] = [
    ("Whatsgate_Клиент", include_str!("modules/Whatsgate_Клиент.bsl")),
    ("Whatsgate_Сервер", include_str!("modules/Whatsgate_Сервер.bsl")),
    ("Whatsgate_Webhook", include_str!("modules/Whatsgate_Webhook.bsl")),
];

/// The modules by their paths below `schemas/`.
pub(crate) fn files() -> BTreeMap<String, String> {
    MODULES.iter().map(|(name, template)| (format!("1c/{name}.bsl"), fill(name, template))).collect()
}

/// Puts what the tables say in the place of `{{what}}`.
fn fill(module: &str, template: &str) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (what, after) = after.split_once("}}").expect("what is opened is closed");
        text += before;
        text += &say(what).unwrap_or_else(|| panic!("{module}: nothing is known of {what}"));
        rest = after;
    }
    text + rest
}

fn say(what: &str) -> Option<String> {
    Some(match what.split_once(':') {
        None if what == "numbers" => numbers(),
        None if what == "structures" => structures(),
        None if what == "readers" => readers(),
        None if what == "handlers" => handlers(),
        None if what == "dispatch" => dispatch(),
        None => function(what, 0)?.to_owned(),
        Some((command, "alias")) => function(command, 1)?.to_owned(),
        Some(("call", name)) => call(CALLS.iter().find(|call| call.name == name)?),
        Some(("name", member)) => {
            let (schema, wire) = member.split_once('.')?;
            name(schema, wire)?.to_owned()
        }
        Some(_) => return None,
    })
}

fn function(command: &str, number: usize) -> Option<&'static str> {
    let command = COMMANDS.iter().find(|info| info.name == command)?;
    command.functions_1c.get(number).copied()
}

fn members(schema: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let structure = STRUCTURES.iter().find(|structure| structure.schema == schema);
    structure.into_iter().flat_map(|structure| structure.names.iter().copied().flatten().copied())
}

fn name(schema: &str, wire: &str) -> Option<&'static str> {
    members(schema).find(|(member, _)| *member == wire).map(|(_, name)| name)
}

/// Lines of a module.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn put(&mut self, depth: usize, line: &str) {
        if !line.is_empty() {
            self.0.extend(std::iter::repeat_n('\t', depth));
        }
        self.0 += line;
        self.0.push('\n');
    }

    /// Without the last line's end, which stands in the template.
    fn end(mut self) -> String {
        self.0.pop();
        self.0
    }
}

/// The library's structures, each once, in the order of their numbers.
fn numbered() -> Vec<(u8, &'static str, &'static str)> {
    let of_library =
        STRUCTURES.iter().filter_map(|structure| Some((structure.of_library?, structure.schema)));
    let mut all: Vec<_> = of_library.map(|((number, name), schema)| (number, name, schema)).collect();
    all.dedup_by_key(|(number, ..)| *number);
    all
}

fn numbers() -> String {
    let all: Vec<_> =
        numbered().into_iter().map(|(number, name, _)| format!("{number} {}", lower(name))).collect();
    all.join(", ").replace(", 4 ", ",\n//    4 ")
}

/// A name within a sentence.
fn lower(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// What a member is before somebody fills it.
fn blank(number: u8, wire: &str) -> &'static str {
    match (number, wire) {
        (0, "WhatsappID") => "Whatsgate_Сервер.ПолучитьИдентификаторСессии()",
        (0, "async") | (1, "type") => "Ложь",
        (0, "recipient") => "ПолучитьСтруктуруДанных(1)",
        (0, "message") => "ПолучитьСтруктуруДанных(2)",
        (2, "media") => "ПолучитьСтруктуруДанных(3)",
        (5, "groupMetadata") => "ПолучитьСтруктуруДанных(6)",
        _ => "Неопределено",
    }
}

fn structures() -> String {
    let mut lines = Lines::default();
    for (number, name, schema) in numbered() {
        let word = if number == 0 { "Если" } else { "ИначеЕсли" };
        lines.put(1, &format!("{word} НомерСтруктуры = {number} Тогда // {name}"));
        for (wire, name) in members(schema) {
            let what = match (number, wire) {
                (1, "type") => "группа ли это",
                _ => russian::member(schema, wire).unwrap_or_default(),
            };
            // Times come as dates.
            let what = what.trim_end_matches(", секунды Unix");
            let blank = blank(number, wire);
            lines.put(2, &format!("Результат.Вставить(\"{name}\", {blank}); // {what}"));
        }
    }
    lines.put(1, "Иначе");
    lines.put(2, "ВызватьИсключение \"Whatsgate: нет структуры данных с номером \" + НомерСтруктуры;");
    lines.put(1, "КонецЕсли;");
    lines.end()
}

fn call(call: &Call) -> String {
    let mut lines = Lines::default();
    lines.put(1, "Параметры = Новый Структура;");
    for (name, expression) in call.parameters {
        lines.put(1, &format!("Параметры.Вставить(\"{name}\", {expression});"));
    }
    let mut arguments = vec!["Параметры"];
    if !call.body.is_empty() {
        lines.put(0, "");
        body(call.body, &mut lines);
        lines.put(0, "");
        arguments.push("Тело");
    }
    arguments.extend(call.key);
    arguments.extend(call.content);
    let (method, path) = (call.method, call.path);
    let reply = if call.method == "GET" || ["send", "session-create"].contains(&call.name) {
        "ОтветHTTP = "
    } else {
        ""
    };
    lines.put(1, &format!("{reply}Вызвать(\"{method}\", \"{path}\", {});", arguments.join(", ")));
    lines.end()
}

fn body(members: &[Member], lines: &mut Lines) {
    for member in members {
        if let Member::Of(part) = member {
            part_of_body(part, lines);
        }
    }
    lines.put(1, "Тело = Новый Структура;");
    for member in members {
        let (name, expression) = match member {
            Member::Is(name, expression) => (name, expression),
            Member::Of(part) => (&part.name, &part.variable),
        };
        lines.put(1, &format!("Тело.Вставить(\"{name}\", {expression});"));
    }
}

fn part_of_body(part: &Part, lines: &mut Lines) {
    let Part { variable, from, .. } = part;
    let mut depth = 1;
    if let Some(condition) = part.when {
        lines.put(1, &format!("{variable} = Неопределено;"));
        lines.put(1, &format!("Если {condition} Тогда"));
        depth = 2;
    }
    lines.put(depth, &format!("{variable} = Новый Структура;"));
    for (wire, name) in members(part.schema).filter(|(wire, _)| *wire != part.without) {
        lines.put(depth, &format!("{variable}.Вставить(\"{wire}\", {from}.{name});"));
    }
    if part.when.is_some() {
        lines.put(1, "КонецЕсли;");
    }
}

/// What a member's value is read with, if it is not taken as it is.
fn reader(wire: &str) -> Option<&'static str> {
    Some(match form(wire)? {
        Form::Seconds => "ДатаИзСекунд",
        Form::Date => "ДатаИзТекста",
        Form::DateOfEvent => "ДатаСобытияИзТекста",
        Form::Object("GroupMetadata") => "МетаданныеГруппыИзОбъекта",
        Form::Array("Participant") => "УчастникиИзМассива",
        Form::EventData => "ДанныеСобытияИзОбъекта",
        _ => return None,
    })
}

fn readers() -> String {
    let mut text = String::new();
    let mut put = |function: &str, what: &str, blank: &str, names: Vec<(&str, &str)>| {
        let mut lines = Lines::default();
        for (wire, name) in names {
            let value = format!("Объект[\"{wire}\"]");
            let value = reader(wire).map_or(value.clone(), |reader| format!("{reader}({value})"));
            lines.put(1, &format!("Результат.Вставить(\"{name}\", {value});"));
        }
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "// {what}\n//\nФункция {function}(Объект)\n\n\tЕсли ТипЗнч(Объект) <> Тип(\"Соответствие\") Тогда\n\
             \t\tВозврат Неопределено;\n\tКонецЕсли;\n\tРезультат = {blank};\n{}\tВозврат Результат;\n\n\
             КонецФункции\n\n",
            lines.0
        );
    };
    for (function, schema) in [
        ("ЧатКонтактИзОбъекта", "ContactChat"),
        ("ЧатГруппаИзОбъекта", "GroupChat"),
        ("МетаданныеГруппыИзОбъекта", "GroupMetadata"),
        ("УчастникГруппыИзОбъекта", "Participant"),
        ("СессияИзОбъекта", "Session"),
        ("СообщениеИзОбъекта", "Message"),
    ] {
        let number = numbered().into_iter().find(|(.., of)| *of == schema);
        let (what, blank) = match number {
            Some((number, name, _)) => (
                format!("{name}: структура данных {number}."),
                format!("Whatsgate_Клиент.ПолучитьСтруктуруДанных({number})"),
            ),
            None => ("Сообщение в событии.".to_owned(), "Новый Структура".to_owned()),
        };
        put(function, &what, &blank, members(schema).collect());
    }
    let event: Names = EVENT;
    put("СобытиеИзОбъекта", "Тело события.", "Новый Структура", event.to_vec());
    text.pop();
    text
}

fn handled() -> impl Iterator<Item = (&'static str, &'static str)> {
    EventAction::KNOWN.iter().filter_map(|action| Some((action.as_str(), action.function_1c()?)))
}

fn handlers() -> String {
    let mut text = String::new();
    for (action, function) in handled() {
        let what = russian::event(action).unwrap_or_default();
        let _ = write!(
            text,
            "// {what}\n//\nПроцедура {function}(ДанныеТела = Неопределено)\n\n\t// Ваш код.\n\nКонецПроцедуры\n\n"
        );
    }
    text.pop();
    text
}

fn dispatch() -> String {
    let mut lines = Lines::default();
    let member = EVENT.iter().find(|(wire, _)| *wire == "event_action").map_or("", |(_, name)| name);
    for (number, (action, function)) in handled().enumerate() {
        let word = if number == 0 { "Если" } else { "ИначеЕсли" };
        lines.put(1, &format!("{word} ДанныеТела.{member} = \"{action}\" Тогда"));
        lines.put(2, &format!("{function}(ДанныеТела);"));
    }
    lines.put(1, "КонецЕсли;");
    lines.end()
}
