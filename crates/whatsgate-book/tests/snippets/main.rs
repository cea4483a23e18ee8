//! The Rust snippets of the book, run against a sandbox. One program for all, so that it is linked once.
#![allow(clippy::unwrap_used)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "snippets talk to whoever reads them")]

#[path = "../../snippets/files.rs"]
mod files;
#[path = "../../snippets/link_session.rs"]
mod link_session;
#[path = "../../snippets/many_processes.rs"]
mod many_processes;
#[path = "../../snippets/outbox.rs"]
mod outbox;
#[path = "../../snippets/page_without_key.rs"]
mod page_without_key;
#[path = "../../snippets/receive.rs"]
mod receive;
#[path = "../../snippets/send.rs"]
mod send;

use std::process::Stdio;
use std::time::Duration;

use whatsgate_native::{ApiKey, BaseUrl, Client, ClientBuilder, Session};
use whatsgate_sandbox::model::{ChatId, MessageId};
use whatsgate_sandbox::{FaultRule, Incoming, Sandbox, Scan, Settings};

/// What a snippet returns, as the program of a reader does.
type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// A sandbox with a linked session, and a client of it.
struct Place {
    sandbox: Sandbox,
    client: Client,
    session: Session,
}

impl Place {
    async fn start() -> Self {
        let settings = Settings {
            authorization_delay: Duration::from_millis(10),
            scan: Scan::After(Duration::from_millis(10)),
            ack_interval: Duration::from_millis(10),
            ..Settings::default()
        };
        let sandbox = Sandbox::start(settings).await.unwrap();
        let builder = ClientBuilder::new(ApiKey::new(sandbox.api_key()).unwrap());
        let client = builder.base_url(BaseUrl::new(sandbox.base_url()).unwrap()).build().unwrap();
        let session = client.session(sandbox.ready_session("Shop"));
        Self { sandbox, client, session }
    }

    /// The texts that arrived, the oldest first.
    fn sent(&self) -> Vec<String> {
        self.sandbox.sent(self.session.id()).into_iter().map(|message| message.body).collect()
    }

    /// A customer writes.
    fn write(&self, text: &str) -> MessageId {
        let customer = ChatId::new("79991112233@c.us").unwrap();
        self.sandbox.receive(self.session.id(), Incoming::text(customer, text)).unwrap()
    }

    /// Lets this go wrong.
    fn fault(&self, rules: &str) {
        self.sandbox.set_faults(1, &FaultRule::list_from_json(rules.as_bytes()).unwrap());
    }
}

#[tokio::test]
async fn the_first_program_sends() {
    let place = Place::start().await;
    // Cargo builds it with this test, into the folder beside.
    let folder = std::env::current_exe().unwrap().ancestors().nth(2).unwrap().join("examples");
    let program = folder.join(format!("book_start{}", std::env::consts::EXE_SUFFIX));
    let mut command = tokio::process::Command::new(program);
    command.env("WHATSGATE_BASE_URL", place.sandbox.base_url());
    command.env("WHATSGATE_API_KEY", place.sandbox.api_key());
    command.env("WHATSGATE_SESSION", place.session.id().as_str());
    let output = command.stderr(Stdio::inherit()).output().await.unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("sent as true_79991112233@c.us_"));
    assert_eq!(place.sent(), ["Hello from Rust"]);
}
