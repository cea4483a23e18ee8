//! Campaigns: each row once, whatever ends the program, and a report that says what became of it.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::Duration;

use encoding_rs::{Encoding, IBM866, UTF_8, WINDOWS_1251};
use whatsgate_sandbox::{ErrorForm, Fault, FaultRule, Settings};

use crate::consuming::Shop;
use crate::support::{Gateway, Ran, Running, directory, names, quiet, run, wait_until};

const TEXT: [&str; 2] = ["--text", "Dear {name}"];

impl Shop {
    fn list(&self, rows: u32) {
        let mut list = "phone,name\n".to_owned();
        for row in 0..rows {
            list.push_str(&format!("7999111{:04},name {row}\n", row + 1));
        }
        std::fs::write(self.folder.path().join("spring.csv"), list).unwrap();
    }

    fn campaign(&self, arguments: &[&str]) -> Command {
        self.command(&[&["campaign", "run", "spring.csv"], &TEXT[..], arguments].concat())
    }

    fn run_campaign(&self, arguments: &[&str]) -> Ran {
        run(&mut self.campaign(arguments))
    }

    /// The states in the report by line.
    fn report(&self) -> BTreeMap<u64, String> {
        let report = std::fs::read_to_string(self.folder.path().join("spring.report.csv")).unwrap();
        let mut lines = report.lines();
        assert_eq!(lines.next().unwrap(), "line,key,recipient,state,delivery,message id,attempts,reason");
        let state = |line: &str| {
            let values: Vec<_> = line.split(',').collect();
            (values[0].parse().unwrap(), values[3].to_owned())
        };
        lines.map(state).collect()
    }
}

/// Several are under way at the same time, so that their order is not that of the list.
fn sorted(mut sent: Vec<String>) -> Vec<String> {
    sent.sort();
    sent
}

fn all(state: &str, rows: u64) -> BTreeMap<u64, String> {
    (2..rows + 2).map(|line| (line, state.to_owned())).collect()
}

#[test]
fn each_row_is_sent_once() {
    let shop = Shop::open();
    shop.list(3);
    let ran = shop.run_campaign(&["--no-limits"]);
    // Nobody watches a terminal.
    let (begun, ended) =
        ("note: 3 messages are to send, without limits\n", "note: spring: 3 messages: 3 sent\n");
    assert!(ran.err.starts_with(begun) && ran.err.ends_with(ended), "{}", ran.err);
    let ran = ran.done();
    assert!(ran.contains("3 messages are to send, without limits\n"), "{ran}");
    assert!(ran.contains("spring: 3 messages: 3 sent\nthe report is spring.report.csv\n"), "{ran}");
    assert_eq!(shop.report(), all("sent", 3));
    let again = shop.run_campaign(&["--no-limits", "--json"]).json();
    assert_eq!((&again["messages"], &again["sent"]), (&3.into(), &3.into()));
    // What the list has more is sent.
    shop.list(4);
    shop.run_campaign(&["--no-limits"]).done();
    assert_eq!(sorted(shop.sent()), ["Dear name 0", "Dear name 1", "Dear name 2", "Dear name 3"]);
    shop.run_campaign(&["--no-limits", "--name", "summer", "--report", "other.csv"]).done();
    assert_eq!(shop.sent().len(), 8);
    assert_eq!(names(shop.folder.path()).iter().filter(|name| name.contains(".part")).count(), 0);
}

#[test]
fn a_row_that_changed_refuses_the_whole_run() {
    let shop = Shop::open();
    shop.list(2);
    shop.run_campaign(&["--no-limits"]).done();
    std::fs::write(
        shop.folder.path().join("spring.csv"),
        "phone,name\n79991110001,name 0\n79991110002,another\n79991110003,new\n",
    )
    .unwrap();
    let error = shop.run_campaign(&["--no-limits", "--json"]).error(2);
    assert_eq!((&error["mistakes"][0]["line"], &error["mistakeCount"]), (&3.into(), &1.into()));
    let why = error["mistakes"][0]["message"].as_str().unwrap();
    assert!(why.contains("has another message for this row") && why.contains("--name"), "{why}");
    assert_eq!(shop.sent().len(), 2);
}

#[test]
fn an_encoding_that_was_guessed_is_told() {
    let shop = Shop::open();
    let list = |text: &str| format!("phone;name\n{text}\n");
    let bytes = |encoding: &'static Encoding, text: &str| encoding.encode(&list(text)).0.into_owned();
    for (list, arguments, told) in [
        (bytes(WINDOWS_1251, "79991110001;Василий"), &[][..], Some("windows-1251")),
        (bytes(IBM866, "79991110002;Василий"), &[], Some("IBM866")),
        (bytes(WINDOWS_1251, "79991110003;Василий"), &["--encoding", "windows-1251"], None),
        (bytes(UTF_8, "79991110004;Василий"), &[], None),
    ] {
        std::fs::write(shop.folder.path().join("spring.csv"), list).unwrap();
        let ran = shop.run_campaign(&[&["--no-limits"], arguments].concat());
        let note = told.map(|told| format!("note: the list is read as {told}, because"));
        assert_eq!(ran.err.contains("is read as"), note.is_some(), "{}", ran.err);
        assert!(ran.err.contains(&note.unwrap_or_default()), "{}", ran.err);
        ran.done();
    }
    assert_eq!(shop.sent(), ["Dear Василий"; 4]);
}

/// Spreadsheets that save semicolons and other encodings read no commas, and no UTF-8 without its mark.
#[test]
fn the_report_is_written_as_its_list_is() {
    let shop = Shop::open();
    for (list, begin) in [
        (&b"phone;name\n79991110001;\xc0\n"[..], "\u{feff}line;key;recipient;state;"),
        ("\u{feff}phone\tname\n79991110001\tА\n".as_bytes(), "\u{feff}line\tkey\trecipient\t"),
        ("phone;name\n79991110001;А\n".as_bytes(), "line;key;recipient;"),
    ] {
        std::fs::write(shop.folder.path().join("spring.csv"), list).unwrap();
        shop.run_campaign(&["--no-limits"]).done();
        let report = std::fs::read_to_string(shop.folder.path().join("spring.report.csv")).unwrap();
        assert!(report.starts_with(begin), "{report}");
    }
    assert_eq!(shop.sent(), ["Dear А"]);
}

#[test]
fn a_dry_run_sends_nothing_and_leaves_nothing() {
    let shop = Shop::open();
    shop.list(2500);
    let ran = shop.run_campaign(&["--dry-run", "--quiet", "21:00-09:00", "--zone", "Europe/Moscow"]).done();
    assert!(
        ran.contains("Dear name 0") && ran.contains("2500 messages are to send; with what is queued"),
        "{ran}"
    );
    let dry = shop.run_campaign(&["--dry-run", "--json"]).json();
    assert_eq!((&dry["new"], &dry["forecast"]["left"]), (&2500.into(), &0.into()));
    let starts =
        dry["forecast"]["by_day"].as_array().unwrap().iter().map(|day| day["starts"].as_u64().unwrap());
    assert_eq!(starts.sum::<u64>(), 2500);
    assert_eq!(names(shop.folder.path()), ["spring.csv"]);
    assert!(shop.sent().is_empty());
    for (wrong, code) in [
        (&["--quiet", "21:00", "--zone", "Europe/Moscow"][..], 2),
        (&["--quiet", "21:00-09:00", "--zone", "Mars"], 2),
        (&["--quiet", "21:00-09:00"], 2),
        (&["--no-limits", "--daily", "3"], 2),
        (&["--name", "a/b"], 2),
        (&["--report", "./spring.csv"], 2),
        (&["--report", "none/report.csv"], 1),
    ] {
        assert_eq!(shop.run_campaign(wrong).code, Some(code), "{wrong:?}");
    }
    assert!(shop.sent().is_empty());
}

#[test]
fn a_report_takes_the_place_of_no_other_file() {
    let shop = Shop::open();
    shop.list(2);
    shop.run_campaign(&["--no-limits"]).done();
    let of_store = names(shop.folder.path());
    let store = of_store.iter().find_map(|name| name.strip_suffix(".owner")).unwrap();
    let in_folder = |name: &str| shop.folder.path().join(name);
    std::fs::write(in_folder("attachment.txt"), "an invoice").unwrap();
    std::fs::create_dir(in_folder("folder")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("attachment.txt", in_folder("link")).unwrap();
    let of_store = ["", "-wal", "-shm", "-journal", ".owner"].map(|ending| format!("{store}{ending}"));
    let others = [
        "attachment.txt",
        "folder",
        #[cfg(unix)]
        "link",
    ]
    .map(str::to_owned);
    for name in of_store.iter().chain(&others) {
        let ran = shop.run_campaign(&["--no-limits", "--name", "other", "--report", name]);
        assert_eq!(ran.code, Some(2), "{name}: {}", ran.err);
        assert!(ran.err.contains("report"), "{name}: {}", ran.err);
    }
    assert_eq!(shop.sent().len(), 2, "nothing went out but by the first");
    assert_eq!(std::fs::read_to_string(in_folder("attachment.txt")).unwrap(), "an invoice");
    // Its own earlier one it replaces, and a file that is empty.
    std::fs::write(in_folder("empty.csv"), "").unwrap();
    for report in ["spring.report.csv", "empty.csv"] {
        shop.run_campaign(&["--no-limits", "--report", report]).done();
        assert!(std::fs::read_to_string(in_folder(report)).unwrap().starts_with("line,key,"), "{report}");
    }
}

#[test]
fn being_killed_in_the_middle_sends_nothing_twice() {
    const ROWS: u64 = 40;
    let settings = Settings { sending_delay: Duration::from_millis(500), ..quiet() };
    let shop = Shop { gateway: Gateway::start(settings), folder: directory() };
    shop.list(u32::try_from(ROWS).unwrap());
    for round in 1..=2 {
        // However late the signal comes, some are left for the last run.
        let limits = ["--rate", "1d", "--burst", "30"];
        let running = Running::start(shop.campaign(&limits).stderr(Stdio::null()));
        wait_until("some are sent", || shop.sent().len() >= round * 8);
        assert_eq!(running.signal("KILL").code(), None);
    }
    assert!(shop.sent().len() <= 30);
    let ran = shop.run_campaign(&["--no-limits"]);
    // Who was killed just before a request left is not told from who was killed just after it, unless an event shows it.
    let unknown: Vec<_> = shop.report().into_iter().filter(|(_, state)| state == "unknown").collect();
    assert_eq!(ran.code, Some(if unknown.is_empty() { 0 } else { 3 }), "{}", ran.err);
    let mut expected: Vec<_> = (0..ROWS)
        .filter(|row| !unknown.iter().any(|(line, _)| *line == row + 2))
        .map(|row| format!("Dear name {row}"))
        .collect();
    expected.sort();
    assert_eq!(sorted(shop.sent()), expected);
    for (line, _) in unknown {
        let key = format!("campaign/spring/7999111{:04}@c.us", line - 1);
        shop.json(&["outbox", "resolve", &key, "--not-sent"]);
        shop.json(&["outbox", "retry", &key]);
    }
    shop.run_campaign(&["--no-limits"]).done();
    assert_eq!(shop.report(), all("sent", ROWS));
    assert_eq!(shop.sent().len(), 40);
}

#[test]
fn what_waits_is_reported_and_goes_on() {
    let shop = Shop::open();
    shop.list(3);
    let running = Running::start(shop.campaign(&["--rate", "1d", "--burst", "1"]).stderr(Stdio::piped()));
    wait_until("one is sent", || shop.sent().len() == 1);
    let ran = running.end("INT");
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    assert!(ran.out.contains("spring: 3 messages: 1 sent, 2 waiting\n"), "{}", ran.out);
    assert!(ran.err.contains("2 messages are still queued or of unknown outcome"), "{}", ran.err);
    let waiting = shop.report().into_values().filter(|state| state == "queued").count();
    assert_eq!(waiting, 2);
    assert_eq!(shop.json(&["campaign", "status", "spring"])["waiting"], 2);
    assert_eq!(shop.json(&["campaign", "pause", "spring"])["changed"], true);
    assert_eq!(shop.json(&["campaign", "pause", "spring"])["changed"], false);
    let error = shop.run_campaign(&["--no-limits", "--json"]).error(1);
    assert!(error["message"].as_str().unwrap().contains("campaign resume spring"), "{error}");
    // Others are sent meanwhile, also to somebody who is on the list.
    shop.json(&["send", "79991110003", "Hello", "--key", "other", "--no-limits"]);
    let status = shop.json(&["campaign", "status", "spring"]);
    assert_eq!((&status["paused"], &status["waiting"]), (&true.into(), &2.into()));
    let shown = run(&mut shop.command(&["outbox", "show", "campaign/spring/79991110003@c.us"])).done();
    assert!(shown.contains("its campaign is paused or stopped\n`whatsgate campaign resume`"), "{shown}");
    assert_eq!(shop.json(&["campaign", "resume", "spring"])["changed"], true);
    shop.run_campaign(&["--no-limits"]).done();
    assert_eq!(shop.report(), all("sent", 3));
    assert_eq!(shop.sent().len(), 4);
    for command in ["status", "pause", "resume", "stop"] {
        let error = shop.try_run(&["campaign", command, "winter"]).error(1);
        assert_eq!(error["message"], "there is no campaign \"winter\" in this store");
    }
}

#[test]
fn a_campaign_that_is_stopped_sends_no_more() {
    let shop = Shop::open();
    shop.list(3);
    let running = Running::start(shop.campaign(&["--rate", "1d", "--burst", "1"]).stderr(Stdio::piped()));
    wait_until("one is sent", || shop.sent().len() == 1);
    assert_eq!(shop.json(&["campaign", "stop", "spring"])["cancelled"], 2);
    // The one that runs takes notice.
    let mut running = running;
    running.line("1 sent, 2 cancelled");
    assert_eq!(shop.run_campaign(&["--no-limits"]).code, Some(0));
    assert_eq!(shop.sent().len(), 1);
    // Neither what the list has more by then nor what is queued again is sent.
    let is_refused = || {
        let error = shop.run_campaign(&["--no-limits", "--json"]).error(1);
        assert!(error["message"].as_str().unwrap().contains("campaign resume spring"), "{error}");
    };
    shop.list(4);
    is_refused();
    shop.list(3);
    shop.json(&["outbox", "retry", "campaign/spring/79991110002@c.us"]);
    is_refused();
    let pause = shop.json(&["campaign", "pause", "spring"]);
    let status = shop.json(&["campaign", "status", "spring"]);
    for is in [pause, status] {
        assert_eq!((&is["paused"], &is["stopped"]), (&false.into(), &true.into()), "{is}");
    }
    let resumed = run(&mut shop.command(&["campaign", "resume", "spring"])).done();
    assert!(
        resumed.contains("not stopped any more") && resumed.contains("outbox retry --prefix"),
        "{resumed}"
    );
    shop.list(4);
    shop.run_campaign(&["--no-limits"]).done();
    assert_eq!(sorted(shop.sent()), ["Dear name 0", "Dear name 1", "Dear name 3"]);
}

/// What was put before the disk was full is told, and what was not is not sent once the campaign is stopped.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_fills_up_while_rows_are_put() {
    const ROWS: u64 = 3000;
    let shop = Shop::open();
    shop.list(1);
    shop.run_campaign(&["--no-limits"]).done();
    shop.list(u32::try_from(ROWS).unwrap());
    let command = shop.campaign(&["--no-limits", "--json"]);
    let mut limited = Command::new("sh");
    limited.args(["-c", r#"trap "" XFSZ; ulimit -f 2048; exec "$0" "$@""#]).current_dir(&shop.folder);
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    let error = run(limited.arg(command.get_program()).args(command.get_args())).error(3);
    assert_eq!((&error["kind"], &error["outcome"]), (&"store".into(), &"unknown".into()));
    let message = error["message"].as_str().unwrap();
    let put = shop.json(&["campaign", "status", "spring"])["messages"].as_u64().unwrap();
    assert!(put > 1 && put < ROWS, "{put}");
    assert!(message.contains(&format!("{put} of {ROWS} rows are in the store")), "{message} {put}");
    let advice = error["advice"].as_str().unwrap();
    assert!(
        advice.contains("run the same command again") && advice.contains("campaign stop spring"),
        "{advice}"
    );
    let sent = shop.sent().len();
    shop.json(&["campaign", "stop", "spring"]);
    assert_eq!(shop.run_campaign(&["--no-limits"]).code, Some(1));
    assert_eq!(shop.sent().len(), sent);
}

#[test]
fn who_wants_no_bulk_is_left_out_and_who_is_refused_is_told() {
    let fault = Fault::Error { form: ErrorForm::Internal, acts: Some(false) };
    let rule = FaultRule::new(fault).on("send").times(1);
    let shop = Shop::with_faults(vec![rule]);
    shop.list(3);
    shop.json(&["outbox", "opt-outs", "add", "79991110002"]);
    let ran = shop.run_campaign(&["--no-limits"]);
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    assert!(ran.out.contains("1 sent, 1 not sent, 1 cancelled"), "{}", ran.out);
    let error = "error: the service refused 1 message, and may have sent what it refused\n";
    assert!(ran.err.contains(error), "{}", ran.err);
    assert!(ran.err.contains("`whatsgate outbox retry --prefix 'campaign/spring/'`"), "{}", ran.err);
    let report = shop.report();
    assert_eq!(report[&3], "cancelled");
    let text = std::fs::read_to_string(shop.folder.path().join("spring.report.csv")).unwrap();
    assert!(text.contains("79991110002@c.us,cancelled,,,0,the recipient wants no bulk"), "{text}");
    let failed = shop.outbox(&["--state", "failed"]).pop().unwrap().0;
    shop.json(&["outbox", "retry", &failed]);
    shop.run_campaign(&["--no-limits"]).done();
    assert_eq!(shop.sent().len(), 2);
}

#[test]
fn files_of_rows_are_sent_and_a_changed_one_refuses_the_run() {
    let shop = Shop::open();
    let write = |name: &str, content: &str| std::fs::write(shop.folder.path().join(name), content).unwrap();
    write("spring.csv", "phone,name,file\n79991110001,Anna,a.pdf\n79991110002,Bob,b.pdf\n");
    write("a.pdf", "for Anna");
    write("b.pdf", "for Bob");
    let files = ["--no-limits", "--file-column", "file", "--json"];
    shop.run_campaign(&files).json();
    assert_eq!(sorted(shop.sent()), ["Dear Anna", "Dear Bob"]);
    write("b.pdf", "for Carl");
    let error = shop.run_campaign(&files).error(2);
    assert_eq!(error["mistakes"][0]["line"], 3);
    std::fs::remove_file(shop.folder.path().join("a.pdf")).unwrap();
    assert_eq!(shop.run_campaign(&files).error(2)["mistakes"][0]["line"], 2);
    assert_eq!(shop.sent().len(), 2);
}

#[test]
fn calling_it_again_tells_what_was_delivered() {
    let settings = Settings { ack_interval: Duration::from_millis(5), ..quiet() };
    let shop = Shop { gateway: Gateway::start(settings), folder: directory() };
    shop.list(2);
    shop.run_campaign(&["--no-limits"]).done();
    wait_until("both are known to be delivered", || {
        shop.run_campaign(&["--no-limits", "--json"]).json()["delivered"] == 2
    });
    assert_eq!(shop.json(&["campaign", "status", "spring"])["delivered"], 2);
    let text = std::fs::read_to_string(shop.folder.path().join("spring.report.csv")).unwrap();
    assert_eq!(text.matches(",sent,delivered,").count(), 2, "{text}");
}

/// The command's own budget goes on from run to run, and no number is asked about twice.
#[test]
fn numbers_without_whatsapp_are_told() {
    let shop = Shop::open();
    let list = "phone\n79991112201\n79991112202\n79991112203\n4239048293082@g.us\n79991110000\n";
    std::fs::write(shop.folder.path().join("list.csv"), list).unwrap();
    let check = |more: &[&str]| {
        let arguments = ["campaign", "check", "list.csv", "--text", "Hello", "--registered", "--every", "0s"];
        shop.try_run(&[&arguments[..], more].concat())
    };
    let first = check(&["--most", "2"]).json();
    let numbers = |registered, asked, left| serde_json::json!({ "registered": registered, "asked": asked, "unclear": 0, "left": left });
    assert_eq!(first["numbers"], numbers(2, 2, 2));
    assert_eq!(check(&["--most", "1"]).json()["numbers"], numbers(3, 1, 1));
    for _ in 0..2 {
        let error = check(&[]).error(2);
        assert_eq!(error["mistakes"][0]["line"], 6, "{error}");
        assert!(error["mistakes"][0]["message"].as_str().unwrap().contains("has no WhatsApp"), "{error}");
    }
    let refused =
        run(&mut shop.command(&["campaign", "check", "list.csv", "--text", "Hello", "--most", "2"]));
    assert_eq!(refused.code, Some(2));
}
