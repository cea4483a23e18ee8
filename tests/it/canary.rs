//! Texts that no error may ever show.

use whatsgate_core::{ApiKey, BaseUrl, Client};
use whatsgate_tests::ScriptedTransport;

pub(crate) const KEY: &str = "canary-key-5f2a";
pub(crate) const TEXT: &str = "canary message";
pub(crate) const PHONE: &str = "79990001122";

/// A client whose key is the canary.
pub(crate) fn client(transport: ScriptedTransport) -> Client<ScriptedTransport> {
    let time = transport.time();
    Client::new(transport, time, BaseUrl::ru(), ApiKey::new(KEY).unwrap())
}

/// Fails when a text shows a canary, or a part of one that would identify it.
#[track_caller]
pub(crate) fn assert_hidden(shown: &str) {
    for canary in [KEY, TEXT, PHONE, "canary", "9990001122"] {
        assert!(!shown.contains(canary), "{canary} is shown: {shown}");
    }
}
