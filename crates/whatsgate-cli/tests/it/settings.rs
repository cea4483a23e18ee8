//! Key, session and host from the command line and from the environment.

use crate::support::{Gateway, directory, quiet, run, whatsgate};

#[test]
fn the_environment_is_enough() {
    let gateway = Gateway::start(quiet());
    gateway.run(&["chats"]).done();
}

#[test]
fn arguments_win_over_the_environment() {
    let gateway = Gateway::start(quiet());
    let mut command = whatsgate();
    command
        .env("WHATSGATE_API_KEY", "wrong")
        .env("WHATSGATE_SESSION", "1111111111111")
        .env("WHATSGATE_BASE_URL", "http://127.0.0.1:9")
        .args(["chats", "--api-key", gateway.sandbox.api_key(), "--session", gateway.session.as_str()])
        .args(["--base-url", &gateway.sandbox.base_url()]);
    run(&mut command).done();
}

#[test]
fn verbose_says_what_is_sent_and_shows_nothing_private() {
    let gateway = Gateway::start(quiet());
    let ran = gateway.run(&["send", "79991112233", "a private text", "-v"]);
    assert!(ran.err.contains("send"), "{}", ran.err);
    assert!(!ran.err.contains("private") && !ran.err.contains("79991112233"), "{}", ran.err);
    assert!(!ran.err.contains('\u{1b}'), "{}", ran.err);
}

#[test]
fn standard_error_holds_what_scripts_can_read() {
    let gateway = Gateway::start(quiet());
    let ran = gateway.run(&["chats", "--json", "-vv"]);
    assert_eq!((ran.code, &*ran.err), (Some(0), ""));
    let mut command = gateway.command();
    command.env("WHATSGATE_BASE_URL", "http://127.0.0.1:9").args(["seen", "79991112233", "--json", "-vv"]);
    assert_eq!(run(&mut command).error(1)["kind"], "connect");
    for arguments in [&["--json"][..], &["send", "--json"], &["nonsense", "--json"]] {
        let error = run(whatsgate().args(arguments)).error(2);
        assert_eq!((&error["kind"], &error["outcome"]), (&"usage".into(), &"notSent".into()));
        assert!(error["message"].is_string());
    }
}

#[test]
fn without_verbose_only_the_error_is_said() {
    let gateway = Gateway::start(quiet());
    let mut command = gateway.command();
    let ran = run(command.env("WHATSGATE_BASE_URL", "http://127.0.0.1:9").args(["seen", "79991112233"]));
    assert!(ran.err.starts_with("error: "), "{}", ran.err);
    assert!(!ran.err.contains("WARN"), "{}", ran.err);
}

#[test]
fn a_sandbox_refuses_settings_it_cannot_use() {
    let directory = directory();
    let path = directory.path().join("broken.json");
    std::fs::write(&path, "[{\"kind\":\"nonsense\"}]").unwrap();
    let sandbox = |arguments: &[&str]| {
        run(whatsgate().args(["sandbox", "--json", "--bind", "127.0.0.1:0"]).args(arguments))
    };
    let path = path.to_str().unwrap();
    for arguments in [["--faults", path], ["--faults", "missing.json"], ["--state", path]] {
        let error = sandbox(&arguments).error(1);
        assert!(error["message"].as_str().unwrap().contains(arguments[1]), "{error}");
    }
    sandbox(&["--key", "a b"]).error(2);
    sandbox(&["--manual-scan"]).error(2);
    sandbox(&["--set", "reading"]).error(2);
    for setting in ["reading=aloud", "colour=red", "utc_offset=soon", "reading=null", "text_limit=0"] {
        let error = sandbox(&["--set", setting]).error(2);
        let name = setting.split('=').next().unwrap();
        assert!(error["message"].as_str().unwrap().starts_with(&format!("--set {name}: ")), "{error}");
    }
    let error = sandbox(&["--set", "utc_offset=0", "--set", "utc_offset=3600"]).error(2);
    assert_eq!(error["message"], "--set utc_offset: give it once");
    sandbox(&["--webhook-root", path]).error(1);
}

/// As on a bare system, into which the static program was copied.
#[test]
fn without_certificates_only_what_needs_none_is_reached() {
    let gateway = Gateway::start(quiet());
    let folder = directory();
    let none = folder.path().join("none.pem");
    std::fs::write(&none, "").unwrap();
    let bare = |command: &mut std::process::Command| {
        run(command.env("SSL_CERT_FILE", &none).env("SSL_CERT_DIR", folder.path()))
    };
    bare(gateway.command().args(["check", "79991112233"])).done();
    let ran =
        bare(gateway.command().args(["check", "79991112233", "--base-url", "https://127.0.0.1:9/api/v1"]));
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.err.contains("No CA certificates were loaded from the system"), "{}", ran.err);
}
