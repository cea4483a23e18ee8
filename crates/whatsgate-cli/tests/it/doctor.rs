//! `whatsgate doctor`: mistakes that are planted, and whether each is named.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;
use whatsgate_durable::store::rusqlite::Connection;
use whatsgate_sandbox::{ErrorForm, Fault, FaultRule, Scan, Settings};

use crate::support::{Gateway, Ran, Running, directory, quiet, run, wait_until, whatsgate};

/// What a run found.
pub(crate) struct Found {
    code: Option<i32>,
    document: Value,
}

impl Found {
    pub(crate) fn by(command: &mut Command) -> Self {
        let ran = run(command.args(["--json", "--lang", "en"]));
        Self { code: ran.code, document: serde_json::from_str(&ran.out).unwrap() }
    }

    fn states(&self, id: &str) -> Vec<&str> {
        let findings = self.document["findings"].as_array().unwrap().iter();
        findings
            .filter(|finding| finding["id"] == id)
            .map(|finding| finding["state"].as_str().unwrap())
            .collect()
    }

    fn finding(&self, id: &str) -> &Value {
        let mut findings = self.document["findings"].as_array().unwrap().iter();
        findings.find(|finding| finding["id"] == id).unwrap_or_else(|| panic!("no {id}: {}", self.document))
    }

    /// It is a problem, has a next step, and makes the exit code.
    #[track_caller]
    pub(crate) fn names(&self, id: &str) {
        assert!(self.states(id).contains(&"problem"), "{id}: {}", self.document);
        assert!(!self.finding(id)["next"].as_str().unwrap().is_empty());
        assert_eq!((self.code, &self.document["healthy"]), (Some(1), &false.into()), "{}", self.document);
    }

    #[track_caller]
    fn notes(&self, id: &str) {
        assert!(self.states(id).contains(&"note"), "{id}: {}", self.document);
    }

    #[track_caller]
    fn finds_nothing_wrong_but(&self, ids: &[&str]) {
        let findings = self.document["findings"].as_array().unwrap().iter();
        let wrong = findings.filter(|finding| finding["state"] == "problem" || finding["state"] == "note");
        let wrong = wrong.map(|finding| finding["id"].as_str().unwrap());
        let wrong: Vec<_> = wrong.filter(|id| !OF_THE_MACHINE.contains(id)).collect();
        assert_eq!(wrong, ids, "{}", self.document);
    }

    #[track_caller]
    fn reaches_the_gateway(&self) {
        let answers = self.states("host-answers").len() + self.states("host-slow").len();
        assert_eq!(answers, 1, "{}", self.document);
    }
}

/// What a busy machine, or one whose build folder is a temporary one, may be told besides.
const OF_THE_MACHINE: [&str; 2] = ["host-slow", "store-temporary"];

/// A gateway, and a folder beside the build, so that a store in it is as it should be.
struct Setting {
    gateway: Gateway,
    folder: TempDir,
}

impl Setting {
    fn new(settings: Settings) -> Self {
        let mut builder = tempfile::Builder::new();
        let folder = builder.prefix(".whatsgate-test-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        Self { gateway: Gateway::start(settings), folder }
    }

    fn with(fault: Fault, on: &str) -> Self {
        Self::new(Settings { faults: vec![FaultRule::new(fault).on(on)], ..quiet() })
    }

    /// The program in the folder.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.gateway.command();
        command.current_dir(&self.folder).args(arguments);
        command
    }

    fn doctor(&self) -> Found {
        Found::by(&mut self.command(&["doctor"]))
    }

    /// Makes a store in the folder.
    fn put_message(&self) {
        run(&mut self.command(&["send", "79991112233", "Hello", "--key", "1"])).done();
    }

    fn database(&self) -> Connection {
        let connection = Connection::open(self.folder.path().join("whatsgate.db")).unwrap();
        connection.busy_timeout(std::time::Duration::from_secs(30)).unwrap();
        connection
    }

    fn hook(&self, url: &str) {
        run(&mut self.command(&["hook", "set", url])).done();
    }

    /// Makes a second session, and says its id.
    fn other_session(&self) -> String {
        let created = run(&mut self.command(&["sessions", "create", "Other", "--json"])).json();
        created["session"]["unique_id"].as_str().unwrap().to_owned()
    }
}

/// Answers every request alike, and says where.
pub(crate) fn answering(status: &str, headers: &str, body: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let reply = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n{body}",
        body.len()
    );
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let (mut line, mut length) = (String::new(), 0);
            while stream.read_line(&mut line).is_ok_and(|read| read > 2) {
                let head = line.to_ascii_lowercase();
                let said = head.strip_prefix("content-length:").and_then(|value| value.trim().parse().ok());
                length = said.unwrap_or(length);
                line.clear();
            }
            let _ = stream.read_exact(&mut vec![0; length]);
            let _ = stream.get_mut().write_all(reply.as_bytes());
        }
    });
    format!("http://{address}")
}

const HTML: &str = "<!doctype html><title>Hello</title>";

fn reply(body: &Value) -> Fault {
    let content_type = "application/json".to_owned();
    Fault::Reply { status: 200, body: body.to_string(), content_type, acts: false }
}

#[test]
fn a_healthy_set_up_is_said_to_be_one() {
    let setting = Setting::new(quiet());
    setting.gateway.receive("Hello");
    setting.put_message();
    setting.hook("http://127.0.0.1:9/hook");
    let found = setting.doctor();
    found.finds_nothing_wrong_but(&[]);
    assert_eq!((found.code, &found.document["healthy"]), (Some(0), &true.into()));
    found.reaches_the_gateway();
    for id in [
        "key-works",
        "clock-right",
        "limits-none",
        "session-ready",
        "callback-set",
        "events-read",
        "dates-utc",
        "store-opens",
        "disk-free",
        "open-files",
    ] {
        assert_eq!(found.states(id), ["ok"], "{id}: {}", found.document);
    }
    // Only what is not asked for is not checked.
    assert_eq!(found.document["notChecked"], 1);
    assert_eq!(found.states("callback-unprobed"), ["notChecked"]);
}

#[test]
fn nothing_is_changed_at_the_gateway_nor_in_the_store() {
    let setting = Setting::new(Settings { record: None, ..quiet() });
    setting.put_message();
    let rows = |connection: &Connection| -> String {
        let sql = "SELECT group_concat(id || ' ' || state || ' ' || changed) FROM outbox";
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    let records = tempfile::tempdir().unwrap();
    let recorded = Setting::new(Settings { record: Some(records.path().to_owned()), ..quiet() });
    recorded.doctor();
    let commands: Vec<String> = std::fs::read_dir(records.path())
        .unwrap()
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
        .filter_map(|text| serde_json::from_str::<Value>(&text).ok()?["command"].as_str().map(str::to_owned))
        .collect();
    assert!(!commands.is_empty());
    assert!(
        commands.iter().all(|command| command == "sessions-get" || command == "events-get"),
        "{commands:?}"
    );
    let before = rows(&setting.database());
    setting.doctor();
    assert_eq!(rows(&setting.database()), before);
}

#[test]
fn a_key_that_is_wrong_is_named() {
    let setting = Setting::new(quiet());
    for (key, id) in [
        ("another-key", "key-refused"),
        ("two\nlines", "key-malformed"),
        ("Bearer word", "key-malformed"),
        ("'quoted'", "key-quoted"),
        ("", "key-missing"),
    ] {
        let found = Found::by(setting.command(&["doctor"]).env("WHATSGATE_API_KEY", key));
        found.names(id);
        // It is the key, not the gateway.
        found.reaches_the_gateway();
    }
    let padded = format!("{}\n", setting.gateway.sandbox.api_key());
    let found = Found::by(setting.command(&["doctor"]).env("WHATSGATE_API_KEY", padded));
    found.finds_nothing_wrong_but(&["key-padded"]);
    let as_500 = Fault::Error { form: ErrorForm::UnauthorizedAs500, acts: None };
    Setting::with(as_500, "sessions-get").doctor().names("key-refused");
}

#[test]
fn a_wrong_path_is_named_with_the_right_one() {
    let setting = Setting::new(quiet());
    let right = setting.gateway.sandbox.base_url();
    let wrong = right.replace("/api/v1", "/v1");
    let found = Found::by(setting.command(&["doctor"]).env("WHATSGATE_BASE_URL", wrong));
    found.names("path-wrong");
    assert_eq!(found.finding("path-wrong")["facts"]["url"], right);
    let elsewhere = answering("404 Not Found", "", "");
    Found::by(setting.command(&["doctor"]).env("WHATSGATE_BASE_URL", elsewhere)).names("path-unknown");
}

#[test]
fn a_host_that_is_no_gateway_is_named() {
    let setting = Setting::new(quiet());
    let at = |url: &str| Found::by(setting.command(&["doctor"]).env("WHATSGATE_BASE_URL", url));
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    at(&format!("http://{closed}/api/v1")).names("port-closed-here");
    at("whatsgate.ru").names("url-malformed");
    at("http://user:secret@127.0.0.1/").names("url-malformed");
    for (status, headers, body, id) in [
        ("200 OK", "", HTML, "not-gateway-html"),
        ("403 Forbidden", "", "no", "request-refused"),
        ("200 OK", "", "hello", "reply-strange"),
        ("503 Service Unavailable", "", HTML, "gateway-down"),
        ("301 Moved Permanently", "Location: https://shop.example/\r\n", "", "host-redirects"),
        ("429 Too Many Requests", "Retry-After: 7\r\n", "{}", "rate-limited"),
    ] {
        let found = at(&format!("{}/api/v1", answering(status, headers, body)));
        found.names(id);
        assert_eq!(found.states("key-unchecked"), ["notChecked"], "{}", found.document);
    }
    assert!(setting.doctor().states("gateway-down").is_empty());
}

#[test]
fn a_gateway_that_is_slow_or_silent_is_told_of() {
    let setting = Setting::with(Fault::Latency { ms: 3_100, jitter_ms: 0 }, "sessions-get");
    setting.doctor().notes("host-slow");
    // It takes connections, and no more.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/api/v1", silent.local_addr().unwrap());
    Found::by(setting.command(&["doctor"]).env("WHATSGATE_BASE_URL", url)).names("no-reply");
    let closed = Setting::with(Fault::CloseBefore, "sessions-get");
    closed.doctor().names("connection-broken");
}

#[test]
fn a_proxy_that_is_down_is_told_from_the_gateway() {
    let setting = Setting::new(quiet());
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut command = setting.command(&["doctor"]);
    command.env("http_proxy", format!("http://user:secret@{closed}"));
    command.env("WHATSGATE_BASE_URL", "http://gateway.example/api/v1");
    let found = Found::by(&mut command);
    found.names("proxy-failed");
    found.notes("proxy-used");
    assert!(!found.document.to_string().contains("secret"));
}

#[test]
fn a_clock_that_is_wrong_is_named() {
    for (date, id) in
        [("Mon, 01 Jan 2035 00:00:00 GMT", "clock-behind"), ("Mon, 01 Jan 2024 00:00:00 GMT", "clock-ahead")]
    {
        let fault = Fault::Header { name: "Date".to_owned(), value: date.to_owned() };
        Setting::with(fault, "sessions-get").doctor().names(id);
    }
}

#[test]
fn limits_that_are_told_are_told() {
    let fault = Fault::RateLimit { requests: 100, ms: 60_000 };
    let found = Setting::with(fault, "sessions-get").doctor();
    assert_eq!(found.finding("limits-told")["facts"]["limit"], "100");
    let fault = Fault::Error { form: ErrorForm::TooManyRequests, acts: None };
    Setting::with(fault, "events-get").doctor().names("rate-limited");
}

#[test]
fn sessions_that_are_not_there_or_not_linked_are_named() {
    let setting = Setting::new(Settings { scan: Scan::OnDemand, ..quiet() });
    let with = |id: &str| Found::by(setting.command(&["doctor"]).env("WHATSGATE_SESSION", id));
    with("00000000000aa").names("session-missing");
    let other = setting.other_session();
    wait_until("it shows a code", || !with(&other).states("session-not-linked").is_empty());
    with(&other).names("session-not-linked");
    // Beside one that is ready it may be meant for later.
    let found = with("");
    assert_eq!((found.states("session-ready").len(), found.states("session-not-linked")), (1, vec!["note"]));
    let none = reply(&json!({ "result": "OK", "pages": 0, "elements": 0, "page": 1, "data": [] }));
    Setting::with(none, "sessions-get").doctor().names("sessions-none");
}

#[test]
fn an_account_that_is_linked_twice_is_named() {
    let session = |id: &str| json!({ "unique_id": id, "status": "READY", "wid": "79991112233@c.us" });
    let data = [session("00000000000aa"), session("00000000000bb")];
    let both = reply(&json!({ "result": "OK", "pages": 1, "elements": 2, "page": 1, "data": data }));
    Setting::with(both, "sessions-get").doctor().names("account-twice");
}

#[test]
fn a_callback_that_the_gateway_cannot_reach_is_named() {
    let setting = Setting::new(quiet());
    setting.hook("http://127.0.0.1:9/hook");
    // The gateway itself is on this machine, where the address is right.
    assert!(setting.doctor().states("callback-private").is_empty());
    let mut outside = setting.command(&["doctor"]);
    outside.env("WHATSGATE_BASE_URL", "http://gateway.example/api/v1");
    outside.env("http_proxy", format!("http://{}", setting.gateway.sandbox.address()));
    let found = Found::by(&mut outside);
    found.names("callback-private");
    found.notes("url-plain-http");
}

#[test]
fn two_sessions_with_one_callback_are_named() {
    let setting = Setting::new(quiet());
    let other = setting.other_session();
    setting.hook("http://127.0.0.1:9/hook");
    assert!(setting.doctor().states("callback-shared").is_empty());
    run(setting.command(&["hook", "set", "http://127.0.0.1:9/hook"]).env("WHATSGATE_SESSION", other)).done();
    Found::by(setting.command(&["doctor"]).env("WHATSGATE_SESSION", "")).notes("callback-shared");
}

#[test]
fn what_a_callback_answers_is_judged_if_that_is_asked_for() {
    let setting = Setting::new(quiet());
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let json = "Content-Type: application/json\r\n";
    for (url, id) in [
        (answering("302 Found", "Location: /login\r\n", ""), "callback-redirects"),
        (answering("500 Internal Server Error", "", "oops"), "callback-fails"),
        (answering("404 Not Found", "", ""), "callback-refuses"),
        (answering("200 OK", "", HTML), "callback-html"),
        (answering("200 OK", json, r#"{"result":"OK","id":1}"#), "callback-answers"),
        (answering("400 Bad Request", "", "no event"), "callback-answers"),
        (format!("http://{closed}"), "callback-unreachable"),
    ] {
        setting.hook(&format!("{url}/hook"));
        assert!(setting.doctor().states(id).is_empty(), "nobody asked for {id}");
        let found = Found::by(&mut setting.command(&["doctor", "--probe-callback"]));
        if id == "callback-answers" {
            assert_eq!(found.states(id), ["ok"], "{}", found.document);
        } else {
            found.names(id);
        }
    }
}

#[test]
fn a_callback_is_known_by_its_store() {
    let setting = Setting::new(quiet());
    let listen =
        ["listen", "--consumer", "bot", "--bind", "127.0.0.1:0", "--public-url", "http://127.0.0.1:9/hook"];
    let mut command = setting.command(&listen);
    let running = Running::start(command.stderr(Stdio::piped()));
    wait_until("the callback is set", || !setting.doctor().states("callback-ours").is_empty());
    let found = setting.doctor();
    assert_eq!(found.finding("store-owned")["facts"]["process"], running.id().to_string());
    running.signal("TERM");
    assert!(setting.doctor().states("store-owned").is_empty());
    setting.hook("http://127.0.0.1:9/of-somebody-else");
    setting.doctor().notes("callback-foreign");
}

#[test]
fn dates_of_another_zone_are_named() {
    for (utc_offset, offset) in [(3 * 3600, "+03:00"), (-12_600, "-03:30")] {
        let setting = Setting::new(Settings { utc_offset, ..quiet() });
        setting.gateway.receive("Hello");
        let found = setting.doctor();
        found.finds_nothing_wrong_but(&["dates-shifted"]);
        assert_eq!(found.finding("dates-shifted")["facts"]["offset"], offset);
    }
}

#[test]
fn events_that_are_listed_twice_are_named() {
    let event = json!({ "id": 7, "whatsapp_id": "00000000000aa", "event_action": "ack",
        "event_date": "2026-01-01 00:00:00", "event_data": {} });
    let data = [&event, &event];
    let twice = reply(&json!({ "result": "OK", "pages": 1, "elements": 2, "page": 1, "data": data }));
    Setting::with(twice, "events-get").doctor().names("events-doubled");
}

#[test]
fn a_store_that_does_not_open_is_named() {
    let setting = Setting::new(quiet());
    assert_eq!(setting.doctor().states("store-none"), ["notChecked"]);
    Found::by(&mut setting.command(&["doctor", "--store", "sqlite:none.db"])).names("store-missing");
    Found::by(&mut setting.command(&["doctor", "--store", "whatsgate.db"])).names("store-malformed");
    assert!(!setting.folder.path().join("none.db").exists());

    setting.put_message();
    setting.database().pragma_update(None, "user_version", 1000).unwrap();
    setting.doctor().names("store-newer");
    setting.database().pragma_update(None, "user_version", 1).unwrap();
    setting.doctor().notes("store-older");
    let version: i64 = setting.database().query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert_eq!(version, 1, "an older store stays as it is");
    setting.database().pragma_update(None, "application_id", 1).unwrap();
    setting.doctor().names("store-foreign");

    let path = setting.folder.path().join("empty.db");
    std::fs::write(&path, "").unwrap();
    Found::by(&mut setting.command(&["doctor", "--store", "sqlite:empty.db"])).notes("store-empty");
    assert_eq!(std::fs::read(&path).unwrap(), b"", "nothing is made");

    let path = setting.folder.path().join("damaged.db");
    std::fs::write(&path, "this is no database, and long enough to be seen for what it is".repeat(100))
        .unwrap();
    Found::by(&mut setting.command(&["doctor", "--store", "sqlite:damaged.db"])).names("store-corrupt");
}

#[test]
fn a_copy_of_a_store_is_not_opened_and_stays_as_it_is() {
    let setting = Setting::new(quiet());
    setting.put_message();
    let copy = setting.folder.path().join("copy.db");
    setting.database().execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
    let before = std::fs::read(&copy).unwrap();
    let found = Found::by(&mut setting.command(&["doctor", "--store", "sqlite:copy.db"]));
    assert_eq!(found.states("store-unused-copy"), ["notChecked"]);
    assert_eq!(std::fs::read(&copy).unwrap(), before);
}

#[test]
fn a_gateway_that_lists_no_events_is_named() {
    let setting = Setting::with(Fault::Error { form: ErrorForm::BadGateway, acts: None }, "events-get");
    let found = setting.doctor();
    found.names("events-failed");
    assert_eq!(found.states("events-unchecked"), [""; 0]);
}

#[test]
fn a_damaged_store_is_named() {
    let setting = Setting::new(quiet());
    setting.put_message();
    setting.doctor().finds_nothing_wrong_but(&[]);
    setting.database().query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    let path = setting.folder.path().join("whatsgate.db");
    let mut bytes = std::fs::read(&path).unwrap();
    // All but the first page, which tells what it is.
    bytes[4096..].fill(0x5a);
    std::fs::write(&path, bytes).unwrap();
    setting.doctor().names("store-corrupt");
}

#[test]
fn a_locked_store_is_named() {
    let setting = Setting::new(quiet());
    setting.put_message();
    let connection = setting.database();
    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    setting.doctor().names("store-locked");
    connection.execute_batch("ROLLBACK").unwrap();
    setting.doctor().finds_nothing_wrong_but(&[]);
}

#[test]
fn what_waits_in_a_store_is_named() {
    let setting = Setting::new(quiet());
    setting.gateway.receive("Hello");
    let fail =
        ["events", "--consumer", "bot", "--from", "beginning", "--action", "message", "--exec", "false"];
    let mut command = setting.command(&fail);
    command.args(["--interval", "1", "--tries", "1"]);
    let running = Running::start(command.stderr(Stdio::piped()));
    wait_until("it is given up", || !setting.doctor().states("dead-letters").is_empty());
    running.signal("TERM");
    setting.doctor().names("dead-letters");

    setting.gateway.receive("Another one");
    setting.put_message();
    let database = setting.database();
    let old = 1_600_000_000_000_i64;
    database.execute("UPDATE outbox SET state = 5", []).unwrap();
    setting.doctor().names("outbox-unknown");
    database.execute("UPDATE outbox SET state = 0, created = ?1, due = 0", [old]).unwrap();
    database.execute("UPDATE consumers SET seen = ?1", [old]).unwrap();
    database.execute("UPDATE partitions SET progress = 0", []).unwrap();
    database.execute("UPDATE journal SET received = ?1", [old]).unwrap();
    let found = setting.doctor();
    found.names("outbox-stuck");
    found.names("events-waiting");
    found.notes("consumer-unseen");
    database.execute("UPDATE consumers SET suspended = 1", []).unwrap();
    setting.doctor().names("consumer-suspended");
    database.execute("UPDATE journal SET conflict = 1 WHERE position = 1", []).unwrap();
    setting.doctor().notes("store-conflicts");
}

#[test]
fn a_temporary_folder_and_few_open_files_are_named() {
    let setting = Setting::new(quiet());
    let folder = directory();
    let mut send = setting.command(&["send", "79991112233", "Hello", "--key", "1"]);
    run(send.current_dir(&folder)).done();
    Found::by(setting.command(&["doctor"]).current_dir(&folder)).notes("store-temporary");
    let few = format!("ulimit -n 512 && exec {} doctor --json", env!("CARGO_BIN_EXE_whatsgate"));
    let mut shell = Command::new("sh");
    shell.args(["-c", &few]);
    for (name, value) in setting.command(&[]).get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let ran = Ran::from(shell.output().unwrap());
    assert!(ran.out.contains("open-files-low"), "{}", ran.out);
}

#[test]
fn people_are_told_in_their_language() {
    let setting = Setting::new(Settings { utc_offset: 3 * 3600, ..quiet() });
    setting.gateway.receive("Hello");
    setting.put_message();
    setting.database().pragma_update(None, "user_version", 1000).unwrap();
    setting.hook("http://127.0.0.1:9/hook");
    for language in ["en", "ru"] {
        let ran = run(&mut setting.command(&["doctor", "--lang", language]));
        assert_eq!(ran.code, Some(1));
        let text = format!("{}\n{}", ran.out, ran.err);
        let filters = vec![
            // The build folder may be a temporary one.
            (r"  (note|заметьте) .*(restart of the machine|перезапуск машины).*\n +→ .*\n", ""),
            (r"(notes|замечаний): \d", "$1: N"),
            (r"(within|за) \d+ (ms|мс)", "$1 N $2"),
            (r"(version|у \S+ версия|whatsgate) \d+\.\d+\.\d+", "$1 N"),
            (r"linux \w+|macos \w+", "SYSTEM"),
            (r"(\d+ days old|программы \d+ дн\.)", "AGE"),
            (r"\d+ (MiB|GiB)", "ROOM"),
            (r"(allowed|разрешено): \d+", "$1: N"),
            (r"127\.0\.0\.1:\d{4,5}", "127.0.0.1:PORT"),
            (r"(differ by|расходятся на) \d+", "$1 N"),
            (r"\b[0-9a-f]{13}\b", "SESSION"),
            (r"/[\w./-]*\.whatsgate-test-\w+", "FOLDER"),
        ];
        insta::with_settings!({ filters => filters, prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("doctor_{language}"), text);
        });
    }
    let of_locale =
        run(setting.command(&["doctor"]).env("LC_ALL", "").env("LC_MESSAGES", "").env("LANG", "ru_RU.UTF-8"));
    assert!(of_locale.out.contains("Хранилище"), "{}", of_locale.out);
    let of_locale = run(setting.command(&["doctor"]).env("LC_ALL", "C"));
    assert!(of_locale.out.contains("Store"), "{}", of_locale.out);
}

#[test]
fn wrong_usage_is_no_finding() {
    for arguments in [
        &["doctor", "--force"][..],
        &["doctor", "--lang", "de"],
        &["doctor", "--bundle", "/nowhere/x.tar.gz", "--yes"],
    ] {
        let ran = run(whatsgate().args(arguments));
        assert_eq!((ran.code, &*ran.out), (Some(2), ""), "{arguments:?}");
    }
}
