//! No command may be forgotten: each has a method, and snapshots of a request, a reply and an error.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use whatsgate_model::{COMMANDS, Command, CommandInfo, CommandVisitor, visit_commands};
use whatsgate_tests::{events, exchanges};

/// What a command's methods return, and that they send what they should, is shown by the tests of `whatsgate-native`.
#[test]
fn every_command_has_a_method() {
    struct Request;

    impl CommandVisitor for Request {
        type Output = &'static str;

        fn visit<C: Command>(&mut self) -> &'static str {
            std::any::type_name::<C>().rsplit("::").next().unwrap()
        }
    }

    let methods = [
        include_str!("../../crates/whatsgate-core/src/client.rs"),
        include_str!("../../crates/whatsgate-core/src/session.rs"),
    ];
    for request in visit_commands(&mut Request) {
        assert!(methods.iter().any(|source| source.contains(request)), "no method makes a {request}");
    }
}

#[test]
fn every_command_is_there_once() {
    let names: BTreeSet<_> = COMMANDS.iter().map(|command| command.name).collect();
    assert_eq!(names.len(), COMMANDS.len());
    let in_fixtures: BTreeSet<_> = exchanges().into_iter().map(|exchange| exchange.command).collect();
    assert_eq!(in_fixtures, names.into_iter().map(ToOwned::to_owned).collect());
}

/// The names of the snapshots in a folder.
fn snapshots(folder: &str) -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/snapshots").join(folder);
    let files = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|extension| extension == "snap"))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect()
}

#[test]
fn every_command_has_snapshots_of_a_request_a_reply_and_an_error() {
    let (requests, replies, errors) = (snapshots("requests"), snapshots("replies"), snapshots("errors"));
    for CommandInfo { name: command, .. } in COMMANDS {
        let mut fixtures = exchanges();
        fixtures.retain(|exchange| exchange.command == command);
        let has = |snapshots: &BTreeSet<String>| {
            fixtures
                .iter()
                .any(|exchange| exchange.response.status == 200 && snapshots.contains(&exchange.name))
        };
        assert!(has(&requests), "{command} has no snapshot of a request");
        assert!(has(&replies), "{command} has no snapshot of a reply");
        assert!(errors.contains(command), "{command} has no snapshot of an error");
    }
}

#[test]
fn every_snapshot_has_its_fixture() {
    let exchanges: BTreeSet<_> = exchanges().into_iter().map(|exchange| exchange.name).collect();
    assert_eq!(snapshots("requests"), exchanges);
    assert_eq!(snapshots("replies"), exchanges);
    assert_eq!(snapshots("events"), events().into_iter().map(|event| event.name).collect());
}
