//! Where consumers begin, and how they are set back.

use std::process::Stdio;

use crate::consuming::Shop;
use crate::support::{Running, run, wait_until};

#[test]
fn a_new_consumer_begins_with_now() {
    let shop = Shop::open();
    shop.gateway.receive("before the journal");
    let mut running = shop.handle(&[]);
    shop.gateway.receive("one");
    running.line("one");
    let ran = running.end("INT");
    assert!(!ran.out.contains("before"), "{}", ran.out);
    // What came while nothing ran is old to a new consumer, and new to the one that was there.
    shop.gateway.receive("two");
    let mut other = shop.command(&["events", "--consumer", "other", "--interval", "1"]);
    let mut other = Running::start(other.stderr(Stdio::piped()));
    other.error_line("handles what comes after position 2");
    shop.gateway.receive("three");
    let line = other.line(" message ");
    assert!(line.contains("three"), "{line}");
    assert_eq!(other.signal("INT").code(), Some(0));
    let mut running = shop.handle(&[]);
    assert!(running.line(" message ").contains("two"));
    assert!(running.line(" message ").contains("three"));
    assert_eq!(running.signal("INT").code(), Some(0));
}

#[test]
fn a_new_consumer_begins_where_it_is_told_to() {
    let shop = Shop::open();
    shop.gateway.receive("one");
    for from in ["beginning", "2020-01-31", "1h"] {
        let store = format!("sqlite:{from}.db");
        let mut running = shop.handle(&["--from", from, "--store", &store]);
        assert!(running.line(" message ").contains("one"), "{from}");
        assert_eq!(running.signal("INT").code(), Some(0));
    }
    // The journal that began an hour ago has nothing of 2020.
    let late = ["events", "--consumer", "late", "--from", "2020-01-31", "--store", "sqlite:1h.db", "--json"];
    let error = run(&mut shop.command(&late)).error(1);
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("the journal in this store begins at 20"), "{message}");
    // The one that began with all has.
    let arguments = [
        "events",
        "--consumer",
        "late",
        "--from",
        "2020-01-31",
        "--store",
        "sqlite:beginning.db",
        "--action",
        "message",
    ];
    let mut running = Running::start(&mut shop.command(&arguments));
    running.line("one");
    assert_eq!(running.signal("INT").code(), Some(0));
    let beyond = ["events", "--consumer", "beyond", "--from", "1000", "--store", "sqlite:1h.db", "--json"];
    let error = run(&mut shop.command(&beyond)).error(1);
    assert!(error["message"].as_str().unwrap().contains("beyond the end of the journal"), "{error}");
}

#[test]
fn what_is_too_old_counts_as_handled() {
    let shop = Shop::open();
    shop.gateway.receive("old");
    std::thread::sleep(std::time::Duration::from_secs(2));
    let mut running = shop.handle(&["--from", "beginning", "--max-age", "1s"]);
    shop.gateway.receive("fresh");
    assert!(running.line(" message ").contains("fresh"));
    assert_eq!(running.signal("INT").code(), Some(0));
}

#[test]
fn a_consumer_is_set_back_while_it_runs() {
    let shop = Shop::open();
    let running = shop.handle(&["--exec", "sh -c 'echo $WHATSGATE_EVENT_KEY >> keys'"]);
    shop.gateway.receive("one");
    shop.gateway.receive("two");
    wait_until("both are handled", || shop.lines("keys").len() == 2);
    let keys = shop.lines("keys");
    let chat = ["events", "replay", "--consumer", "bot", "--chat", "79991112233"];
    assert_eq!(shop.json(&chat)["replayed"], 2);
    wait_until("both are handled again", || shop.lines("keys").len() == 4);
    assert_eq!(shop.lines("keys"), [keys.clone(), keys.clone()].concat());
    assert_eq!(shop.json(&["events", "replay", "--from", "1"])["position"], 1);
    wait_until("the second one is handled again", || shop.lines("keys").len() == 5);
    assert_eq!(shop.lines("keys")[4], keys[1]);
    let set = run(&mut shop.command(&["events", "replay", "--from", "1h"]));
    assert!(set.err.contains("the journal in this store begins at 20"), "{}", set.err);
    assert_eq!(running.signal("INT").code(), Some(0));
}

#[test]
fn what_is_skipped_is_said() {
    let shop = Shop::open();
    assert_eq!(shop.handle(&[]).signal("INT").code(), Some(0));
    for text in ["one", "two", "three"] {
        shop.gateway.receive(text);
    }
    // Another consumer receives them all, and "bot" has not handled one.
    let mut other =
        shop.command(&["events", "--consumer", "other", "--from", "0", "--interval", "1", "--json"]);
    let mut other = Running::start(&mut other);
    other.line("three");
    assert_eq!(other.signal("INT").code(), Some(0));
    let replay = |from| ["events", "replay", "--consumer", "bot", "--from", from];
    let set = shop.json(&replay("1"));
    assert_eq!((&set["position"], &set["end"], &set["skipped"]), (&1.into(), &3.into(), &1.into()));
    let set = run(&mut shop.command(&replay("2999-01-31"))).done();
    assert_eq!(
        set,
        "\"bot\" goes on with what comes after position 3, the end of the journal; 2 events that it had not handled are \
         skipped\n"
    );
    let set = run(&mut shop.command(&replay("2"))).done();
    assert_eq!(set, "\"bot\" goes on with what comes after position 2, and the journal ends at 3\n");
    let set = run(&mut shop.command(&replay("now"))).done();
    assert!(set.ends_with("; 1 event that it had not handled is skipped\n"), "{set}");
}

#[test]
fn the_journal_of_one_session_is_not_used_for_all() {
    let shop = Shop::open();
    assert_eq!(shop.handle(&[]).signal("INT").code(), Some(0));
    let mut command = shop.command(&["events", "--consumer", "all", "--all-sessions", "--json"]);
    let error = run(&mut command).error(1);
    let session = shop.gateway.session.as_str();
    assert!(error["message"].as_str().unwrap().contains(session), "{error}");
}

#[test]
fn a_gateway_that_does_not_answer_is_asked_again() {
    let shop = Shop::open();
    assert_eq!(shop.handle(&[]).signal("INT").code(), Some(0));
    let mut command = shop.command(&["events", "--consumer", "bot", "--interval", "1", "--json"]);
    command.env("WHATSGATE_BASE_URL", "http://127.0.0.1:9");
    let mut running = Running::start(command.stderr(Stdio::piped()));
    running.error_line("events were not listed; the same page is asked for again");
    assert_eq!(running.signal("INT").code(), Some(0));
    let mut command = shop.command(&["events", "--consumer", "bot", "--json"]);
    command.env("WHATSGATE_API_KEY", "another");
    let error = run(&mut command).error(1);
    assert_eq!(error["kind"], "unauthorized", "{error}");
}

#[test]
fn mistakes_are_named_before_anything_is_done() {
    let shop = Shop::open();
    let handle = ["events", "--consumer", "bot"];
    for (arguments, said) in [
        (&["--exec", "sh -c 'x"][..], "--exec: the command cannot be read"),
        (&["--exec", " "], "--exec: the command is empty"),
        (&["--exec", "no-such-program-anywhere --fast"], "there is no program \"no-such-program-anywhere\""),
        (
            &["--forward", "ftp://a:hidden@127.0.0.1"],
            "--forward: it must be a URL that begins with http:// or https://",
        ),
        (
            &["--store", "mysql://a:hidden@127.0.0.1/x"],
            "--store or WHATSGATE_STORE: it must look like sqlite:PATH",
        ),
        (&["--deadline", "5"], "--deadline: it is for --exec and --forward"),
        (&["--from", "yesterday"], "it must be now, beginning, a date"),
        (&["--max-age", "5"], "it must be a length of time, such as 45s"),
        (&["--max-age", "0s"], "it must be longer than nothing"),
        (&["--interval", "0"], "1..=86400"),
        (&["--interval", "18446744073709551615"], "1..=86400"),
        (&["--partitions", "0"], "--partitions"),
        (&["--tries", "0"], "--tries"),
        (&["--since", "1h"], "--since"),
        (&["--follow"], "--follow"),
    ] {
        let error = run(shop.command(&handle).args(arguments).arg("--json")).error(2);
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(said), "{message}");
        assert!(!message.contains("hidden"), "{message}");
    }
    for (arguments, said) in [
        (&["events", "--consumer", " "][..], "--consumer: the name must have 1 to 100 characters"),
        (&["events", "--exec", "true"], "--consumer"),
        (&["listen", "--consumer", "bot"], "--consumer: give --public-url too"),
        (&["listen", "--consumer", "bot", "--public-url", "shop.example"], "--public-url: it must be a URL"),
        (&["listen", "--take-hook"], "--consumer"),
        (&["events", "consumers"], "there is no store at "),
        (&["events", "consumers", "--store", "memory:"], "a store in memory belongs to the program"),
        (&["events", "replay"], "--from"),
        (&["events", "replay", "--chat", "79991112233", "--from", "now"], "nothing has come after now"),
        (&["events", "dead-letters", "drop"], "--all"),
        (&["events", "dead-letters", "replay"], "<POSITION"),
        (&["events", "dead-letters", "replay", "1", "--all"], "cannot be used with"),
        (&["listen", "--consumer", "bot", "--interval", "86401"], "1..=86400"),
    ] {
        let error = run(shop.command(arguments).arg("--json")).error(2);
        assert!(error["message"].as_str().unwrap().contains(said), "{error}");
    }
    // No store was made, and nobody asked the gateway.
    assert!(crate::support::names(shop.folder.path()).is_empty());
    std::fs::write(shop.folder.path().join("other.db"), "no database at all, but long enough to be read")
        .unwrap();
    let error = run(shop.command(&handle).args(["--store", "sqlite:other.db", "--json"])).error(1);
    assert_eq!(error["kind"], "local", "{error}");
    let database = ["--store", "postgres://shop:hidden@127.0.0.1:9/shop", "--json"];
    let ran = run(shop.command(&handle).args(database));
    assert!(ran.code == Some(1) && !ran.err.contains("hidden"), "{}", ran.err);
}
