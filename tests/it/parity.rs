//! No command may be forgotten: each has a method, and snapshots of a request, a reply and an error.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use futures_util::StreamExt;
use whatsgate_core::{BaseUrl, COMMANDS, Session};
use whatsgate_model::{
    ChatId, EventsGetRequest, MediaKey, MessageId, OutgoingMessage, SessionCreateRequest, SessionsGetRequest,
};
use whatsgate_tests::{ScriptedTransport, Step, events, exchanges, run};

use crate::support::{number, scripted, session_id};

/// Calls the methods that a command has. A new command has no arm here, so that this panics.
fn call(command: &str, session: &Session<ScriptedTransport>) {
    let contact = || ChatId::contact(&number());
    let client = session.client();
    match command {
        "send" => {
            run(session.send(contact(), OutgoingMessage::text("Hello"))).unwrap();
            run(session.send_async(number(), OutgoingMessage::text("Hello"))).unwrap();
            run(session.send_text(number(), "Hello")).unwrap();
        }
        "seen" => run(session.mark_as_read(contact())).unwrap(),
        "typing" => run(session.show_typing(contact())).unwrap(),
        "check" => assert!(run(session.is_registered(&number())).unwrap()),
        "get-chats" => assert!(run(session.chats()).unwrap().is_empty()),
        "get-media" => {
            drop(run(session.media(&MediaKey::new("TuM9wXQZBmERUCzwnIZe80Gw=").unwrap())).unwrap());
        }
        "get-messagemedia" => {
            let id = MessageId::new("false_79999999999@c.us_3EB0436AE1E682FF3A37").unwrap();
            drop(run(session.message_media(&id)).unwrap());
        }
        "events-get" => {
            assert!(run(client.events_page(EventsGetRequest::new())).unwrap().data.is_empty());
            assert!(run(client.events(EventsGetRequest::new()).next()).is_none());
            assert!(run(session.events(EventsGetRequest::new()).next()).is_none());
        }
        "session-create" => drop(run(client.create_session(SessionCreateRequest::new("Shop"))).unwrap()),
        "session-delete" => drop(run(session.delete()).unwrap()),
        "sessions-get" => {
            assert!(run(client.sessions_page(SessionsGetRequest::new())).unwrap().data.is_empty());
            assert!(run(client.sessions(SessionsGetRequest::new()).next()).is_none());
            assert!(run(session.info()).unwrap().is_none());
        }
        "set-name" => run(session.rename("Shop")).unwrap(),
        "set-hook" => {
            run(session.set_hook("https://callback.my/script.handler")).unwrap();
            run(session.clear_hook()).unwrap();
        }
        _ => panic!("the command {command} has no method here"),
    }
}

fn reply(command: &str) -> &'static str {
    match command {
        "check" => r#"{"result":"OK","data":true}"#,
        "get-media" | "get-messagemedia" => r#"{"result":"OK","media":{"data":"SGVsbG8="}}"#,
        "get-chats" | "events-get" | "sessions-get" => r#"{"result":"OK","pages":1,"data":[]}"#,
        "session-create" | "session-delete" => r#"{"result":"OK","data":{"unique_id":"6345454545454"}}"#,
        _ => r#"{"result":"OK"}"#,
    }
}

#[test]
fn every_command_has_a_method() {
    for command in COMMANDS {
        let client = scripted(vec![Step::reply(200, reply(command)); 4]);
        call(command, &client.session(session_id()));
        let sent = client.transport().sent();
        assert!(!sent.is_empty(), "{command}: nothing was sent");
        for sent in sent {
            assert_eq!(sent.request.command, command);
            assert_eq!(sent.request.url, format!("{}/{command}", BaseUrl::ru().as_str()));
        }
    }
}

#[test]
fn every_command_is_there_once() {
    let names: BTreeSet<_> = COMMANDS.into_iter().collect();
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
    for command in COMMANDS {
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
