//! Faults: which happen is decided by the machine, what they do is seen over HTTP.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::StatusCode;
use serde_json::{Value, json};
use whatsgate_sandbox::model::SessionId;
use whatsgate_sandbox::{
    ADMIN_OPENAPI, ErrorForm, Fault, FaultPlan, FaultRule, Incoming, PlannedReply, Rewriting, Sandbox,
    Settings,
};

use crate::http::call;
use crate::support::{Bench, chat};

fn bench(rules: Vec<FaultRule>) -> Bench {
    Bench::with(Settings { faults: rules, ..Settings::default() })
}

fn plan(bench: &mut Bench, command: &str) -> FaultPlan {
    bench.gateway.plan_faults_unread(command, bench.now).unwrap()
}

fn happens(plan: &FaultPlan) -> bool {
    plan.reply != PlannedReply::Whole
}

#[test]
fn rules_choose_command_number_and_times() {
    let rule = FaultRule { skip: 2, ..FaultRule::new(Fault::CloseAfter).on("send").times(3) };
    let mut bench = bench(vec![rule]);
    assert!(!happens(&plan(&mut bench, "check")));
    let sends: Vec<bool> = (0..8).map(|_| happens(&plan(&mut bench, "send"))).collect();
    assert_eq!(sends, [false, false, true, true, true, false, false, false]);
}

#[test]
fn the_same_seed_gives_the_same_faults() {
    let rules = || vec![FaultRule { probability: 0.3, ..FaultRule::new(Fault::CloseBefore) }];
    let mut bench = bench(rules());
    let mut run = |seed| {
        bench.gateway.set_faults(seed, &rules());
        (0..200).map(|_| happens(&plan(&mut bench, "send"))).collect::<Vec<_>>()
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
    let count = run(1).iter().filter(|happened| **happened).count();
    assert!((30..90).contains(&count), "{count} of 200");
}

#[test]
fn the_rules_in_the_readme_can_be_read() {
    let readme = include_str!("../../README.md");
    let rules = readme.split("```json").nth(1).unwrap().split("```").next().unwrap();
    let rules = FaultRule::list_from_json(rules.as_bytes()).unwrap();
    assert_eq!(rules[1].fault, Fault::Error { form: ErrorForm::BadGateway, acts: None });
    assert_eq!((rules[3].skip, &rules[3].fault), (3, &Fault::Reorder));
}

#[test]
fn rules_with_strange_members_are_refused_by_name() {
    for (rule, why) in [
        (json!({ "kind": "lose", "no": "message" }), "no: there is no such member here"),
        (json!({ "kind": "latency", "ms": 1, "jiter_ms": 5 }), "jiter_ms: there is no such member here"),
        (json!({ "kind": "close_after", "ms": 5 }), "ms: there is no such member here"),
        (json!({ "kind": "lose", "probability": 1.01 }), "probability: must be a number from 0 to 1"),
        (json!({ "kind": "lose", "probability": -0.5 }), "probability: must be a number from 0 to 1"),
        (json!({ "kind": "lose", "times": -1 }), "times: must be a whole number from 0 to 4294967295"),
        (json!({ "kind": "lose", "skip": 1.5 }), "skip: must be a whole number from 0 to 4294967295"),
        (json!({ "kind": "lose", "on": 7 }), "on: must be a string"),
        (json!({ "kind": "delay", "ms": -1 }), "ms: must be a whole number from 0 to 31622400000"),
        (json!({ "kind": "delay", "ms": "5" }), "ms: must be a whole number from 0 to 31622400000"),
        (
            json!({ "kind": "reply", "status": 99, "body": "" }),
            "status: must be a whole number from 200 to 599",
        ),
        (json!({ "kind": "drip", "bytes": 0, "ms": 1 }), "bytes: must be a whole number from 1"),
        (json!({ "kind": "error", "form": "empty", "acts": 1 }), "acts: must be a boolean"),
        (json!({ "kind": "error", "form": "polite" }), "form: unknown variant `polite`"),
    ] {
        let error = serde_json::from_value::<FaultRule>(rule.clone()).unwrap_err().to_string();
        assert!(error.starts_with(why), "{rule}: {error}");
    }
}

#[test]
fn rules_are_read_as_they_are_written_and_described() {
    let document: Value = serde_json::from_str(ADMIN_OPENAPI).unwrap();
    let described = &document["components"]["schemas"]["FaultRule"];
    let mut kinds: BTreeMap<&str, &Value> = described["oneOf"]
        .as_array()
        .unwrap()
        .iter()
        .map(|kind| (kind["properties"]["kind"]["const"].as_str().unwrap(), kind))
        .collect();
    for fault in [
        Fault::Latency { ms: 1, jitter_ms: 2 },
        Fault::Drip { bytes: 3, ms: 4 },
        Fault::Error { form: ErrorForm::Debug, acts: Some(true) },
        Fault::Reply { status: 418, body: "tea".into(), content_type: "text/plain".into(), acts: true },
        Fault::Header { name: "Retry-After".into(), value: "1".into() },
        Fault::Truncate { bytes: 5 },
        Fault::BreakOff { bytes: 0 },
        Fault::CloseBefore,
        Fault::CloseAfter,
        Fault::Lose,
        Fault::Double,
        Fault::Delay { ms: 6 },
        Fault::Reorder,
        Fault::Forge { ahead: 1 },
        Fault::Late { ms: 1, jitter_ms: 2 },
        Fault::RateLimit { requests: 1, ms: 2 },
        Fault::Typed { ms: 1 },
        Fault::Undeliverable,
        Fault::ForgetEvents { count: 3 },
        Fault::RepeatEvents,
        Fault::Omit,
        Fault::Postpone { ms: 4 },
        Fault::Unlisted { ms: 5 },
        Fault::Rewrite { rewriting: Rewriting::CrLf },
    ] {
        let rule = FaultRule {
            probability: 0.5,
            skip: 2,
            ..FaultRule::new(fault).on("send").session("s").chat("c").times(3)
        };
        let written = serde_json::to_string(&rule).unwrap();
        assert_eq!(serde_json::from_str::<FaultRule>(&written).unwrap(), rule, "{written}");
        let written: Value = serde_json::from_str(&written).unwrap();
        let kind = kinds.remove(written["kind"].as_str().unwrap()).unwrap();
        let mut known = described["properties"].as_object().unwrap().clone();
        known.extend(kind["properties"].as_object().unwrap().clone());
        let members = written.as_object().unwrap();
        assert!(members.keys().eq(known.keys()), "{written}");
        for required in kind["required"].as_array().unwrap() {
            let mut less = members.clone();
            less.remove(required.as_str().unwrap());
            let error = serde_json::from_value::<FaultRule>(less.into()).unwrap_err().to_string();
            assert_eq!(error, format!("{}: is required", required.as_str().unwrap()));
        }
    }
    assert!(kinds.is_empty(), "described, but not tried here: {kinds:?}");
}

#[test]
fn waiting_adds_up_and_the_first_reply_counts() {
    let latency = |ms| FaultRule::new(Fault::Latency { ms, jitter_ms: 0 });
    let rules =
        vec![latency(10), FaultRule::new(Fault::CloseAfter), latency(5), FaultRule::new(Fault::CloseBefore)];
    let plan = plan(&mut bench(rules), "send");
    assert_eq!(
        (plan.latency, plan.acts, plan.reply),
        (Duration::from_millis(15), true, PlannedReply::Closed)
    );
}

#[test]
fn rules_are_set_by_the_admin_api() {
    let mut bench = Bench::with(Settings { admin: true, ..Settings::default() });
    let rules = json!([{ "on": "send", "times": 1, "kind": "error", "form": "evaluation_failed" }]);
    bench.admin("set-faults", &json!({ "seed": 5, "rules": rules }));
    let plan = plan(&mut bench, "send");
    assert!(plan.acts && happens(&plan), "{plan:?}");
    let listed = bench.admin("faults", &json!({}));
    assert_eq!((&listed[0]["form"], &listed[0]["times"]), (&json!("evaluation_failed"), &json!(1)));
    for (rules, why) in [
        (json!({}), "rules: must be a list"),
        (json!([{ "kind": "lose" }, 7]), "rules[1]: must be an object"),
        (json!([{ "kind": "earthquake" }]), "rules[0].kind: there is no such fault"),
        (json!([{ "kind": "lose" }, { "kind": "latency" }]), "rules[1].ms: is required"),
    ] {
        assert_eq!(bench.admin_refused("set-faults", &json!({ "rules": rules })), why);
    }
}

#[test]
fn rules_that_can_never_do_anything_are_refused() {
    let mut bench = Bench::with(Settings { admin: true, ..Settings::default() });
    let header = |name: &str, value: &str| json!({ "kind": "header", "name": name, "value": value });
    let reply = json!({ "kind": "reply", "status": 200, "body": "", "content_type": "text/\nplain" });
    for (rule, why) in [
        (json!({ "on": "sned", "kind": "close_after" }), "on: there is no such command"),
        (json!({ "on": "message", "kind": "close_after" }), "on: there is no such command"),
        (json!({ "on": "send", "kind": "lose" }), "on: must be the action of an event: this befalls events"),
        (
            json!({ "on": "get-chats", "kind": "rewrite", "as": "lid" }),
            "on: must be the action of an event: this befalls events",
        ),
        (
            json!({ "on": "seen", "kind": "undeliverable" }),
            "on: must be send, or absent: this befalls no other command",
        ),
        (
            json!({ "on": "send", "kind": "forget_events", "count": 1 }),
            "on: must be events-get, or absent: this befalls no other command",
        ),
        (
            json!({ "chat": "79991112233@c.us", "kind": "forget_events", "count": 1 }),
            "chat: must be absent: lists of events are of no chat",
        ),
        (header("two words", "1"), "name: must be a name that HTTP allows"),
        (header("X-One", "1\n2"), "value: must be a value that HTTP allows"),
        (header("Content-Length", "1"), "name: must not say where the reply ends"),
        (header("transfer-encoding", "gzip"), "name: must not say where the reply ends"),
        (reply, "content_type: must be a value that HTTP allows"),
    ] {
        let rules = json!([{ "kind": "close_after" }, rule]);
        let why = format!("rules[1].{why}");
        let error = FaultRule::list_from_json(rules.to_string().as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), why, "{rule}");
        assert_eq!(bench.admin_refused("set-faults", &json!({ "rules": rules })), why);
    }
    for (rule, start) in [
        (json!({ "chat": "garbage", "kind": "close_after" }), "rules[0].chat: "),
        (json!({ "session": "a b", "kind": "close_after" }), "rules[0].session: "),
    ] {
        let why = bench.admin_refused("set-faults", &json!({ "rules": [rule] }));
        assert!(why.starts_with(start), "{rule}: {why}");
    }
    for text in ["[{]", "{}", "[7]"] {
        let error = FaultRule::list_from_json(text.as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with("rules"), "{text}: {error}");
    }
    for action in ["media", "reaction", "edit", "revoke_everyone"] {
        bench.admin("set-faults", &json!({ "rules": [{ "on": action, "kind": "lose" }] }));
    }
}

/// The bodies of the messages posted at once and after ten seconds, in order, when two come in.
fn posted(fault: Fault) -> (Vec<String>, Vec<String>) {
    let mut bench = bench(vec![FaultRule::new(fault).on("message").times(1)]);
    let session = bench.ready();
    bench.ok("set-hook", &json!({ "WhatsappID": session, "callback": "http://127.0.0.1:9/" }));
    for text in ["one", "two"] {
        bench.gateway.receive(&session, Incoming::text(chat("79991112233@c.us"), text), bench.now).unwrap();
    }
    let post = |bench: &mut Bench| {
        let mut bodies = Vec::new();
        while let Some(delivery) = bench.gateway.take_deliveries(bench.now).pop() {
            let event: Value = serde_json::from_str(&delivery.body).unwrap();
            bodies.push(event["event_data"]["message"]["body"].as_str().unwrap().to_owned());
            let reply = json!({ "result": "OK", "id": event["id"] }).to_string();
            bench.gateway.delivered(delivery.number, Ok(reply.as_bytes()), bench.now);
        }
        bodies
    };
    let at_once = post(&mut bench);
    bench.pass(Duration::from_secs(10));
    let later = post(&mut bench);
    assert_eq!(bench.events("message").len(), 2, "the log of events knows no faults");
    (at_once, later)
}

#[test]
fn webhooks_are_lost_doubled_delayed_reordered_and_forged() {
    for (fault, at_once, later) in [
        (Fault::Lose, &["two"][..], &[][..]),
        (Fault::Double, &["one", "one", "two"], &[]),
        (Fault::Delay { ms: 7000 }, &["two"], &["one"]),
        (Fault::Reorder, &["two", "one"], &[]),
        (Fault::Forge { ahead: 1_000_000 }, &["one", "Forged", "two"], &[]),
    ] {
        let (found_at_once, found_later) = posted(fault.clone());
        assert_eq!(found_at_once, at_once, "{fault:?}");
        assert_eq!(found_later, later, "{fault:?}");
    }
}

#[test]
fn a_held_webhook_does_not_wait_for_ever() {
    let mut bench = bench(vec![FaultRule::new(Fault::Reorder)]);
    let session = bench.ready();
    bench.ok("set-hook", &json!({ "WhatsappID": session, "callback": "http://127.0.0.1:9/" }));
    bench.gateway.receive(&session, Incoming::text(chat("79991112233@c.us"), "one"), bench.now).unwrap();
    assert_eq!(bench.gateway.next_due(), Some(bench.now + 5000));
}

/// Sends a text; the reply's status and body, or that the connection closed.
async fn send(sandbox: &Sandbox, session: &SessionId) -> Result<(StatusCode, Bytes), ()> {
    let message = json!({ "body": "Hello" });
    let body = json!({ "WhatsappID": session, "recipient": { "number": "79991112233" }, "message": message });
    let response = call(sandbox, "send", body.to_string()).await?;
    Ok((response.status(), response.into_body()))
}

async fn sent_count(sandbox: &Sandbox) -> u64 {
    let response = call(sandbox, "events-get", r#"{"action":"create"}"#.to_owned()).await.unwrap();
    let reply: Value = serde_json::from_slice(response.body()).unwrap();
    reply["elements"].as_u64().unwrap()
}

#[tokio::test]
async fn each_fault_does_what_it_says() {
    let sandbox = Sandbox::start(Settings::default()).await.unwrap();
    let session = sandbox.ready_session("Shop");
    let mut acted = 0;
    let mut happen = async |fault: Fault, acts: bool| {
        sandbox.set_faults(0, &[FaultRule::new(fault).on("send")]);
        let reply = send(&sandbox, &session).await;
        acted += u64::from(acts);
        assert_eq!(sent_count(&sandbox).await, acted, "{reply:?}");
        reply
    };
    assert_eq!(happen(Fault::CloseBefore, false).await, Err(()));
    assert_eq!(happen(Fault::CloseAfter, true).await, Err(()));
    assert_eq!(happen(Fault::BreakOff { bytes: 10 }, true).await, Err(()));
    let (status, body) = happen(Fault::Truncate { bytes: 10 }, true).await.unwrap();
    assert_eq!((status, &*body), (StatusCode::OK, &br#"{"result":"#[..]));
    let reply =
        Fault::Reply { status: 418, body: "tea".into(), content_type: "text/plain".into(), acts: false };
    let (status, body) = happen(reply, false).await.unwrap();
    assert_eq!((status, &*body), (StatusCode::IM_A_TEAPOT, &b"tea"[..]));
    let (status, body) = happen(Fault::Drip { bytes: 100, ms: 1 }, true).await.unwrap();
    assert_eq!(status, 200);
    assert_eq!(serde_json::from_slice::<Value>(&body).unwrap()["result"]["body"], "Hello");
    let started = Instant::now();
    let (status, _) = happen(Fault::Latency { ms: 50, jitter_ms: 10 }, true).await.unwrap();
    assert!(status == 200 && started.elapsed() >= Duration::from_millis(50));
}

#[tokio::test]
async fn each_form_of_error_can_be_had() {
    let sandbox = Sandbox::start(Settings::default()).await.unwrap();
    let session = sandbox.ready_session("Shop");
    for (form, status, text) in [
        (ErrorForm::Unauthorized, 401, "\"status\":401"),
        (ErrorForm::UnauthorizedAs500, 500, "invalid credentials"),
        (ErrorForm::EvaluationFailed, 500, "reading 'serialize'"),
        (ErrorForm::Internal, 500, "\"status\":500"),
        (ErrorForm::Debug, 500, "stack-trace"),
        (ErrorForm::TooManyRequests, 429, "Too Many Requests"),
        (ErrorForm::TextStatus, 500, "\"status\":\"500\""),
        (ErrorForm::EnvelopeAs200, 200, "Internal Server Error"),
        (ErrorForm::BadGateway, 502, "<html>"),
        (ErrorForm::PlainText, 503, "Service Unavailable"),
        (ErrorForm::Empty, 500, ""),
    ] {
        sandbox.set_faults(0, &[FaultRule::new(Fault::Error { form, acts: None })]);
        let (found, body) = send(&sandbox, &session).await.unwrap();
        let body = std::str::from_utf8(&body).unwrap();
        assert!(found == status && body.contains(text), "{form:?}: {found} {body}");
        assert_eq!(text.is_empty(), body.is_empty());
    }
    sandbox.set_faults(0, &[]);
    assert_eq!(sent_count(&sandbox).await, 1, "only the failed evaluation took effect");
}
