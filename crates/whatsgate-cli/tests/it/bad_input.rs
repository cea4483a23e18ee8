//! Mistakes: each its own message, and nothing of what is private in it.

use whatsgate_canary::KEY;
use whatsgate_sandbox::{Fault, FaultRule, Settings};

use crate::support::{Gateway, Transcript, directory, quiet, run, run_with_input, whatsgate};

#[test]
fn arguments() {
    let gateway = Gateway::start(quiet());
    let mut transcript = Transcript::new(&gateway);
    transcript.run_both(&["send", "79991112233"]);
    transcript.run(&["send", "79991112233", ""]);
    transcript.run(&["send", "7999111abc", "Hello"]);
    transcript.run(&["send", "", "Hello"]);
    transcript.run(&["send", "@c.us", "Hello"]);
    transcript.run(&["send", "--group", "a b", "Hello"]);
    transcript.run(&["send", "--group", "79991112233@c.us", "Hello"]);
    transcript.run(&["send", "79991112233", "Hello", "--quote", "a b"]);
    transcript.run(&["send", "79991112233", "Hello", "--name", "x"]);
    transcript.run_both(&["check", "12x"]);
    transcript.run(&["check", "9161234567"]);
    transcript.run(&["send", "84951234567", "Hello"]);
    transcript.run(&["send", "--country", "Russia", "84951234567", "Hello"]);
    transcript.run(&["send", "--country", "ru", "849512345", "Hello"]);
    transcript.run(&["seen", "--country", "ru", "79991112233@c.us"]);
    transcript.run(&["typing", "--country", "ru", "--group", "4239048293082"]);
    transcript.run(&["sessions", "create", "Shop", "--country", "ru"]);
    transcript.run(&["media", "a b"]);
    transcript.run(&["media", "false_1_2"]);
    transcript.run(&["events", "--since", "yesterday"]);
    transcript.run(&["hook", "set", "not a url"]);
    transcript.run_both(&["hook", "set", ""]);
    transcript.run(&["listen", "--path", "hook"]);
    transcript.run_both(&["sandbox", "--api-key", "YOUR_API_KEY"]);
    transcript.run(&["sandbox", "--session", "1111111111111"]);
    transcript.run(&["sandbox", "--manual-scan"]);
    transcript.run(&["sandbox", "--demo"]);
    transcript.run(&["sandbox", "--base-url", "org"]);
    transcript.run(&["--session", "1111111111111", "sessions", "create", "Shop"]);
    transcript.run(&["events", "--all-sessions", "-s", "1111111111111"]);
    transcript.run(&["sessions", "create", "Shop", "--deadline", "5"]);
    transcript.run_both(&["sessions", "wait", "-s", "1111111111111"]);
    transcript.run_both(&["events", "--action", "Foo"]);
    transcript.run(&["chats", "--session", "a b"]);
    transcript.run(&["chats", "--session", "1111111111111"]);
    transcript.run(&["chats", "--base-url", "whatsgate"]);
    transcript.run(&["chats", "--nothing", "--json"]);
    transcript.assert("arguments");
}

#[test]
fn files() {
    let gateway = Gateway::start(quiet());
    let directory = directory();
    std::fs::create_dir(directory.path().join("folder")).unwrap();
    std::fs::write(directory.path().join("empty.txt"), "").unwrap();
    std::fs::write(directory.path().join("data.unknown"), [0_u8, 159, 146, 150]).unwrap();
    let mut transcript = Transcript::new(&gateway);
    let mut send = |arguments: &[&str]| {
        let arguments = [&["send", "79991112233", "--file"], arguments].concat();
        transcript.record(gateway.command().current_dir(&directory).args(arguments));
    };
    send(&["missing.txt"]);
    send(&["missing.txt", "--json"]);
    send(&["folder"]);
    send(&["empty.txt"]);
    send(&["-"]);
    send(&["-", "-", "--name", "x"]);
    send(&["-", "--name", "x"]);
    send(&["data.unknown", "--mime", "nonsense"]);
    send(&["data.unknown"]);
    send(&["data.unknown", "--mime", "application/x-shop"]);
    send(&["data.unknown", "--as", "voice"]);
    transcript.assert("bad_files");
}

#[test]
fn a_key_that_is_typed_as_an_argument_is_not_repeated() {
    for arguments in [&[KEY][..], &["chats", KEY], &["chats", KEY, "--json"]] {
        let ran = run(whatsgate().args(arguments).env("WHATSGATE_API_KEY", KEY));
        assert_eq!(ran.code, Some(2), "{}", ran.err);
        assert!(ran.err.contains('…') && !ran.err.contains(KEY), "{}", ran.err);
    }
}

#[test]
fn an_address_that_is_taken() {
    let gateway = Gateway::start(quiet());
    let address = gateway.sandbox.address().to_string();
    let error = gateway.run(&["listen", "--bind", &address, "--json"]).error(1);
    let message = error["message"].as_str().unwrap();
    assert!(message.starts_with(&format!("cannot listen at {address}: ")), "{message}");
    assert!(message.ends_with("; stop what listens there, or give another port"), "{message}");
}

#[test]
fn standard_input_that_is_no_text() {
    let gateway = Gateway::start(quiet());
    let ran = run_with_input(gateway.command().args(["send", "79991112233", "-", "--json"]), &[0xff, 0xfe]);
    assert!(ran.error(2)["message"].as_str().unwrap().contains("no UTF-8 text"));
}

#[cfg(unix)]
#[test]
fn places_where_no_file_can_be_saved() {
    let gateway = Gateway::start(quiet());
    let directory = directory();
    std::fs::write(directory.path().join("report.txt"), "content").unwrap();
    std::fs::create_dir(directory.path().join("folder")).unwrap();
    std::fs::create_dir(directory.path().join("folder/report.txt")).unwrap();
    let mut send = gateway.command();
    let sent =
        run(send.current_dir(&directory).args(["send", "79991112233", "--file", "report.txt", "--json"]))
            .json();
    let message = sent["message"]["id"].as_str().unwrap();
    let mut transcript = Transcript::new(&gateway);
    for output in ["report.txt", "missing/", "missing/x", "report.txt/x", "folder", "/dev/null"] {
        transcript.record(gateway.command().current_dir(&directory).args(["media", message, "-o", output]));
    }
    let mut forced = gateway.command();
    transcript.record(forced.current_dir(&directory).args(["media", message, "-o", "folder", "--force"]));
    transcript.assert("bad_places");
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_cannot_be_read() {
    let gateway = Gateway::start(quiet());
    // A file to everybody who asks, whose beginning nobody can read.
    let ran = gateway.run(&["send", "79991112233", "--file", "/proc/self/mem", "--json"]);
    let error = ran.error(1);
    assert_eq!(error["outcome"], "notSent");
    assert!(error["message"].as_str().unwrap().contains("/proc/self/mem: it cannot be read"), "{error}");
}

#[test]
fn key_and_host() {
    let gateway = Gateway::start(quiet());
    let mut transcript = Transcript::new(&gateway);
    transcript.record(whatsgate().arg("chats"));
    transcript.record(whatsgate().args(["chats", "--api-key", "YOUR_API_KEY"]));
    transcript.record(gateway.command().env("WHATSGATE_API_KEY", format!("{KEY} spoiled")).arg("chats"));
    transcript.record(gateway.command().env("WHATSGATE_API_KEY", "wrong").arg("chats"));
    transcript
        .record(gateway.command().env("WHATSGATE_BASE_URL", "http://127.0.0.1:9").args(["chats", "--json"]));
    transcript.assert("key_and_host");
}

#[test]
fn replies_that_are_none() {
    let html = Fault::Reply {
        status: 200,
        body: "<html>Welcome</html>".to_owned(),
        content_type: "text/html".to_owned(),
        acts: false,
    };
    let faults = vec![
        FaultRule::new(html.clone()).on("get-chats"),
        FaultRule::new(html).on("get-messagemedia"),
        FaultRule::new(Fault::Truncate { bytes: 20 }).on("check"),
    ];
    let gateway = Gateway::start(Settings { faults, ..quiet() });
    let mut transcript = Transcript::new(&gateway);
    transcript.run_both(&["chats"]);
    transcript.run(&["check", "79991112233"]);
    transcript.run(&["media", "false_79991112233@c.us_3EB0436AE1E682FF3A37", "-o", "-"]);
    transcript.assert("bad_replies");
}

#[test]
fn empty_variables_are_as_good_as_none() {
    let gateway = Gateway::start(quiet());
    let missing = run(gateway.command().env("WHATSGATE_SESSION", "").args(["chats", "--json"]));
    assert!(missing.error(2)["message"].as_str().unwrap().contains("set WHATSGATE_SESSION"));
    let missing = run(gateway.command().env("WHATSGATE_API_KEY", " ").args(["chats", "--json"]));
    assert!(missing.error(2)["message"].as_str().unwrap().contains("set WHATSGATE_API_KEY"));
}
