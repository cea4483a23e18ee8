//! Inputs to begin with: the fixtures in the form of each target.

use std::fs;
use std::path::Path;

use whatsgate_canary::{KEY, PHONE, TEXT};
use whatsgate_model::COMMANDS;
use whatsgate_tests::{events, exchanges};

use crate::targets::STATUSES;

/// Every reply of the fixtures, and the errors among them for each command.
pub fn replies() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for exchange in exchanges() {
        let status = STATUSES.iter().position(|status| *status == exchange.response.status);
        let status = u8::try_from(status.unwrap_or_default()).expect("there are few statuses");
        for (command, info) in COMMANDS.iter().enumerate() {
            if info.name == exchange.command || exchange.response.status != 200 {
                let command = u8::try_from(command).expect("there are few commands");
                seeds.push([&[command, status], exchange.response.body.get().as_bytes()].concat());
            }
        }
    }
    seeds
}

/// Every event of the fixtures.
pub fn webhooks() -> Vec<Vec<u8>> {
    events().iter().map(|event| event.body.get().into()).collect()
}

/// Every reply with a file, in pieces of several sizes, and what was written for the decoder.
pub fn media() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = written("media").into_iter().map(String::into_bytes).collect();
    for exchange in exchanges().iter().filter(|exchange| exchange.command.starts_with("get-m")) {
        for size in [1, 3, 64] {
            seeds.push([&[size], exchange.response.body.get().as_bytes()].concat());
        }
    }
    seeds
}

/// Every request of the fixtures, alone and with others of its command.
pub fn requests() -> Vec<Vec<u8>> {
    let line = |command: &str, body: &str| {
        let body = body.replace("YOUR_WHATSAPP_ID", "SESSION").replace('\n', " ");
        format!("{command} {body}")
    };
    let all: Vec<_> = exchanges().iter().map(|one| line(&one.command, one.request.body.get())).collect();
    let alone = all.iter().cloned();
    alone.chain(all.chunks(4).map(|some| some.join("\n"))).map(String::into_bytes).collect()
}

/// What people do with the phone and with the gateway, from a file.
pub fn admin_requests() -> Vec<Vec<u8>> {
    written("admin").into_iter().map(String::into_bytes).collect()
}

/// Rules of each kind, from a file.
pub fn faults() -> Vec<Vec<u8>> {
    written("faults").into_iter().map(String::into_bytes).collect()
}

/// The events of the fixtures, some at a time.
pub fn journal() -> Vec<Vec<u8>> {
    let all: Vec<String> = events().iter().map(|event| event.body.get().replace(['\n', '\r'], " ")).collect();
    all.chunks(3).map(|some| some.join("\n").into_bytes()).collect()
}

/// Cells of each table.
pub fn rows() -> Vec<Vec<u8>> {
    lines("rows")
}

/// Messages of other programs.
pub fn drafts() -> Vec<Vec<u8>> {
    written("draft").into_iter().map(String::into_bytes).collect()
}

/// Lists with their texts; the first character of a file is a digit of hexadecimal for the options.
pub fn lists() -> Vec<Vec<u8>> {
    let chosen = |text: String| {
        let (choice, text) = text.split_once('\n').expect("the first line says which options");
        let choice = u8::from_str_radix(choice, 16).expect("they are a number");
        [&[choice], text.as_bytes()].concat()
    };
    written("list").into_iter().map(chosen).collect()
}

/// What people type, a line each.
pub fn typed() -> Vec<Vec<u8>> {
    lines("typed")
}

/// Configuration files.
pub fn configs() -> Vec<Vec<u8>> {
    written("config").into_iter().map(String::into_bytes).collect()
}

/// What programs keep, a line each behind the digit of its kind.
pub fn kept() -> Vec<Vec<u8>> {
    let chosen = |mut line: Vec<u8>| {
        line[0] -= b'0';
        line
    };
    lines("kept").into_iter().map(chosen).collect()
}

/// Requests to the service, and of pages.
pub fn service() -> Vec<Vec<u8>> {
    written("service").into_iter().map(String::into_bytes).collect()
}

/// The same behind what the store keeps of a token.
pub fn relay() -> Vec<Vec<u8>> {
    written("relay").into_iter().map(String::into_bytes).collect()
}

/// Each line of the texts of a folder.
fn lines(folder: &str) -> Vec<Vec<u8>> {
    let texts = written(folder);
    let lines = texts.iter().flat_map(|text| text.lines()).filter(|line| !line.is_empty());
    lines.map(|line| line.as_bytes().to_vec()).collect()
}

/// The texts of a folder of `seeds`, with the secrets of the tests in their places.
fn written(folder: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(folder);
    let mut paths: Vec<_> = fs::read_dir(folder)
        .expect("the folder of seeds is there")
        .map(|entry| entry.expect("the folder can be listed").path())
        .collect();
    paths.sort();
    let read = |path| fs::read_to_string(path).expect("a seed is text");
    let filled =
        |text: String| text.replace("<<KEY>>", KEY).replace("<<PHONE>>", PHONE).replace("<<TEXT>>", TEXT);
    paths.iter().map(read).map(filled).collect()
}
