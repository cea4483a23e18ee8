//! The calls of `whatsgate serve`, of its description.

use anyhow::{Context, Result};

use super::{cell, json, text};
use crate::Language;

/// What each call does, in Russian; the description has it in English.
const RUSSIAN: [(&str, &str); 36] = [
    ("putMessage", "Отправляет сообщение, один раз"),
    ("listMessages", "Перечисляет сообщения"),
    ("getMessage", "Показывает, что стало с сообщением"),
    ("cancelMessage", "Забирает сообщение из очереди"),
    ("resolveMessage", "Записывает, что увидел человек"),
    ("retryMessage", "Отправляет сообщение снова"),
    ("listSessions", "Перечисляет сессии"),
    ("createSession", "Создаёт сессию"),
    ("getSession", "Показывает сессию"),
    ("renameSession", "Переименовывает сессию"),
    ("deleteSession", "Удаляет сессию"),
    ("getSessionCode", "Рисует код для сканирования"),
    ("listChats", "Перечисляет чаты"),
    ("markSeen", "Помечает чат прочитанным"),
    ("showTyping", "Показывает, что вы печатаете"),
    ("checkNumber", "Проверяет, есть ли номер в WhatsApp"),
    ("getMessageFile", "Отдаёт файл сообщения"),
    ("getFileByKey", "Отдаёт файл по его ключу"),
    ("nextEvents", "Выдаёт страницу событий под ответственность программы"),
    ("acknowledgeEvents", "Подтверждает события"),
    ("rejectEvent", "Отказывается от события"),
    ("streamEvents", "Отдаёт события потоком"),
    ("listDeadLetters", "Перечисляет события, от которых отказались"),
    ("dropDeadLetter", "Забывает такое событие"),
    ("replayDeadLetter", "Выдаёт такое событие снова"),
    ("createRelayToken", "Создаёт токен для страницы"),
    ("listRelayTokens", "Перечисляет токены страниц"),
    ("revokeRelayTokens", "Отзывает токены страниц"),
    ("revokeRelayToken", "Отзывает один токен страницы"),
    ("relayCommand", "Выполняет команду страницы"),
    ("relayRenewal", "Продлевает токен страницы"),
    ("relayStream", "Отдаёт события странице потоком"),
    ("getOpenapi", "Показывает это описание в OpenAPI"),
    ("getLiveness", "Говорит, что сервис жив"),
    ("getReadiness", "Говорит, может ли сервис работать"),
    ("getMetrics", "Отдаёт числа для Prometheus"),
];

const TAGS: [(&str, &str); 7] = [
    ("Messages", "Сообщения"),
    ("Sessions", "Сессии"),
    ("Chats", "Чаты"),
    ("Files", "Файлы"),
    ("Events", "События"),
    ("Pages", "Страницы"),
    ("Service", "Сам сервис"),
];

pub(super) fn page(language: Language) -> Result<String> {
    let document = json("crates/whatsgate-serve/openapi.json")?;
    let (title, intro, columns) = language.pick(
        (
            "Calls of the service",
            "Of `whatsgate serve`, with the header `Authorization: Bearer` and a program's token. Made from the service's own \
             description, [`openapi.json`](../../whatsgate-serve/openapi.json), which it also gives at `/v1/openapi.json`: there are \
             all members, limits and answers. What the calls promise stands in the [crate's page](../../whatsgate-serve/README.md).",
            "| call | does | details |",
        ),
        (
            "Вызовы сервиса",
            "Вызовы `whatsgate serve`, с заголовком `Authorization: Bearer` и токеном программы. Страница сделана из описания \
             самого сервиса, [`openapi.json`](../../whatsgate-serve/openapi.json); он отдаёт его и по адресу `/v1/openapi.json`. \
             Там все поля, пределы и ответы. Что обещают вызовы, сказано на [странице библиотеки](../../whatsgate-serve/README.md) \
             (по-английски).",
            "| вызов | что делает | имя в описании |",
        ),
    );
    let mut page = format!("# {title}\n\n{intro}\n");
    for (tag, russian) in TAGS {
        let heading = language.pick(tag, russian);
        page.push_str(&format!("\n## {heading} {{#{}}}\n\n{columns}\n|---|---|---|\n", tag.to_lowercase()));
        for (path, calls) in document["paths"].as_object().into_iter().flatten() {
            for (method, call) in calls.as_object().into_iter().flatten() {
                if call["tags"][0] != *tag {
                    continue;
                }
                let id = text(&call["operationId"]);
                let does = match language {
                    Language::En => text(&call["summary"]),
                    Language::Ru => russian_of(id)?,
                };
                let more = language.pick(text(&call["description"]), id);
                let more = if language == Language::Ru { format!("`{more}`") } else { cell(more) };
                page.push_str(&format!("| `{} {path}` | {does} | {more} |\n", method.to_uppercase()));
            }
        }
    }
    Ok(page)
}

fn russian_of(id: &str) -> Result<&'static str> {
    let found = RUSSIAN.iter().find(|(name, _)| *name == id);
    found.map(|(_, text)| *text).with_context(|| format!("{id} has no Russian words"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_is_on_the_page_once() {
        for language in Language::ALL {
            let page = page(language).unwrap();
            let rows = page.lines().filter(|line| line.starts_with("| `")).count();
            assert_eq!(rows, RUSSIAN.len(), "{language:?}");
        }
    }
}
