//! A sandbox, and what a consumer has seen.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use whatsgate_model::SessionId;
use whatsgate_native::{ApiKey, BaseUrl, Client, ClientBuilder};
use whatsgate_sandbox::{FaultRule, Incoming, Sandbox, Settings};

pub(crate) async fn sandbox() -> (Sandbox, Client, SessionId) {
    sandbox_with(|_| {}).await
}

pub(crate) async fn sandbox_with(change: impl FnOnce(&mut Settings)) -> (Sandbox, Client, SessionId) {
    let mut settings = Settings {
        sending_delay: Duration::from_millis(5),
        ack_interval: Duration::from_millis(5),
        webhook_interval: Duration::from_millis(100),
        ..Settings::default()
    };
    change(&mut settings);
    let sandbox = Sandbox::start(settings).await.unwrap();
    let client = ClientBuilder::new(ApiKey::new(sandbox.api_key()).unwrap())
        .base_url(BaseUrl::new(sandbox.base_url()).unwrap())
        .build()
        .unwrap();
    let session = sandbox.ready_session("Test");
    (sandbox, client, session)
}

/// A customer writes.
pub(crate) fn write(sandbox: &Sandbox, session: &SessionId, number: u32, text: &str) {
    let from = format!("7999{number:07}@c.us").parse().unwrap();
    sandbox.receive(session, Incoming::text(from, text)).unwrap();
}

/// What goes wrong from now on.
pub(crate) fn rules(sandbox: &Sandbox, json: &str) {
    sandbox.set_faults(1, &FaultRule::list_from_json(json.as_bytes()).unwrap());
}

/// The texts of what a session really sent, in their order.
pub(crate) fn sent_texts(sandbox: &Sandbox, session: &SessionId) -> Vec<String> {
    sandbox.sent(session).into_iter().map(|message| message.body).collect()
}

/// What was seen, in its order.
#[derive(Clone, Default)]
pub(crate) struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    pub(crate) fn add(&self, text: impl Into<String>) {
        self.0.lock().unwrap().push(text.into());
    }

    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    /// Waits until so many were seen, and returns them.
    pub(crate) async fn wait_for(&self, count: usize) -> Vec<String> {
        let wait = async {
            while self.0.lock().unwrap().len() < count {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), wait).await.expect("they come in time");
        self.all()
    }
}
