//! Messages under a key: sent once, whatever happens, and what people decide about them.

use std::process::Stdio;

use serde_json::Value;
use whatsgate_sandbox::{ErrorForm, Fault, FaultRule, Settings};

use crate::consuming::Shop;
use crate::support::{Gateway, Ran, Running, directory, quiet, run, run_with_input};

impl Shop {
    pub(crate) fn with_faults(faults: Vec<FaultRule>) -> Self {
        Self { gateway: Gateway::start(Settings { faults, ..quiet() }), folder: directory() }
    }

    pub(crate) fn try_run(&self, arguments: &[&str]) -> Ran {
        run(self.command(arguments).arg("--json"))
    }

    /// What was really sent.
    pub(crate) fn sent(&self) -> Vec<String> {
        self.gateway.sandbox.sent(&self.gateway.session).into_iter().map(|message| message.body).collect()
    }

    /// The keys of the outbox with their states.
    pub(crate) fn outbox(&self, arguments: &[&str]) -> Vec<(String, String)> {
        let listed = self.json(&[&["outbox", "list"], arguments].concat());
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let messages = listed["messages"].as_array().unwrap().iter();
        messages.map(|message| (text(&message["key"]), text(&message["state"]))).collect()
    }
}

fn error_of(form: ErrorForm, acts: bool) -> FaultRule {
    FaultRule::new(Fault::Error { form, acts: Some(acts) }).on("send").times(1)
}

const SEND: [&str; 4] = ["send", "79991112233", "Hello", "--key"];

#[test]
fn a_key_is_sent_once() {
    let shop = Shop::open();
    let first = shop.json(&[&SEND[..], &["order-1"]].concat());
    assert_eq!((&first["state"], &first["proof"]), (&"sent".into(), &"id".into()));
    assert_eq!(shop.json(&[&SEND[..], &["order-1"]].concat()), first);
    let shown = run(&mut shop.command(&[&SEND[..], &["order-1"]].concat())).done();
    assert_eq!(shown, format!("sent\n{}\n", first["message"]["id"].as_str().unwrap()));
    // The same text under another key, and the same key of another program, are other messages.
    shop.json(&[&SEND[..], &["order-2"]].concat());
    shop.json(&[&SEND[..], &["order-1", "--program", "shop", "--no-limits"]].concat());
    assert_eq!(shop.sent(), ["Hello", "Hello", "Hello"]);
    for other in
        [&["79991112233", "Good day"][..], &["79991112244", "Hello"], &["79991112233", "--file", "note.txt"]]
    {
        std::fs::write(shop.folder.path().join("note.txt"), "A note").unwrap();
        let error = shop.try_run(&[&["send"], other, &["--key", "order-1"]].concat()).error(2);
        let message = error["message"].as_str().unwrap();
        assert!(
            message.contains("the key of another message") && message.contains("show order-1"),
            "{message}"
        );
    }
    assert_eq!(shop.sent().len(), 3);
}

#[test]
fn texts_and_files_are_sent_under_keys() {
    let shop = Shop::open();
    std::fs::write(shop.folder.path().join("note.txt"), "A note").unwrap();
    let file =
        ["send", "79991112233", "--file", "note.txt", "For you", "--name", "for-you.txt", "--key", "file"];
    shop.json(&file);
    shop.json(&file);
    let mut command = shop.command(&["send", "79991112244", "-", "--key", "text", "--urgent", "--json"]);
    run_with_input(&mut command, b"From a pipe\n").json();
    assert_eq!(shop.sent(), ["For you", "From a pipe"]);
    let shown = run(&mut shop.command(&["outbox", "show", "text"])).done();
    assert!(shown.starts_with("text to 79991112244, urgent, put at "), "{shown}");
    assert!(shown.contains("\nsent since ") && shown.ends_with("  From a pipe\n"), "{shown}");
    let mut piped =
        shop.command(&["send", "79991112233", "--file", "-", "--name", "a.txt", "--key", "piped"]);
    assert_eq!(run_with_input(piped.arg("--json"), b"content").error(2)["outcome"], "notSent");
    // The file is another one now.
    std::fs::write(shop.folder.path().join("note.txt"), "Another note").unwrap();
    shop.try_run(&file).error(2);
    std::fs::remove_file(shop.folder.path().join("note.txt")).unwrap();
    // It is known by its key, though the file is of no use any more.
    assert_eq!(shop.json(&file)["state"], "sent");
    let mut other = file;
    other[8] = "other";
    let error = shop.try_run(&other).error(2);
    assert!(error["message"].as_str().unwrap().contains("the file cannot be read"), "{error}");
    assert_eq!(shop.sent().len(), 2);
}

#[test]
fn who_handles_events_sends_too_if_told_so() {
    let shop = Shop::open();
    let bot = shop.handle(&["--exec", "true", "--send"]);
    assert_eq!(shop.json(&[&SEND[..], &["order-1"]].concat())["state"], "sent");
    assert_eq!(bot.end("TERM").code, Some(0));
    assert_eq!(shop.sent(), ["Hello"]);
}

#[test]
fn only_the_message_of_the_key_is_sent() {
    let shop = Shop::open();
    let put = shop.json(&[&SEND[..], &["waits", "--wait", "0s"]].concat());
    assert_eq!(put["state"], "queued");
    shop.json(&["send", "79991112233", "Now", "--key", "now"]);
    assert_eq!(shop.sent(), ["Now"]);
    let states =
        [("waits", "queued"), ("now", "sent")].map(|(key, state)| (key.to_owned(), state.to_owned()));
    assert_eq!(shop.outbox(&[]), states);
    assert_eq!(shop.outbox(&["--state", "sent"]), states[1..]);
    assert_eq!(shop.outbox(&["--prefix", "wa"]), states[..1]);
    let mut list = run(&mut shop.command(&["outbox", "list"])).done();
    assert!(!list.contains("79991112233") && !list.contains("Hello"), "{list}");
    list = run(&mut shop.command(&["outbox", "list", "--json"])).done();
    assert!(!list.contains("79991112233") && !list.contains("Hello"), "{list}");
    run(&mut shop.command(&["outbox", "run", "--until-done"])).done();
    assert_eq!(shop.sent(), ["Now", "Hello"]);
}

#[test]
fn what_the_service_refuses_is_sent_again_only_when_somebody_says_so() {
    let shop = Shop::with_faults(vec![error_of(ErrorForm::Internal, false)]);
    let send = [&SEND[..], &["one"]].concat();
    for _ in 0..2 {
        let error = shop.try_run(&send).error(3);
        assert_eq!((&error["kind"], &error["state"]), (&"refused".into(), &"failed".into()));
        assert_eq!(error["outcome"], "unknown");
        assert!(error["advice"].as_str().unwrap().contains("`whatsgate outbox retry one`"), "{error}");
    }
    // The service's words may hold anything, and are shown where the message is.
    let shown = run(&mut shop.command(&["outbox", "show", "one"])).done();
    assert!(shown.contains(": the service refused it\nthe service said: "), "{shown}");
    let words = shop.json(&["outbox", "show", "one"])["message"]["words"].as_str().unwrap().to_owned();
    let listed = run(&mut shop.command(&["outbox", "list"])).done();
    assert!(listed.contains("the service refused it") && !listed.contains(&words), "{listed}");
    assert!(shop.sent().is_empty());
    assert_eq!(shop.json(&["outbox", "retry", "one"])["messages"][0]["state"], "queued");
    assert_eq!(shop.json(&send)["state"], "sent");
    let error = shop.try_run(&["outbox", "retry", "one"]).error(1);
    assert!(
        error["message"].as_str().unwrap().contains("\"one\" is sent, and nothing was changed"),
        "{error}"
    );
    let error = shop.try_run(&["outbox", "cancel", "two"]).error(1);
    assert!(error["message"].as_str().unwrap().contains("no message with the key \"two\""), "{error}");
    assert_eq!(shop.sent(), ["Hello"]);
}

/// The service calls accidents errors, too.
#[test]
fn what_was_sent_though_it_was_refused_is_found_by_the_same_command() {
    let shop = Shop::with_faults(vec![error_of(ErrorForm::Internal, true)]);
    let send = [&SEND[..], &["one"]].concat();
    let error = shop.try_run(&send).error(3);
    assert_eq!((&error["outcome"], &error["state"]), (&"unknown".into(), &"failed".into()));
    let sent = shop.json(&send);
    assert_eq!((&sent["state"], &sent["proof"]), (&"sent".into(), &"content".into()));
    assert_eq!(shop.sent(), ["Hello"]);
    // A campaign looks by itself.
    std::fs::write(shop.folder.path().join("spring.csv"), "phone\n79991110001\n79991110002\n").unwrap();
    shop.gateway.sandbox.set_faults(0, &[error_of(ErrorForm::Internal, true)]);
    let campaign = ["campaign", "run", "spring.csv", "--text", "Spring", "--no-limits"];
    assert_eq!(shop.json(&campaign)["sent"], 2);
    assert_eq!(shop.sent().len(), 3);
}

/// A gateway that repeats what it was sent tells the key to nobody by that.
#[test]
fn words_of_a_refusal_show_neither_key_nor_numbers() {
    let shop = Shop::open();
    let words = format!("no {} for {}", shop.gateway.sandbox.api_key(), whatsgate_canary::PHONE);
    let body = serde_json::json!({ "name": "Exception", "message": words, "code": 0 }).to_string();
    let reply = Fault::Reply { status: 500, body, content_type: "application/json".to_owned(), acts: false };
    shop.gateway.sandbox.set_faults(0, &[FaultRule::new(reply).on("send").times(1)]);
    shop.try_run(&[&SEND[..], &["one"]].concat()).error(3);
    let shown = run(&mut shop.command(&["outbox", "show", "one"])).done();
    assert!(shown.contains("the service said: no … for …"), "{shown}");
}

#[test]
fn all_that_failed_of_one_kind_is_sent_again_at_once() {
    let shop = Shop::with_faults(vec![error_of(ErrorForm::Internal, false).times(2)]);
    for key in ["list-1", "list-2", "list-3"] {
        shop.try_run(&[&SEND[..], &[key, "--no-limits"]].concat());
    }
    shop.json(&[&SEND[..], &["order-1", "--wait", "0s"]].concat());
    let states =
        |state: &str| shop.outbox(&["--state", state]).into_iter().map(|one| one.0).collect::<Vec<_>>();
    assert_eq!(states("failed"), ["list-1", "list-2"]);
    let again = run(&mut shop.command(&["outbox", "retry", "--prefix", "list-"])).done();
    assert_eq!(again, "2 messages are queued again\n");
    let back = shop.json(&["outbox", "cancel", "--prefix", "list-"]);
    assert_eq!(back["messages"].as_array().unwrap().len(), 2);
    assert_eq!(states("cancelled"), ["list-1", "list-2"]);
    assert_eq!((states("sent"), states("queued")), (vec!["list-3".to_owned()], vec!["order-1".to_owned()]));
    let none = shop.json(&["outbox", "cancel", "--prefix", "list-"]);
    assert_eq!(none["messages"], serde_json::json!([]));
    for wrong in [
        &["outbox", "retry"][..],
        &["outbox", "retry", "one", "--prefix", "o"],
        &["outbox", "retry", "--prefix", ""],
    ] {
        shop.try_run(wrong).error(2);
    }
}

#[test]
fn an_event_shows_what_a_lost_reply_did_not_say() {
    let shop = Shop::with_faults(vec![error_of(ErrorForm::BadGateway, true)]);
    let sent = shop.json(&[&SEND[..], &["one"]].concat());
    assert_eq!((&sent["state"], &sent["proof"]), (&"sent".into(), &"content".into()));
    assert_eq!(shop.sent(), ["Hello"]);
}

#[test]
fn people_say_what_nobody_knows() {
    let shop = Shop::with_faults(vec![error_of(ErrorForm::BadGateway, false)]);
    let send = [&SEND[..], &["one", "--wait", "1s"]].concat();
    for _ in 0..2 {
        let error = shop.try_run(&send).error(3);
        assert_eq!((&error["state"], &error["outcome"]), (&"unknown".into(), &"unknown".into()));
    }
    let error = shop.try_run(&["outbox", "retry", "one"]).error(1);
    assert!(error["message"].as_str().unwrap().contains("resolve --not-sent"), "{error}");
    shop.try_run(&["outbox", "resolve", "one"]).error(2);
    assert_eq!(shop.json(&["outbox", "resolve", "one", "--not-sent"])["messages"][0]["state"], "not-sent");
    assert_eq!(shop.try_run(&send).error(1)["state"], "not_sent");
    shop.json(&["outbox", "resolve", "one", "--sent", "--id", "true_79991112233@c.us_3EB0"]);
    assert_eq!(shop.json(&send)["message"]["id"], "true_79991112233@c.us_3EB0");
    assert!(shop.sent().is_empty());
}

#[test]
fn a_message_that_waits_for_an_unknown_one_says_so() {
    let shop = Shop::with_faults(vec![error_of(ErrorForm::BadGateway, false)]);
    shop.try_run(&[&SEND[..], &["one", "--wait", "1s", "--program", "shop"]].concat()).error(3);
    let second = [&SEND[..], &["two", "--wait", "2s", "--no-limits"]].concat();
    let ran = run(&mut shop.command(&second));
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    let waits = "it waits for \"one\" to the same chat, whose outcome is unknown";
    let resolve = "`whatsgate outbox resolve one --program shop --sent` or --not-sent";
    assert!(ran.err.contains(&format!("note: {waits}. It goes on at ")), "{}", ran.err);
    assert!(ran.err.contains(&format!("error: the message is still queued: {waits}\n")), "{}", ran.err);
    assert_eq!(ran.err.matches(resolve).count(), 2, "{}", ran.err);
    let listed = shop.json(&["outbox", "list", "--state", "queued"])["messages"][0]["waits_for"].clone();
    assert_eq!((&listed["program"], &listed["key"]), (&"shop".into(), &"one".into()));
    let table = run(shop.command(&["outbox", "list"]).env("COLUMNS", "300")).done();
    assert_eq!(table.matches(waits).count(), 1, "{table}");
    let shown = run(&mut shop.command(&["outbox", "show", "two"])).done();
    assert!(shown.contains(waits) && shown.contains(resolve), "{shown}");
    assert!(shop.json(&["outbox", "show", "one", "--program", "shop"])["message"]["waits_for"].is_null());
    std::fs::write(shop.folder.path().join("spring.csv"), "phone\n79991112233\n79991112244\n").unwrap();
    let mut campaign = shop.command(&["campaign", "run", "spring.csv", "--text", "Spring", "--no-limits"]);
    let running = Running::start(campaign.stderr(Stdio::piped()));
    crate::support::wait_until("the other one is sent", || shop.sent().len() == 1);
    assert_eq!(running.end("INT").code, Some(3));
    assert_eq!(shop.json(&["campaign", "status", "spring"])["behind_unknown"], 1);
    let status = run(&mut shop.command(&["campaign", "status", "spring"])).done();
    assert!(status.contains("1 message waits for others") && status.contains(resolve), "{status}");
    shop.json(&["outbox", "resolve", "one", "--program", "shop", "--not-sent"]);
    assert_eq!(shop.json(&second)["state"], "sent");
}

#[test]
fn what_is_taken_back_or_too_late_is_not_sent() {
    let shop = Shop::open();
    shop.json(&[&SEND[..], &["back", "--wait", "0s"]].concat());
    shop.json(&["outbox", "cancel", "back"]);
    assert_eq!(shop.try_run(&[&SEND[..], &["back"]].concat()).error(1)["state"], "cancelled");
    for more in [&["--expires", "2h"][..], &["--expires", "2h", "--wait", "0s", "--urgent"]] {
        let never =
            [&SEND[..], &["never", "--not-before", "1d", "--store", "sqlite:never.db"], more].concat();
        let error = shop.try_run(&never).error(2);
        assert!(error["message"].as_str().unwrap().contains("would never be sent"), "{error}");
        assert!(!shop.folder.path().join("never.db").exists());
    }
    let late = [&SEND[..], &["late", "--expires", "0s"]].concat();
    assert_eq!(shop.try_run(&late).error(1)["state"], "expired");
    let later = [&SEND[..], &["later", "--not-before", "1d", "--wait", "1s"]].concat();
    assert_eq!(shop.try_run(&later).error(3)["state"], "queued");
    assert!(shop.sent().is_empty());
}

#[test]
fn a_store_that_another_process_has_is_waited_for() {
    let shop = Shop::open();
    let running = shop.handle(&[]);
    let ran = run(&mut shop.command(&[&SEND[..], &["one", "--wait", "1s"]].concat()));
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    assert!(ran.err.contains(&format!("note: process {} has the store", running.id())), "{}", ran.err);
    assert!(
        ran.err.contains("error: the message is still queued\n  Run the same command again"),
        "{}",
        ran.err
    );
    let mut waiting = Running::start(shop.command(&[&SEND[..], &["one"]].concat()).stderr(Stdio::piped()));
    waiting.error_line("has the store");
    assert_eq!(running.signal("INT").code(), Some(0));
    waiting.line("sent");
    assert_eq!(shop.sent(), ["Hello"]);
}

#[test]
fn whoever_sends_from_the_store_sends_it() {
    let shop = Shop::open();
    let mut running = Running::start(shop.command(&["outbox", "run"]).stderr(Stdio::piped()));
    running.error_line("sending what is queued");
    assert_eq!(shop.json(&[&SEND[..], &["one"]].concat())["state"], "sent");
    let refused = shop.try_run(&["outbox", "run"]).error(1);
    assert!(
        refused["message"].as_str().unwrap().contains(&format!("process {} owns", running.id())),
        "{refused}"
    );
    assert!(refused["advice"].as_str().unwrap().contains("`whatsgate outbox list` shows"), "{refused}");
    assert_eq!(running.signal("TERM").code(), Some(0));
    assert_eq!(shop.sent(), ["Hello"]);
}

#[test]
fn a_waiting_message_stays_when_the_program_is_ended() {
    let shop = Shop::open();
    let mut command = shop.command(&[&SEND[..], &["one", "--not-before", "1d", "-v", "--json"]].concat());
    let running = Running::start(command.stderr(Stdio::piped()));
    crate::support::wait_until("it is put", || {
        shop.folder.path().join("whatsgate.db").exists() && !shop.outbox(&[]).is_empty()
    });
    let error = running.end("INT").error(3);
    assert_eq!((&error["state"], &error["kind"]), (&"queued".into(), &"queued".into()));
    assert!(shop.sent().is_empty());
}

#[test]
fn a_session_without_a_journal_of_its_own_is_refused() {
    let shop = Shop::open();
    shop.json(&[&SEND[..], &["one"]].concat());
    let other = shop.gateway.sandbox.ready_session("Other");
    let error = shop.try_run(&[&SEND[..], &["two", "-s", other.as_str()]].concat()).error(1);
    assert!(error["message"].as_str().unwrap().contains("alone: give that one"), "{error}");
    let missing = shop.try_run(&["outbox", "list", "--store", "sqlite:none.db"]).error(2);
    assert!(missing["message"].as_str().unwrap().contains("there is no store at "), "{missing}");
    let memory = shop.try_run(&[&SEND[..], &["one", "--store", "memory:"]].concat()).error(2);
    assert!(memory["message"].as_str().unwrap().contains("forgotten at the end"), "{memory}");
    let error = run(shop
        .command(&[&SEND[..], &["new", "--store", "sqlite:new.db"]].concat())
        .env("WHATSGATE_API_KEY", "wrong"))
    .code;
    assert_eq!(error, Some(1));
    assert!(shop.outbox(&["--store", "sqlite:new.db"]).is_empty());
}

#[test]
fn opt_outs_are_kept_for_each_session() {
    let shop = Shop::open();
    let opted_out =
        || shop.json(&["outbox", "opt-outs", "list", "--store", "sqlite:o.db"])["opt_outs"].clone();
    shop.json(&["outbox", "opt-outs", "add", "79991112233", "--store", "sqlite:o.db"]);
    assert_eq!(opted_out()[0]["chat"], "79991112233@c.us");
    let removed = shop.json(&["outbox", "opt-outs", "remove", "79991112233@c.us", "--store", "sqlite:o.db"]);
    assert_eq!(removed["was"], true);
    assert_eq!(opted_out(), Value::Array(Vec::new()));
}
