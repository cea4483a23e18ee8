//! `whatsgate demo`.

use whatsgate_sandbox::{Echo, Scan, Settings};

use crate::support::{Gateway, quiet, run, whatsgate};

#[test]
fn it_runs_to_the_end_without_an_account() {
    let text = run(whatsgate().arg("demo")).done();
    for said in [
        "1. Started a local gateway",
        "2. Created session",
        "   With the real service you would scan a code",
        "the session is ready",
        "3. Receiving events at http://127.0.0.1:",
        "4. Checked the number",
        "5. Sent a text: true_79991112233@c.us_",
        "Sent the file Прайс-лист.csv: true_",
        "from 79991112233: Echo: Please answer",
        "7. Answered it with a quote: true_79991112233@c.us_",
        "8. Chats:",
        "9. Marked the chat as read",
        "10. Fetched the file back: every byte is the same",
        "11. Deleted the session",
    ] {
        assert!(text.contains(said), "no {said:?} in {text}");
    }
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "too wide for a terminal: {line}");
    }
}

#[test]
fn it_tells_scripts_what_it_did() {
    let report = run(whatsgate().args(["demo", "--json"])).json();
    assert_eq!(
        (&report["done"], &report["answered"], &report["session_deleted"]),
        (&true.into(), &true.into(), &true.into())
    );
}

#[test]
fn it_asks_before_it_uses_the_service() {
    let gateway = Gateway::start(quiet());
    let ran = gateway.run(&["demo", "--to", "79991112233"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("--yes"), "{}", ran.err);
    let told = format!(
        "This uses a gateway on this machine, not the real service, at {}.\n",
        gateway.sandbox.base_url()
    );
    assert!(ran.out.starts_with(&told), "{}", ran.out);
    let mut command = whatsgate();
    let ran = run(command.env("WHATSGATE_API_KEY", "key").args(["demo", "--to", "79991112233"]));
    assert!(
        ran.out.starts_with("This uses the real service at https://whatsgate.ru/api/v1.\n"),
        "{}",
        ran.out
    );
    let events = gateway.run(&["events", "--action", "create"]).done();
    assert_eq!(events, "");
    assert_eq!(run(whatsgate().args(["demo", "--to", "79991112233", "--yes"])).code, Some(2));
}

#[test]
fn it_does_the_same_with_a_service() {
    let settings = Settings {
        echo: Some(Echo::default()),
        scan: Scan::After(std::time::Duration::ZERO),
        ..Settings::default()
    };
    let gateway = Gateway::start(settings);
    let mut command = gateway.command();
    let report =
        run(command.env_remove("WHATSGATE_SESSION").args(["demo", "--to", "79991112233", "--yes", "--json"]))
            .json();
    assert_eq!((&report["answered"], &report["session_deleted"]), (&true.into(), &true.into()));
    // The other session is not touched.
    assert_eq!(gateway.sandbox.ready_sessions(), [gateway.session]);
}
