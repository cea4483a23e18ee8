//! What `--help` says, and completions.

use clap::ValueEnum;
use clap_complete::Shell;

use crate::support::{run, whatsgate};

const COMMANDS: [&str; 55] = [
    "",
    "demo",
    "send",
    "campaign",
    "campaign check",
    "campaign run",
    "campaign status",
    "campaign pause",
    "campaign resume",
    "campaign stop",
    "outbox",
    "outbox list",
    "outbox show",
    "outbox retry",
    "outbox cancel",
    "outbox resolve",
    "outbox run",
    "outbox opt-outs",
    "outbox opt-outs list",
    "outbox opt-outs add",
    "outbox opt-outs remove",
    "seen",
    "typing",
    "check",
    "chats",
    "media",
    "sessions",
    "sessions list",
    "sessions create",
    "sessions rename",
    "sessions delete",
    "sessions wait",
    "events",
    "events dead-letters",
    "events dead-letters list",
    "events dead-letters show",
    "events dead-letters replay",
    "events dead-letters drop",
    "events consumers",
    "events consumers remove",
    "events replay",
    "hook",
    "hook set",
    "hook clear",
    "listen",
    "serve",
    "tokens",
    "tokens add",
    "tokens list",
    "tokens revoke",
    "sandbox",
    "conform",
    "doctor",
    "drift",
    "completions",
];

#[test]
fn help() {
    for command in COMMANDS {
        let text = run(whatsgate().args(command.split_whitespace()).arg("--help")).done();
        assert!(text.contains("Usage: whatsgate"), "{text}");
        let name = format!("help {command}").trim().replace(' ', "_");
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, text);
        });
    }
}

#[test]
fn every_command_is_in_the_list_above() {
    let text = run(whatsgate().arg("--help")).done();
    let listed = text.lines().skip_while(|line| *line != "Commands:").skip(1);
    for line in listed.take_while(|line| !line.is_empty()) {
        let name = line.split_whitespace().next().unwrap();
        assert!(name == "help" || COMMANDS.contains(&name), "{name}");
    }
}

/// Without a subcommand and a setting, as whoever was handed the program alone calls it.
#[test]
fn licenses() {
    let text = run(whatsgate().arg("--licenses")).done();
    assert!(text.starts_with("whatsgate is licensed under MIT or Apache-2.0, at your choice.\n"), "{text}");
    for part in
        ["\ntokio 1.", "\nrusqlite 0.", "Apache License", "END OF TERMS AND CONDITIONS", "\nmusl, in "]
    {
        assert!(text.contains(part), "{part}");
    }
    let refused = run(whatsgate().args(["chats", "--licenses"]));
    assert_eq!(refused.code, Some(2), "{}", refused.out);
}

#[test]
fn completions() {
    for shell in Shell::value_variants() {
        let text = run(whatsgate().args(["completions", &shell.to_string()])).done();
        assert!(text.contains("whatsgate") && text.contains("typing"), "{shell}");
    }
}
