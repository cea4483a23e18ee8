//! Messages that other programs put into the outbox by themselves, as a sender reads them.

use std::time::Duration;

use tokio::runtime::Builder;
use whatsgate_durable::store::Tables;
use whatsgate_durable::{Class, Course, Draft, Entry, Key, Outbox, Sender, State, Store};

use crate::SCRATCH;
use crate::api::CLIENT;
use crate::calm::{calm, hides};

/// A row of the outbox: the session, the recipient, the name of a file, and the message in JSON, a line each. What can be sent is
/// tried and queued again, since there is no gateway; what cannot says why, and repeats nothing of it.
pub fn draft(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let mut lines = text.splitn(4, '\n').map(str::to_owned);
    let mut next = || lines.next().unwrap_or_default();
    let (session, recipient, file, message) = (next(), next(), next(), next());
    // Nothing outside of the folder is read.
    let is_name = !file.is_empty() && !file.contains(['/', '\0']);
    let file = is_name.then(|| SCRATCH.join(file).display().to_string());
    let draft =
        Draft { session, recipient, message, file, class: Class::Normal, not_before: 0, expires: None };
    // Time passes when everything waits.
    let runtime = Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("there is a runtime").block_on(async {
        let store = Store::memory();
        let added = store.run(move |tables: &mut dyn Tables| {
            let created = tables.now()?;
            let key = Key::new("order-1");
            tables.add_outbox_entry(&Entry { id: 0, key, draft, created, course: Course::new(created) }, None)
        });
        added.await.expect("it is stored");
        let sender = Sender::builder(CLIENT.clone(), store.clone()).with_limits(None).start().await;
        let sender = sender.expect("nobody else sends");
        let put = Outbox::new(store).get("order-1").await.expect("memory answers");
        let mut put = put.expect("it was put");
        let course = &put.wait_sent(Duration::from_secs(1)).await.expect("memory answers").course;
        assert!([State::Queued, State::Sending, State::Failed].contains(&course.state), "{:?}", course.state);
        calm(&course.reason);
        hides(&course.reason);
        sender.stop().await;
    });
}
