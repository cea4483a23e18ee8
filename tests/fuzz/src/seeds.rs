//! Inputs to begin with: the fixtures in the form of each target.

use std::fs;
use std::path::Path;

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

/// The texts of a folder of `seeds`.
fn written(folder: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(folder);
    let mut paths: Vec<_> = fs::read_dir(folder)
        .expect("the folder of seeds is there")
        .map(|entry| entry.expect("the folder can be listed").path())
        .collect();
    paths.sort();
    paths.iter().map(|path| fs::read_to_string(path).expect("a seed is text")).collect()
}
