//! Small helpers: an account, snapshots by name, errors as text.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::fmt::{Debug, Write as _};

use proptest::test_runner::{Config, RngSeed};
use serde_json::Value;
use whatsgate_core::{ApiKey, BaseUrl, Client, Error, RetryPolicy, TransportError};
use whatsgate_model::{CommandVisitor, PhoneNumber, SessionId, visit_command};
use whatsgate_tests::{ScriptedTransport, Step};

pub(crate) use whatsgate_canary::KEY;

pub(crate) fn key() -> ApiKey {
    ApiKey::new(KEY).unwrap()
}

pub(crate) fn session_id() -> SessionId {
    SessionId::new("YOUR_WHATSAPP_ID").unwrap()
}

pub(crate) fn number() -> PhoneNumber {
    PhoneNumber::new("79999999999").unwrap()
}

/// Visits the type of the command with this name.
pub(crate) fn visit<V: CommandVisitor>(name: &str, mut visitor: V) -> V::Output {
    visit_command(name, &mut visitor).unwrap_or_else(|| panic!("there is no command {name}"))
}

/// A client over a scripted transport.
pub(crate) fn client(transport: ScriptedTransport) -> Client<ScriptedTransport> {
    let time = transport.time();
    Client::new(transport, time, BaseUrl::ru(), key())
}

/// A client that meets these steps.
pub(crate) fn scripted(steps: impl IntoIterator<Item = Step>) -> Client<ScriptedTransport> {
    client(ScriptedTransport::new(steps))
}

/// A client that meets one step and does not try again.
pub(crate) fn once(step: Step) -> Client<ScriptedTransport> {
    scripted([step]).with_retry(RetryPolicy::none())
}

/// Compares with `snapshots/<folder>/<name>.snap`.
pub(crate) fn snapshot(folder: &str, name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(format!("snapshots/{folder}"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// `Debug` over several lines, with the wrappers of single values on one line.
pub(crate) fn debug(value: &impl Debug) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in format!("{value:#?}").lines() {
        let closes = line.trim_start().trim_end_matches(',') == ")";
        match lines.as_slice() {
            [.., open, inner] if closes && open.ends_with('(') && inner.ends_with(',') => {
                let joined = format!("{open}{}{}", inner.trim().trim_end_matches(','), line.trim_start());
                lines.truncate(lines.len() - 2);
                lines.push(joined);
            }
            _ => lines.push(line.to_owned()),
        }
    }
    lines.join("\n")
}

/// So many cases, the same in every run.
pub(crate) fn fixed(cases: u32) -> Config {
    Config { cases, rng_seed: RngSeed::Fixed(18), failure_persistence: None, ..Config::default() }
}

/// Everything an error shows by itself.
pub(crate) fn shown<E: TransportError>(error: &Error<E>) -> String {
    let failure = error.failure();
    let mut text = format!("{error}\n{error:?}\n{error:#?}\n{}\n{failure}\n{failure:?}", error.advice());
    for source in chain(error) {
        write!(text, "\n{source}").unwrap();
    }
    text
}

/// The sources of an error, each as `Display` and `Debug`.
pub(crate) fn chain<E: TransportError>(error: &Error<E>) -> Vec<String> {
    let mut sources = Vec::new();
    let mut next = error.source();
    while let Some(source) = next {
        sources.push(format!("{source} / {source:?}"));
        next = source.source();
    }
    sources
}

/// An error as a snapshot shows it.
pub(crate) fn describe<E: TransportError>(error: &Error<E>) -> String {
    let status = error.status().map_or("none".to_owned(), |status| status.to_string());
    let mut text = format!(
        "{error}\n{}\n\nkind: {}, outcome: {}, retryable: {}, status: {status}, tries: {}\n",
        error.advice(),
        error.kind().as_str(),
        error.outcome().as_str(),
        error.is_retryable(),
        error.tries(),
    );
    for source in chain(error) {
        writeln!(text, "source: {source}").unwrap();
    }
    if let Some(envelope) = error.envelope() {
        writeln!(text, "envelope: {envelope:?}").unwrap();
    }
    writeln!(text, "{error:?}").unwrap();
    text
}

/// The values inside a JSON document by their paths.
pub(crate) fn leaves(value: &Value) -> BTreeMap<String, Value> {
    fn collect(path: &str, value: &Value, leaves: &mut BTreeMap<String, Value>) {
        let inner = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        match value {
            Value::Object(members) => {
                members.iter().for_each(|(name, value)| collect(&inner(name), value, leaves));
            }
            Value::Array(elements) => {
                elements
                    .iter()
                    .enumerate()
                    .for_each(|(index, value)| collect(&inner(&index.to_string()), value, leaves));
            }
            _ => {
                leaves.insert(path.to_owned(), value.clone());
            }
        }
    }
    let mut found = BTreeMap::new();
    collect("", value, &mut found);
    found
}
