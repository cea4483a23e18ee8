//! Exit codes.

use std::process::{Command, Stdio};

use whatsgate_sandbox::{ErrorForm, Fault, FaultRule, Settings};

use crate::consuming::Shop;
use crate::support::{Gateway, Ran, Transcript, quiet};

fn with(fault: Fault) -> Gateway {
    Gateway::start(Settings { faults: vec![FaultRule::new(fault).on("send")], ..quiet() })
}

#[test]
fn a_message_that_may_have_gone_out_is_exit_code_3_and_went_out_once() {
    for fault in [
        Fault::CloseAfter,
        Fault::Truncate { bytes: 10 },
        Fault::BreakOff { bytes: 10 },
        Fault::Error { form: ErrorForm::EvaluationFailed, acts: None },
    ] {
        let gateway = with(fault.clone());
        let error = gateway.run(&["send", "79991112233", "Hello", "--json"]).error(3);
        assert_eq!(error["outcome"], "unknown", "{fault:?}");
        let events = gateway.run(&["events", "--action", "create", "--json"]).done();
        assert_eq!(events.lines().count(), 1, "{fault:?}");
    }
}

#[test]
fn a_file_that_may_have_gone_out_is_exit_code_3_too() {
    let gateway = with(Fault::CloseAfter);
    let error = gateway.run(&["send", "79991112233", "--file", "Cargo.toml", "--json"]).error(3);
    assert_eq!(error["outcome"], "unknown");
}

#[test]
fn what_people_are_told_then() {
    let gateway = with(Fault::Error { form: ErrorForm::EvaluationFailed, acts: None });
    let mut transcript = Transcript::new(&gateway);
    transcript.run_both(&["send", "79991112233", "Hello"]);
    let gateway = with(Fault::CloseAfter);
    let mut second = Transcript::new(&gateway);
    second.run(&["send", "79991112233", "Hello"]);
    transcript.assert("sent_without_reply");
    second.assert("hung_up");
}

#[test]
fn a_read_that_fails_is_exit_code_1() {
    let fault = Fault::Reply {
        status: 404,
        body: r#"{"name":"Not Found","message":"Page not found.","code":0,"status":404}"#.to_owned(),
        content_type: "application/json".to_owned(),
        acts: false,
    };
    let gateway = Gateway::start(Settings { faults: vec![FaultRule::new(fault).on("get-chats")], ..quiet() });
    assert_eq!(gateway.run(&["chats", "--json"]).error(1)["status"], 404);
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_cannot_be_printed_is_exit_code_3_after_a_change() {
    let gateway = Gateway::start(quiet());
    let full = |arguments: &[&str]| full(gateway.command().args(arguments));
    for arguments in [
        &["send", "79991112233", "Hello", "--json"][..],
        &["seen", "79991112233", "--json"],
        &["typing", "79991112233", "--json"],
        &["hook", "set", "http://127.0.0.1:9/hook", "--json"],
        &["hook", "clear", "--json"],
        &["sessions", "create", "Shop", "--json"],
        &["sessions", "rename", "Shop", "--json"],
        &["sessions", "delete", "--json"],
    ] {
        let error = full(arguments).error(3);
        assert_eq!((&error["kind"], &error["outcome"]), (&"output".into(), &"unknown".into()));
        let message = error["message"].as_str().unwrap();
        assert!(message.starts_with("done, but the result could not be printed"), "{message}");
        assert!(
            error["advice"].as_str().unwrap().starts_with("It is done, and not to be done again"),
            "{error}"
        );
    }
    for arguments in [&["sessions", "list", "--json"][..], &["completions", "bash", "--json"]] {
        let error = full(arguments).error(1);
        assert_eq!((&error["kind"], &error["outcome"]), (&"output".into(), &"notSent".into()));
    }
}

/// What is kept in a store is not looked for in the chat.
#[cfg(target_os = "linux")]
#[test]
fn a_result_that_cannot_be_printed_comes_with_the_way_to_what_holds() {
    let shop = Shop::open();
    std::fs::write(shop.folder.path().join("list.csv"), "phone\n79991112233\n").unwrap();
    for (arguments, advice) in [
        (&["send", "79991112233", "Hello", "--key", "1"][..], "with the same key"),
        (&["campaign", "run", "list.csv", "--text", "Hello", "--no-limits"], "Call it again"),
        (&["outbox", "opt-outs", "add", "79991112233"], "whatsgate outbox opt-outs list"),
        (&["tokens", "add", "shop"], "whatsgate tokens revoke"),
    ] {
        let ran = full(&mut shop.command(arguments));
        assert_eq!(ran.code, Some(3), "{}", ran.err);
        assert!(ran.err.contains("could not be printed") && ran.err.contains(advice), "{}", ran.err);
    }
}

#[cfg(target_os = "linux")]
fn full(command: &mut Command) -> Ran {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let child = command.stdout(full).stderr(Stdio::piped()).spawn();
    child.unwrap().wait_with_output().unwrap().into()
}
