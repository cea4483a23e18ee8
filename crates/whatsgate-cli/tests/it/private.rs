//! What must not be shown: keys, passwords, and what strangers could do to the terminal.

use whatsgate_canary::{KEY, PHONE};
use whatsgate_sandbox::{Fault, FaultRule, Settings};

use crate::support::{Gateway, directory, names, quiet, run, run_with_input, whatsgate};

fn reply(status: u16, body: String) -> Fault {
    Fault::Reply { status, body, content_type: "application/json".to_owned(), acts: false }
}

#[test]
fn a_malformed_setting_is_not_repeated() {
    let gateway = Gateway::start(quiet());
    for (option, variable, value) in [
        ("--api-key", "WHATSGATE_API_KEY", "secret\u{7f}value"),
        ("--session", "WHATSGATE_SESSION", "secret value"),
        ("--base-url", "WHATSGATE_BASE_URL", "ftp://user:secret@127.0.0.1"),
        ("--base-url", "WHATSGATE_BASE_URL", "http://user:secret@127.0.0.1/api/v1"),
    ] {
        let by_variable = run(gateway.command().env(variable, value).args(["check", "79991112233"]));
        let by_option = gateway.run(&["check", "79991112233", option, value]);
        for ran in [by_variable, by_option] {
            assert_eq!(ran.code, Some(2), "{}", ran.err);
            assert!(ran.err.contains(option) && ran.err.contains(variable), "{}", ran.err);
            assert!(!ran.err.contains("secret"), "{}", ran.err);
        }
        let ran = run(whatsgate().env(variable, value).arg("--help"));
        assert!(!ran.done().contains("secret"));
    }
    let ran = run(whatsgate().args(["sandbox", "--bind", "127.0.0.1:0", "--key", "secret value"]));
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("--key") && !ran.err.contains("secret"), "{}", ran.err);
}

#[test]
fn white_space_around_a_setting_is_nothing() {
    let gateway = Gateway::start(quiet());
    let mut command = gateway.command();
    command
        .env("WHATSGATE_API_KEY", format!(" {KEY}\n"))
        .env("WHATSGATE_SESSION", format!(" {} ", gateway.session))
        .env("WHATSGATE_BASE_URL", format!(" {}\n", gateway.sandbox.base_url()));
    run(command.arg("chats")).done();
}

#[test]
fn a_bad_key_stops_nothing_that_needs_none() {
    for arguments in [&["completions", "bash"][..], &["demo"]] {
        let mut command = whatsgate();
        command.env("WHATSGATE_API_KEY", "a bad key").env("WHATSGATE_BASE_URL", "no URL");
        run(command.args(arguments)).done();
    }
}

#[test]
fn a_key_that_the_gateway_repeats_is_hidden() {
    let body = format!(r#"{{"name":"Exception","message":"bad key {KEY}!","code":0,"status":500}}"#);
    let html = format!("<p>{KEY} 79991112233</p>\n<p>more</p>");
    let event = format!(
        r#"{{"result":"OK","data":[{{"id":1,"whatsapp_id":"1111111111111","event_action":"error","event_date":"2022-09-07 18:29:37","event_data":{{"error":"bad key {KEY}!"}}}}],"pages":1}}"#
    );
    let faults = vec![
        FaultRule::new(reply(200, event)).on("events-get"),
        FaultRule::new(reply(500, body)).on("get-chats"),
        FaultRule::new(reply(200, html)).on("check"),
    ];
    let gateway = Gateway::start(Settings { faults, ..quiet() });
    // Whatever the program prints is searched for the key.
    let ran = gateway.run(&["chats"]);
    assert!(ran.err.contains("the gateway says: bad key …!"), "{}", ran.err);
    assert_eq!(gateway.run(&["chats", "--json"]).error(1)["gateway"], "bad key …!");
    let error = gateway.run(&["check", "79991112233", "--json", "-vv"]).error(1);
    assert_eq!(error["reply"], "<p>… …</p>");
    let events = gateway.run(&["events"]).done();
    assert!(events.contains("bad key …!"), "{events}");
    let ran = gateway.run(&["check", "79991112233", "-vv"]);
    assert!(ran.err.contains("  the reply begins: <p>… …</p>\n"), "{}", ran.err);
    assert!(ran.err.contains("it is HTML, not JSON"), "{}", ran.err);
}

/// What the gateway says of a number is shown without it, however many words people ask for.
#[test]
fn a_number_that_the_gateway_repeats_is_hidden() {
    let echo = format!(r#"{{"name":"Exception","message":"no {PHONE}","code":0,"status":500}}"#);
    let odd = format!(r#"{{"result":[{PHONE},"{KEY}"],"data":"{PHONE}"}}"#);
    let faults = vec![
        FaultRule::new(reply(500, echo)).on("send").times(1),
        FaultRule::new(reply(200, odd.clone())).on("send"),
        FaultRule::new(reply(200, odd)).on("check"),
    ];
    let gateway = Gateway::start(Settings { faults, ..quiet() });
    // Whatever the program says beside its results is searched.
    for arguments in [&["send", PHONE, "Hello"][..], &["send", PHONE, "Hello"], &["check", PHONE]] {
        for more in [&[][..], &["-vv"], &["--json"], &["--json", "-vv"]] {
            assert_ne!(gateway.run(&[arguments, more].concat()).code, Some(0));
        }
    }
}

#[test]
fn a_short_key_leaves_the_programs_own_words_alone() {
    let gateway = Gateway::start(quiet());
    let ran = run(gateway.command().env("WHATSGATE_API_KEY", "key").arg("chats"));
    assert!(ran.err.contains("does not accept the API key or the token"), "{}", ran.err);
}

const NASTY: &str = "\\u001b[31mred\\u0007\\u009b2J\\u202eterces";

fn is_calm(text: &str) -> bool {
    !text.chars().any(|c| c != '\n' && (c.is_control() || c == '\u{202e}'))
}

#[test]
fn the_terminal_is_not_controlled_by_strangers() {
    let sessions = format!(
        r#"{{"result":"OK","data":[{{"id":1,"unique_id":"1111111111111","name":"{NASTY}","status":"{NASTY}","pushname":"{NASTY}","callback":"{NASTY}"}}],"pages":1}}"#
    );
    let chats = format!(
        r#"{{"result":"OK","data":[{{"id":"79991112233@c.us","name":"{NASTY}","isGroup":false,"timestamp":0}}]}}"#
    );
    let events = format!(
        r#"{{"result":"OK","data":[{{"id":1,"whatsapp_id":"1111111111111","event_action":"{NASTY}","event_date":"2022-09-07 18:29:37","event_data":{{"x":"{NASTY}"}}}},
            {{"id":2,"whatsapp_id":"1111111111111","event_action":"error","event_date":"2022-09-07 18:29:37","event_data":{{"error":"{NASTY}"}}}}],"pages":1}}"#
    );
    let error = format!(r#"{{"name":"Exception","message":"{NASTY}","code":0,"status":400}}"#);
    let faults = vec![
        FaultRule::new(reply(200, sessions)).on("sessions-get"),
        FaultRule::new(reply(200, chats)).on("get-chats"),
        FaultRule::new(reply(200, events)).on("events-get"),
        FaultRule::new(reply(400, error)).on("check"),
    ];
    let gateway = Gateway::start(Settings { faults, ..quiet() });
    for arguments in [&["sessions", "list"][..], &["chats"], &["events"], &["check", "79991112233"]] {
        let ran = gateway.run(arguments);
        assert!(ran.out.contains("red") || ran.err.contains("red"), "{arguments:?} {}{}", ran.out, ran.err);
        assert!(is_calm(&ran.out) && is_calm(&ran.err), "{arguments:?} {:?}{:?}", ran.out, ran.err);
    }
}

#[test]
fn what_the_gateway_calls_things_forges_no_line_and_no_command() {
    let sent = r#"{"result":{"id":"true_1\r\nerror: forged\u009b2J\u202e","mediaKey":"a\nforged"}}"#;
    let created =
        r#"{"result":"OK","data":{"unique_id":"x; touch y #","status":"100","qr_link":"javascript:forged"}}"#;
    let faults = vec![
        FaultRule::new(reply(200, sent.to_owned())).on("send"),
        FaultRule::new(reply(200, created.to_owned())).on("session-create"),
    ];
    let gateway = Gateway::start(Settings { faults, ..quiet() });
    let text = gateway.run(&["send", "79991112233", "Hello"]).done();
    assert!(text.lines().count() == 3 && is_calm(&text), "{text}");
    let json = gateway.run(&["--json", "send", "79991112233", "Hello"]).done();
    assert!(is_calm(&json) && json.contains(r"\u009b2J\u202e"), "{json}");
    let text = gateway.run(&["sessions", "create", "Shop"]).done();
    assert!(text.contains("'x; touch y #'") && !text.contains("javascript"), "{text}");
}

#[test]
fn a_senders_file_name_is_made_harmless() {
    let gateway = Gateway::start(quiet());
    let name = "\u{1b}[31mred\u{202e}gpj.exe";
    let arguments = ["send", "79991112233", "--file", "-", "--name", name, "--json"];
    let sent = run_with_input(gateway.command().args(arguments), b"content").json();
    let message = sent["message"]["id"].as_str().unwrap();
    let directory = directory();
    let saved = run(gateway.command().current_dir(&directory).args(["media", message])).done();
    assert!(is_calm(&saved), "{saved:?}");
    assert_eq!(names(directory.path()), ["[31mredgpj.exe"]);
    let nasty = directory.path().join("\u{1b}[31m.txt");
    let saved = run(gateway.command().args(["media", message, "-o"]).arg(&nasty)).done();
    assert!(is_calm(&saved), "{saved:?}");
    let ran = run(gateway.command().args(["media", message, "-o"]).arg(&nasty));
    assert_eq!(ran.code, Some(1));
    assert!(is_calm(&ran.err), "{:?}", ran.err);
}
