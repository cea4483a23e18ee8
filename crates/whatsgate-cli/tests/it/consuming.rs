//! Events handled under a name: by commands, URLs and print, over the end of processes.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use whatsgate_canary::KEY;

use crate::support::{Gateway, Running, directory, quiet, run, server, wait_until};

/// A gateway, and a folder in which the store is.
pub(crate) struct Shop {
    pub(crate) gateway: Gateway,
    pub(crate) folder: TempDir,
}

impl Shop {
    pub(crate) fn open() -> Self {
        Self { gateway: Gateway::start(quiet()), folder: directory() }
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.gateway.command();
        command.current_dir(&self.folder).args(arguments);
        command
    }

    /// Starts to handle messages as the consumer "bot", and returns once it does.
    pub(crate) fn handle(&self, arguments: &[&str]) -> Running {
        let mut command =
            self.command(&["events", "--consumer", "bot", "--action", "message", "--interval", "1"]);
        let mut running = Running::start(command.args(arguments).stderr(Stdio::piped()));
        running.error_line("handles what comes after position ");
        running
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        run(self.command(arguments).arg("--json")).json()
    }

    pub(crate) fn dead_letters(&self) -> Vec<Value> {
        self.json(&["events", "dead-letters", "list"])["dead_letters"].as_array().unwrap().clone()
    }

    /// The lines of a file in the folder.
    pub(crate) fn lines(&self, name: &str) -> Vec<String> {
        lines(&self.folder.path().join(name))
    }

    /// The numbers of the messages that came in.
    fn messages(&self) -> BTreeSet<String> {
        let listed = run(&mut self.command(&["events", "--action", "message", "--json"])).done();
        let id = |line: &str| serde_json::from_str::<Value>(line).unwrap()["id"].to_string();
        listed.lines().map(id).collect()
    }
}

fn lines(path: &Path) -> Vec<String> {
    std::fs::read_to_string(path).unwrap_or_default().lines().map(str::to_owned).collect()
}

/// A command that notes who it is, and later the key.
const NOTES_KEY: &str = "sh -c 'echo $$ >> begun; sleep 0.1; echo $WHATSGATE_EVENT_KEY >> keys; sleep 0.1'";

#[test]
fn nothing_is_lost_by_being_killed_in_the_middle() {
    let shop = Shop::open();
    let handled = || shop.lines("keys").into_iter().collect::<BTreeSet<_>>();
    let mut sent = 0;
    for round in 0..6 {
        let running = shop.handle(&["--exec", NOTES_KEY]);
        for _ in 0..3 {
            shop.gateway.receive(&format!("message {sent}"));
            sent += 1;
        }
        let before = shop.lines("keys").len();
        wait_until("a message is handled", || shop.lines("keys").len() > before);
        if round % 3 == 2 {
            assert_eq!(running.signal("TERM").code(), Some(0));
            continue;
        }
        let begun = shop.lines("begun").len();
        wait_until("the next one is at work", || shop.lines("begun").len() > begun);
        assert_eq!(running.signal("KILL").code(), None);
        // The command goes on without the program that started it, so it is killed as well.
        let command = shop.lines("begun").pop().unwrap();
        let killed = Command::new("kill").args(["-KILL", &command]).stderr(Stdio::null()).status().unwrap();
        assert!(killed.success(), "it had come to its end");
    }
    let running = shop.handle(&["--exec", NOTES_KEY]);
    wait_until("all are handled", || handled().len() >= sent);
    assert_eq!(running.signal("INT").code(), Some(0));
    assert_eq!((handled().len(), handled()), (sent, shop.messages()));
    // Only what was at work when a process was killed may have been handled again.
    assert!(shop.lines("keys").len() <= sent + 4, "{:?}", shop.lines("keys"));
}

#[test]
fn what_runs_is_finished_and_its_leases_are_given_up() {
    let shop = Shop::open();
    let running = shop.handle(&["--exec", "sh -c 'echo begun >> log; sleep 1; echo done >> log'"]);
    shop.gateway.receive("Hello");
    wait_until("it has begun", || !shop.lines("log").is_empty());
    let seen = shop.json(&["events", "consumers"]);
    assert_eq!(seen["consumers"][0]["state"], "running");
    assert_eq!(seen["consumers"][0]["workers"][0]["partitions"], 8);
    let refused = run(&mut shop.command(&["events", "consumers", "remove", "bot", "--json"])).error(1);
    assert!(refused["message"].as_str().unwrap().contains("is at work in process "), "{refused}");
    let ran = running.end("TERM");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.err.contains("ending once what is under way is done"), "{}", ran.err);
    assert_eq!(shop.lines("log"), ["begun", "done"]);
    let seen = shop.json(&["events", "consumers"]);
    let seen = &seen["consumers"][0];
    assert_eq!((&seen["state"], &seen["behind"]), (&"not running".into(), &0.into()));
    assert_eq!(seen["workers"], serde_json::json!([]));
    run(&mut shop.command(&["events", "consumers", "remove", "bot"])).done();
    assert_eq!(shop.json(&["events", "consumers"])["consumers"], serde_json::json!([]));
}

#[test]
fn a_second_signal_ends_at_once_and_the_event_comes_again() {
    let shop = Shop::open();
    let mut running = shop.handle(&["--exec", "sh -c 'echo begun >> log; sleep 60'"]);
    shop.gateway.receive("Hello");
    wait_until("it has begun", || !shop.lines("log").is_empty());
    running.tell("INT");
    running.error_line("ending once");
    assert_eq!(running.signal("INT").code(), Some(0));
    let running = shop.handle(&["--exec", "sh -c 'echo $WHATSGATE_EVENT_ATTEMPT >> log'"]);
    wait_until("it is handled", || shop.lines("log").len() == 2);
    assert_eq!(shop.lines("log"), ["begun", "1"]);
    assert_eq!(running.signal("INT").code(), Some(0));
}

#[test]
fn what_fails_for_ever_is_a_dead_letter() {
    let shop = Shop::open();
    let command =
        "sh -c 'test -e fine && echo $WHATSGATE_EVENT_KEY $WHATSGATE_EVENT_ATTEMPT >> keys || exit 3'";
    let running = shop.handle(&["--tries", "2", "--exec", command]);
    shop.gateway.receive("one");
    shop.gateway.receive("two");
    shop.gateway.receive("three");
    shop.gateway.receive("four");
    wait_until("all are given up", || shop.dead_letters().len() == 4);
    let letters = shop.dead_letters();
    assert_eq!(letters[0]["reason"], "the command ended with exit code 3");
    assert_eq!((&letters[0]["tries"], &letters[0]["action"]), (&2.into(), &"message".into()));
    assert_eq!(letters[0]["chat"], "79991112233@c.us");
    let positions: Vec<_> = letters.iter().map(|letter| letter["position"].to_string()).collect();
    let shown = shop.json(&["events", "dead-letters", "show", &positions[0]]);
    assert_eq!(shown["dead_letter"]["event"]["event_data"]["message"]["body"], "one");
    let shown = run(&mut shop.command(&["events", "dead-letters", "show", &positions[0]])).done();
    assert!(shown.contains("from 79991112233: one") && shown.contains("tried 2 times"), "{shown}");
    let listed = run(&mut shop.command(&["events", "dead-letters", "list"])).done();
    assert!(listed.contains("the command ended with exit code 3"), "{listed}");
    // The program that owns the store takes notice.
    std::fs::write(shop.folder.path().join("fine"), "").unwrap();
    let replayed = shop.json(&["events", "dead-letters", "replay", &positions[0]]);
    assert_eq!(replayed["replayed"][0].to_string(), positions[0]);
    wait_until("it is handled", || shop.lines("keys").len() == 1);
    assert_eq!(shop.lines("keys")[0], format!("{} 1", letters[0]["key"].as_str().unwrap()));
    let dropped = run(&mut shop.command(&["events", "dead-letters", "drop", &positions[1]])).done();
    assert_eq!(dropped, format!("dead letter {} of \"bot\" is dropped\n", positions[1]));
    let dropped = run(&mut shop.command(&["events", "dead-letters", "drop", "--all"])).done();
    assert_eq!(dropped, "2 dead letters of \"bot\" are dropped\n");
    assert!(shop.dead_letters().is_empty());
    let missing =
        run(&mut shop.command(&["events", "dead-letters", "show", &positions[1], "--json"])).error(1);
    assert!(missing["message"].as_str().unwrap().contains("has no dead letter at position"), "{missing}");
    let ran = running.end("INT");
    for said in ["an event failed", "an event was given up after its last try"] {
        assert!(ran.err.contains(&format!("{said}: the command ended with exit code 3")), "{}", ran.err);
    }
    assert_eq!((ran.code, shop.lines("keys").len()), (Some(0), 1));
}

#[cfg(target_os = "linux")]
#[test]
fn a_deadline_kills_the_command_with_its_process_group() {
    let shop = Shop::open();
    let command = "sh -c 'sleep 1000 & echo $! >> pids; echo $$ >> pids; wait'";
    let running = shop.handle(&["--tries", "1", "--deadline", "1", "--exec", command]);
    shop.gateway.receive("Hello");
    wait_until("it is given up", || shop.dead_letters().len() == 1);
    assert_eq!(shop.dead_letters()[0]["reason"], "the command took longer than 1 s and was killed");
    let pids = shop.lines("pids");
    assert_eq!(pids.len(), 2);
    // What nobody waits for may still be listed, as a zombie.
    let lives = |pid: &String| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        !stat.is_empty() && !stat.contains(") Z ")
    };
    wait_until("both are gone", || !pids.iter().any(lives));
    assert_eq!(running.signal("INT").code(), Some(0));
}

#[test]
fn a_url_gets_each_event_until_it_answers_with_success() {
    let shop = Shop::open();
    let (url, received) = server(&[
        "500 Internal Server Error",
        "307 Temporary Redirect\r\nlocation: http://127.0.0.1:9/",
        "204 No Content",
    ]);
    let running = shop.handle(&["--forward", &url]);
    shop.gateway.receive("Hello");
    let posts: Vec<_> = received.iter().collect();
    for (attempt, posted) in (1..).zip(&posts) {
        let event: Value = serde_json::from_str(&posted.body).unwrap();
        assert_eq!(event["event_data"]["message"]["body"], "Hello");
        for header in [
            format!("whatsgate-event-key: {}", event["id"]),
            format!("whatsgate-event-attempt: {attempt}"),
            format!("whatsgate-event-session: {}", shop.gateway.session),
            "whatsgate-event-action: message".to_owned(),
            "whatsgate-event-chat: 79991112233@c.us".to_owned(),
            "whatsgate-event-verified: true".to_owned(),
            "content-type: application/json".to_owned(),
        ] {
            assert!(posted.head.contains(&format!("{header}\r\n")), "no {header} in {}", posted.head);
        }
        assert!(!posted.head.contains(KEY) && !posted.body.contains(KEY), "{}", posted.head);
    }
    assert_eq!(posts.len(), 3);
    wait_until("it is handled", || {
        let seen = shop.json(&["events", "consumers"]);
        seen["consumers"][0]["behind"] == 0 && seen["consumers"][0]["waiting"] == 0
    });
    assert!(shop.dead_letters().is_empty());
    let ran = running.end("INT");
    assert_eq!(ran.code, Some(0));
    assert!(ran.err.contains("the URL answered with status 500"), "{}", ran.err);
    assert!(ran.err.contains("the URL answered with status 307"), "{}", ran.err);
    assert!(!ran.err.contains("hidden-in-the-url") && !ran.out.contains("hidden-in-the-url"), "{}", ran.err);
}

#[test]
fn without_a_handler_each_event_is_printed_once() {
    let shop = Shop::open();
    let mut running = shop.handle(&["--json"]);
    shop.gateway.receive("one");
    let event: Value = serde_json::from_str(&running.line("one")).unwrap();
    assert_eq!(event["event_action"], "message");
    assert_eq!(running.signal("INT").code(), Some(0));
    let mut running = shop.handle(&["--json"]);
    shop.gateway.receive("two");
    running.line("two");
    let ran = running.end("INT");
    assert_eq!((ran.code, &*ran.out), (Some(0), ""));
    // For people too there is nothing among the events.
    let running = shop.handle(&[]);
    let ran = running.end("INT");
    assert_eq!((ran.code, &*ran.out), (Some(0), ""));
}

#[test]
fn what_nobody_can_read_any_more_is_not_handled() {
    let shop = Shop::open();
    let arguments = ["events", "--consumer", "bot", "--action", "message", "--interval", "1"];
    let mut child = shop.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take().unwrap());
    let mut err = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("handles what comes after") {
        line.clear();
        assert_ne!(err.read_line(&mut line).unwrap(), 0);
    }
    // Nobody hears the notes either.
    drop(err);
    shop.gateway.receive("unheard");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut running = shop.handle(&[]);
    running.line("from 79991112233: unheard");
    assert_eq!(running.signal("INT").code(), Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_written_is_not_handled_and_ends_the_program() {
    let shop = Shop::open();
    let running = shop.handle(&[]);
    assert_eq!(running.signal("INT").code(), Some(0));
    shop.gateway.receive("unheard");
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let arguments = ["events", "--consumer", "bot", "--interval", "1", "--json"];
    let mut command = shop.command(&arguments);
    let child = command.stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    let ended = child.wait_with_output().unwrap();
    let told = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{told}");
    assert!(told.contains("could not be printed"), "{told}");
    let mut running = shop.handle(&[]);
    running.line("unheard");
    assert_eq!(running.signal("INT").code(), Some(0));
}

#[test]
fn one_process_at_a_time_owns_a_file() {
    let shop = Shop::open();
    let running = shop.handle(&[]);
    let owner = running.id().to_string();
    for consumer in ["bot", "another"] {
        let second = run(&mut shop.command(&["events", "--consumer", consumer, "--json"])).error(1);
        assert_eq!(second["kind"], "local");
        let message = second["message"].as_str().unwrap();
        assert!(message.contains(&format!("process {owner} owns the store")), "{message}");
    }
    assert_eq!(running.signal("INT").code(), Some(0));
}

#[test]
fn a_command_finds_the_event_and_no_secret() {
    let shop = Shop::open();
    let mut command =
        shop.command(&["events", "--consumer", "bot", "--action", "message", "--interval", "1"]);
    command.env("WHATSGATE_STORE", "sqlite:hidden-in-the-url.db");
    command.args(["--exec", "sh -c 'env > env; cat > event'"]);
    let mut running = Running::start(command.stderr(Stdio::piped()));
    running.error_line("handles what comes after");
    shop.gateway.receive("Hello");
    wait_until("it is handled", || !shop.lines("event").is_empty());
    assert_eq!(running.signal("INT").code(), Some(0));
    let event: Value = serde_json::from_str(&shop.lines("event").concat()).unwrap();
    assert_eq!(event["event_data"]["message"]["body"], "Hello");
    let variables = shop.lines("env");
    for wanted in [
        format!("WHATSGATE_EVENT_KEY={}", event["id"]),
        format!("WHATSGATE_EVENT_SESSION={}", shop.gateway.session),
        "WHATSGATE_EVENT_ATTEMPT=1".to_owned(),
        "WHATSGATE_EVENT_ACTION=message".to_owned(),
        "WHATSGATE_EVENT_CHAT=79991112233@c.us".to_owned(),
        "WHATSGATE_EVENT_POSITION=1".to_owned(),
        "WHATSGATE_EVENT_VERIFIED=true".to_owned(),
    ] {
        assert!(variables.contains(&wanted), "no {wanted} in {variables:?}");
    }
    let variables = variables.join("\n");
    assert!(!variables.contains(KEY) && !variables.contains("hidden-in-the-url"), "{variables}");
}

#[test]
fn a_command_that_does_not_read_is_fine() {
    let shop = Shop::open();
    let running = shop.handle(&["--exec", "sh -c 'echo $WHATSGATE_EVENT_KEY >> keys'"]);
    // More than a pipe holds.
    shop.gateway.receive(&"a".repeat(60_000));
    shop.gateway.receive("Hello");
    wait_until("both are handled", || shop.lines("keys").len() == 2);
    assert_eq!(running.signal("INT").code(), Some(0));
}
