//! What the kit finds in clients with the mistakes that clients in use make.

use crate::{bad, failures, run};

/// What fails with a mistake and passes without it.
async fn found(mistake: &str, only: &[&str]) -> Vec<String> {
    let good = run(&bad(&[]), only).await;
    let good: Vec<_> = failures(&good).iter().map(|failure| name(failure).to_owned()).collect();
    let bad = failures(&run(&bad(&[mistake]), only).await);
    bad.into_iter().filter(|failure| !good.contains(&name(failure).to_owned())).collect()
}

fn name(failure: &str) -> &str {
    failure.split(": ").next().unwrap_or_default()
}

fn names(failures: &[String]) -> Vec<&str> {
    failures.iter().map(|failure| name(failure)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_misspelt_member_is_named() {
    let found = found("whatsappID", &["wire/*/as-is"]).await;
    assert!(found.len() > 20, "{found:#?}");
    let told = "the member /WhatsappID is missing, but there is \"whatsappID\"";
    assert!(found.iter().all(|failure| failure.contains(told)), "{found:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_list_of_mime_types_is_found() {
    let found = found("closed-mime-types", &["files"]).await;
    assert!(names(&found).contains(&"files/get-media/mime.application-x-hologram"), "{found:#?}");
    assert!(names(&found).contains(&"files/send.text-plain/as-is"), "{found:#?}");
    let is_told =
        |failure: &String| failure.contains("it says that it failed") || failure.contains("0 requests came");
    assert!(found.iter().all(is_told), "{found:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_that_must_be_numbers_are_found() {
    let found = found("strict-numbers", &["wire/get-chats.*", "wire/quirk.get-chats.*"]).await;
    let wanted = ["wire/get-chats.full/numbers-with-comma", "wire/quirk.get-chats.openapi-typos/as-is"];
    assert!(wanted.iter().all(|wanted| names(&found).contains(wanted)), "{found:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_send_is_found() {
    let found = found("repeats-on-500", &["sends", "errors/send", "errors/session-create"]).await;
    let told = "3 requests came, not 1: it may take effect as often as that";
    let sends = found.iter().filter(|failure| failure.starts_with("sends/text/")).collect::<Vec<_>>();
    assert!(
        sends.iter().any(|failure| failure.contains("sent-and-500") && failure.contains(told)),
        "{sends:#?}"
    );
    // The second try succeeds, and is a second message.
    let told = "2 requests came, not 1";
    assert!(sends.iter().any(|failure| failure.contains("500-once") && failure.contains(told)), "{sends:#?}");
    assert!(found.iter().any(|failure| failure.starts_with("errors/session-create/form.")), "{found:#?}");
    assert!(found.iter().all(|failure| failure.contains("requests came")), "{found:#?}");
}
