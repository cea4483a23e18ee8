//! The help of the command line, of its snapshots, which its tests compare with what the program prints.

use std::fs;

use anyhow::{Context, Result, ensure};

use crate::{Language, read, workspace};

const SNAPSHOTS: &str = "crates/whatsgate-cli/tests/it/snapshots";

/// What the commands do, in Russian; the help has it in English.
const RUSSIAN: [(&str, &str); 21] = [
    ("campaign", "Рассылка: один текст каждому из списка, каждому один раз, через перезапуски"),
    ("chats", "Показать чаты"),
    ("check", "Узнать, есть ли номер в WhatsApp"),
    ("completions", "Напечатать дополнения для командной оболочки"),
    ("conform", "Проверить клиент шлюза на любом языке: около 2700 испытаний"),
    ("demo", "Показать весь путь, от привязки до ответа, без учётной записи"),
    ("doctor", "Сказать, в вас дело или в шлюзе, и что делать"),
    ("drift", "Найти в записанных ответах и событиях то, чего схемы не знают"),
    ("events", "Прошедшие события, новые события или обработка каждого, через перезапуски"),
    ("hook", "Выбрать, куда шлюз отправляет события"),
    ("listen", "Принимать события на этой машине"),
    ("media", "Сохранить файл сообщения"),
    ("outbox", "Сообщения в хранилище: показать, решить, отправить"),
    ("sandbox", "Шлюз-песочница, который ведёт себя как сервис"),
    ("seen", "Пометить чат прочитанным"),
    ("send", "Отправить текст или файл"),
    ("serve", "Дать те же гарантии программам на любом языке, по HTTP"),
    ("sessions", "Сессии: показать, создать, переименовать, удалить, дождаться"),
    ("tokens", "Токены программ для `whatsgate serve`"),
    ("typing", "Показать на 15 секунд, что вы печатаете"),
    ("", "Общие параметры и коды выхода"),
];

pub(super) fn page(language: Language) -> Result<String> {
    let (title, intro) = language.pick(
        (
            "The command line",
            "The help of every command, as `whatsgate <command> --help` prints it. What it is for, with examples, stands in the \
             [crate's page](../../whatsgate-cli/README.md).",
        ),
        (
            "Командная строка",
            "Справка каждой команды, как её печатает `whatsgate <команда> --help`: программа говорит по-английски \
             (кроме `doctor --lang ru`). Зачем каждая нужна, с примерами — на [странице команды](../../whatsgate-cli/README.md).",
        ),
    );
    let mut page = format!("# {title}\n\n{intro}\n");
    let mut top = String::new();
    for (command, help) in helps()? {
        let first = command.split(' ').next().unwrap_or_default();
        if first != top || command.is_empty() {
            first.clone_into(&mut top);
            let id = if first.is_empty() { "whatsgate" } else { first };
            page.push_str(&format!("\n## whatsgate {first} {{#{id}}}\n"));
            if language == Language::Ru {
                let known = RUSSIAN.iter().find(|(name, _)| *name == first);
                let (_, about) = known.with_context(|| format!("{first} has no Russian words"))?;
                page.push_str(&format!("\n{about}.\n"));
            }
        } else {
            page.push_str(&format!("\n### whatsgate {command} {{#{}}}\n", command.replace(' ', "-")));
        }
        page.push_str(&format!("\n```text\n{}\n```\n", help.trim_end()));
    }
    Ok(page)
}

/// Each command, such as `outbox list`, with its help; the program's own comes first, under an empty name.
fn helps() -> Result<Vec<(String, String)>> {
    let mut helps = Vec::new();
    for entry in fs::read_dir(workspace().join(SNAPSHOTS))? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if let Some(command) = name.strip_prefix("help") {
            let snapshot = read(&path)?;
            let (_, help) = snapshot
                .strip_prefix("---\n")
                .and_then(|rest| rest.split_once("---\n"))
                .with_context(|| format!("{name} is no snapshot"))?;
            helps.push((command.trim_start_matches('_').replace('_', " "), help.to_owned()));
        }
    }
    ensure!(helps.len() > 40, "only {} snapshots of help were found", helps.len());
    helps.sort();
    Ok(helps)
}
