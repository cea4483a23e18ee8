//! Who reads bytes from outside, and what must hold for all bytes.

use serde::de::IgnoredAny;
use serde_json::Value;
use whatsgate_core::Drift;
use whatsgate_core::durable::journal::{Content, Trust};
use whatsgate_core::media::MediaDecoder;
use whatsgate_core::{Response, parse, webhook};
use whatsgate_durable::store::journal::{self as store, Arrival};
use whatsgate_durable::store::{Memory, Slice};
use whatsgate_model::one_c;
use whatsgate_model::{Command, CommandVisitor, GetMediaReply, GetMessageMediaRequest, visit_commands};
use whatsgate_sandbox::{FaultRule, Gateway, RequestBody, Scan, Settings};

use crate::calm::{calm, calm_error};
use crate::{api, drafts, list, rows, seeds, texts};

/// A reader of bytes.
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// Reads the input, and panics when something does not hold.
    pub run: fn(&[u8]),
    /// Inputs to begin with, from the fixtures.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All of them; the test command names the same.
pub const TARGETS: [Target; 15] = [
    Target { name: "reply", run: reply, seeds: seeds::replies },
    Target { name: "webhook", run: webhook, seeds: seeds::webhooks },
    Target { name: "media", run: media, seeds: seeds::media },
    Target { name: "gateway", run: gateway, seeds: seeds::requests },
    Target { name: "admin", run: admin, seeds: seeds::admin_requests },
    Target { name: "faults", run: faults, seeds: seeds::faults },
    Target { name: "journal", run: journal, seeds: seeds::journal },
    Target { name: "rows", run: rows::rows, seeds: seeds::rows },
    Target { name: "draft", run: drafts::draft, seeds: seeds::drafts },
    Target { name: "list", run: list::list, seeds: seeds::lists },
    Target { name: "typed", run: texts::typed, seeds: seeds::typed },
    Target { name: "config", run: texts::config, seeds: seeds::configs },
    Target { name: "kept", run: texts::kept, seeds: seeds::kept },
    Target { name: "service", run: api::service, seeds: seeds::service },
    Target { name: "relay", run: api::relay, seeds: seeds::relay },
];

/// The statuses that a reply's second byte chooses from.
pub const STATUSES: [u16; 12] = [200, 201, 302, 400, 401, 404, 408, 413, 429, 500, 502, 503];

/// A reply to any command: the first byte chooses the command, the second the status. Whatever it is, its body stays
/// reachable, an error says what is wrong in one line, and what was understood can be written and understood again.
fn reply(input: &[u8]) {
    let [command, status, body @ ..] = input else { return };
    let readers = visit_commands(&mut Readers);
    readers[usize::from(*command) % readers.len()](STATUSES[usize::from(*status) % STATUSES.len()], body);
}

struct Readers;

impl CommandVisitor for Readers {
    type Output = fn(u16, &[u8]);

    fn visit<C: Command>(&mut self) -> Self::Output {
        read::<C>
    }
}

fn read<C: Command>(status: u16, body: &[u8]) {
    match parse::<C>(Response::new(status, body.to_vec())) {
        Ok(answer) => {
            assert_eq!(answer.raw().as_bytes(), body);
            let written = serde_json::to_vec(&answer.reply).expect("a reply can be written");
            // Of a reply to `set-name`, whose form is not known, nothing may be understood; then there is nothing to write.
            if written == b"{}" {
                return;
            }
            let again = parse::<C>(Response::new(200, written.clone())).unwrap_or_else(|bad| {
                panic!("{} was written and not read: {bad:?}", String::from_utf8_lossy(&written))
            });
            assert_eq!(serde_json::to_vec(&again.reply).expect("a reply can be written"), written);
        }
        Err(bad) => {
            assert_eq!((bad.status, bad.raw()), (status, body));
            bad.envelope();
            calm(&format!("{bad:?}"));
        }
    }
}

/// The body of a webhook. An event keeps its number and its data when it is written and read again.
fn webhook(input: &[u8]) {
    match webhook::parse(input) {
        Ok(event) => {
            let acknowledged: Value =
                serde_json::from_str(&webhook::acknowledgement(&event)).expect("an acknowledgement is JSON");
            assert_eq!(acknowledged["result"], "OK");
            let written = serde_json::to_vec(&event).expect("an event can be written");
            let again = webhook::parse(&written).unwrap_or_else(|error| {
                panic!("{} was written and not read: {error}", String::from_utf8_lossy(&written))
            });
            assert_eq!(again.id, event.id);
            assert_eq!(serde_json::to_vec(&again).expect("an event can be written"), written);
        }
        Err(error) => calm_error(&error),
    }
}

/// Events into the journal of a store, one a line: what was stored is read as it came, and coming again changes nothing. The
/// names of the 1C library can be given to all of it.
fn journal(input: &[u8]) {
    let mut tables = Memory::new();
    let events: Vec<_> = input
        .split(|byte| *byte == b'\n')
        .take(8)
        .filter_map(|line| Some((webhook::parse(line).ok()?, line)))
        .collect();
    let arrivals =
        || events.iter().map(|(event, _)| Arrival::new(event, Trust::Listed, Some("5f2a"))).collect();
    let new = store::append(&mut tables, arrivals()).expect("memory takes all");
    assert!(new <= events.len());
    assert_eq!(store::append(&mut tables, arrivals()).expect("memory takes all"), 0, "an event counts twice");
    let page = store::read(&mut tables, Slice { partition: 0, of: 1 }, 0, 100).expect("memory gives all");
    assert_eq!(page.entries.len(), new);
    for entry in page.entries {
        let Content::Whole(raw) = entry.content else { panic!("it is there") };
        assert!(events.iter().any(|(event, _)| event.raw().as_str() == raw.as_str()));
        let named = one_c::event(&raw);
        // Half a character may stand in it, as it came.
        serde_json::from_str::<IgnoredAny>(named.as_str()).expect("it is JSON");
    }
    let mut drift = Drift::default();
    input.split(|byte| *byte == b'\n').for_each(|line| drift.note_event(&String::from_utf8_lossy(line)));
    for entry in drift.entries() {
        calm(&format!("{entry:?}"));
    }
}

/// The decoder that reads a reply in pieces against the parser that reads it whole: they agree on which replies are good
/// and on what these hold. The first byte of the input says how large the pieces are.
fn media(input: &[u8]) {
    let Some((size, document)) = input.split_first() else { return };
    assert_eq!(pieces(document, usize::from(*size).max(1)), whole(document));
}

fn whole(document: &[u8]) -> Option<(GetMediaReply, Vec<u8>)> {
    let answer = parse::<GetMessageMediaRequest>(Response::new(200, document.to_vec())).ok()?;
    let mut reply = answer.reply;
    let file = std::mem::take(&mut reply.media.data).decode().ok()?;
    Some((reply, file))
}

fn pieces(document: &[u8], size: usize) -> Option<(GetMediaReply, Vec<u8>)> {
    let mut decoder = MediaDecoder::new();
    let mut file = Vec::new();
    for piece in document.chunks(size) {
        decoder.read(piece, &mut file).ok()?;
    }
    assert_eq!(decoder.decoded(), file.len() as u64);
    let answer = parse::<GetMessageMediaRequest>(Response::new(200, decoder.finish().ok()?)).ok()?;
    Some((answer.reply, file))
}

/// Requests to the sandbox, one a line: the command's name, a space and the body, in which `SESSION` stands for a session
/// that there is. Between two a second passes.
fn gateway(input: &[u8]) {
    let mut bench = Bench::new();
    for request in input.split(|byte| *byte == b'\n').take(8) {
        bench.ask(request, |gateway, command, key, body, now| {
            gateway.answer(command, Some(key), body.as_bytes(), now)
        });
    }
}

/// The same for the sandbox's admin API.
fn admin(input: &[u8]) {
    let mut bench = Bench::new();
    for request in input.split(|byte| *byte == b'\n').take(8) {
        bench.ask(request, |gateway, command, key, body, now| {
            gateway.answer_admin(command, Some(key), &RequestBody::read(body.as_bytes()), now)
        });
    }
}

/// A file of faults: what is understood can be written and understood again, and the gateway takes it.
fn faults(input: &[u8]) {
    match serde_json::from_slice::<Vec<FaultRule>>(input) {
        Ok(rules) => {
            let written = serde_json::to_vec(&rules).expect("rules can be written");
            let again: Vec<FaultRule> = serde_json::from_slice(&written).expect("written rules can be read");
            assert_eq!(again, rules);
            let mut gateway = Gateway::new(settings());
            gateway.set_faults(7, &rules);
            gateway.answer("check", None, b"{}", START);
        }
        Err(error) => drop(error.to_string()),
    }
}

/// 2022-09-07 18:29:37 UTC, in milliseconds.
const START: u64 = 1_662_575_377_000;

fn settings() -> Settings {
    Settings { admin: true, scan: Scan::OnDemand, ..Settings::default() }
}

/// A gateway with a session, and its time.
struct Bench {
    gateway: Gateway,
    key: String,
    session: String,
    now: u64,
}

impl Bench {
    fn new() -> Self {
        let mut gateway = Gateway::new(settings());
        let key = gateway.settings().api_keys[0].clone();
        let created = gateway.answer("session-create", Some(&key), br#"{"name":"Shop"}"#, START);
        let session = created.body["data"]["unique_id"].as_str().expect("a session was created").to_owned();
        Self { gateway, key, session, now: START }
    }

    /// Answers a request, whose status is one that the service is known to use.
    fn ask(
        &mut self,
        request: &[u8],
        answer: impl FnOnce(&mut Gateway, &str, &str, &str, u64) -> whatsgate_sandbox::Answer,
    ) {
        let request = String::from_utf8_lossy(request).replace("SESSION", &self.session);
        let (command, body) = request.split_once(' ').unwrap_or((&request, ""));
        self.now += 1000;
        let answer = answer(&mut self.gateway, command, &self.key, body, self.now);
        assert!([200, 400, 401, 404, 500].contains(&answer.status), "{command} answers {}", answer.status);
        self.gateway.advance(self.now + 500);
    }
}
