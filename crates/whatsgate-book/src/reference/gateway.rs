//! The gateway's commands and events, of `schemas/`.

use anyhow::Result;
use serde_json::Value;

use super::{cell, json, text};
use crate::Language;

pub(super) fn page(language: Language) -> Result<String> {
    let index = json("schemas/index.json")?;
    let (title, intro) = language.pick(
        (
            "Commands of the gateway",
            "Every command is `POST /api/v1/<command>` with the header `X-Api-Key` and a JSON body. Made from the schemas; \
             their files are [described here](../../../schemas/README.md), and what is known of the wire, with its sources, \
             [here](../../whatsgate-model/WIRE.md). Which method of which client it is stands in the \
             [table of the first page](../../../README.md#commands).",
        ),
        (
            "Команды шлюза",
            "Каждая команда — это `POST /api/v1/<команда>` с заголовком `X-Api-Key` и телом в JSON. Страница сделана из схем; \
             [описание их файлов](../../../schemas/README.md) и [всё, что известно о протоколе, с источниками](../../whatsgate-model/WIRE.md) — \
             по-английски. Какой это метод в каком клиенте, показывает [таблица](../../../README.ru.md#команды).",
        ),
    );
    let mut page = format!("# {title}\n\n{intro}\n");
    let commands = index["commands"].as_object().into_iter().flatten();
    for (name, command) in commands {
        let request = json(&format!("schemas/{}", text(&command["request"])))?;
        page.push_str(&format!("\n## {name} {{#{name}}}\n\n"));
        if let Some(other) = command["replacedBy"].as_str() {
            let instead = language.pick("Older; better", "Устарела; лучше");
            page.push_str(&format!("{instead} [`{other}`](#{other}).\n\n"));
        }
        let about = language.pick(text(&request["description"]), text(&command["x-1c-description"]));
        page.push_str(&format!("{about}\n\n"));
        page.push_str(&format!("{}: `{}`", language.pick("1C", "1С"), text(&command["x-1c-function"])));
        if let Some(alias) = command["x-1c-function-alias"].as_str() {
            page.push_str(&format!(", `{alias}`"));
        }
        page.push_str("\n\n");
        members(&mut page, &request, language.pick(("Request", "must"), ("Запрос", "нужно")), language);
        let reply = json(&format!("schemas/{}", text(&command["reply"])))?;
        members(&mut page, &reply, language.pick(("Reply", "always"), ("Ответ", "всегда")), language);
    }
    events(&mut page, &index, language)?;
    Ok(page)
}

/// The members of an object, and of the objects in them, as a table.
fn members(page: &mut String, document: &Value, (title, needed): (&str, &str), language: Language) {
    let mut rows = Vec::new();
    collect(document, document, "", language, &mut rows, 0);
    if rows.is_empty() {
        return;
    }
    let (one_c, meaning) = language.pick(("1C", "meaning"), ("1С", "значение"));
    page.push_str(&format!("| {title} | {one_c} | {needed} | {meaning} |\n|---|---|---|---|\n"));
    for row in rows {
        page.push_str(&row);
    }
    page.push('\n');
}

fn collect(
    document: &Value,
    object: &Value,
    before: &str,
    language: Language,
    rows: &mut Vec<String>,
    depth: usize,
) {
    let object = resolve(document, object);
    let Some(properties) = object["properties"].as_object() else { return };
    for (name, member) in properties {
        let needed = object["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
        let target = resolve(document, member);
        let about = match language {
            Language::En => first(&[&member["description"], &target["description"]]),
            Language::Ru => {
                first(&[&member["x-1c-description"], &target["x-1c-description"], &member["description"]])
            }
        };
        let about = about.split("\n\n").next().unwrap_or_default();
        let one_c = member["x-1c-name"].as_str().map_or_else(String::new, |name| format!("`{name}`"));
        let needed = if needed { "✓" } else { "" };
        rows.push(format!("| `{before}{name}` | {one_c} | {needed} | {} |\n", cell(about)));
        if depth < 2 {
            let list = target.get("items").unwrap_or(target);
            let dot = if target.get("items").is_some() { "[]." } else { "." };
            collect(document, list, &format!("{before}{name}{dot}"), language, rows, depth + 1);
        }
    }
}

/// The schema itself, behind a reference and beside `null`.
fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let mut schema = schema;
    for _ in 0..4 {
        if let Some(name) = schema["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/")) {
            schema = &document["$defs"][name];
        } else if let Some(only) = schema["anyOf"].as_array().filter(|_| schema["properties"].is_null())
            && let Some(first) = only.iter().find(|one| one["$ref"].is_string())
        {
            schema = first;
        } else {
            break;
        }
    }
    schema
}

fn first<'a>(texts: &[&'a Value]) -> &'a str {
    texts.iter().find_map(|text| text.as_str()).unwrap_or_default()
}

fn events(page: &mut String, index: &Value, language: Language) -> Result<()> {
    let (title, one_c, about) = language.pick(("Events", "1C", "when"), ("События", "1С", "когда"));
    page.push_str(&format!(
        "\n## {title} {{#events}}\n\n| `event_action` | {one_c} | {about} |\n|---|---|---|\n"
    ));
    for (action, event) in index["events"].as_object().into_iter().flatten() {
        let schema = json(&format!("schemas/{}", text(&event["schema"])))?;
        let about = language.pick(text(&schema["description"]), text(&event["x-1c-description"]));
        let one_c = event["x-1c-function"].as_str().map_or_else(String::new, |name| format!("`{name}`"));
        let about = about.split("\n\n").next().unwrap_or_default();
        page.push_str(&format!("| `{action}` | {one_c} | {} |\n", cell(about)));
    }
    Ok(())
}
