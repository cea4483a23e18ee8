//! Lists of recipients: what is made of them, and all that is wrong with them.

use std::path::Path;

use whatsgate_canary::{PHONE, TEXT, assert_hidden};

use crate::support::{Gateway, Transcript, directory, quiet, run, run_with_input, whatsgate};

fn write(directory: &Path, name: &str, content: impl AsRef<[u8]>) {
    std::fs::write(directory.join(name), content).unwrap();
}

#[test]
fn lists() {
    let gateway = Gateway::start(quiet());
    let directory = directory();
    let write = |name: &str, content: &str| write(directory.path(), name, content);
    write("a.pdf", "content");
    write(
        "good.csv",
        "Phone;Name;File\r\n\"7 999\r\n111-22-33\";Anna;a.pdf\r\n;;\r\n8 999 111-22-44;;a.pdf\r\n\
         4239048293082@g.us;all;a.pdf\r\n",
    );
    write(
        "bad.csv",
        "phone,name,file\n79991112233,Anna,a.pdf\n7.9991E+10,Bob,a.pdf\n\n+7 999 111-22-33,,b.pdf\n79991112244,Carl\n\
         79991112255,\"Dora\nand more\" x,a.pdf\n9991112266,Eve,a.pdf\n79991112277,\"Fred,a.pdf\n",
    );
    write("columns.csv", "client,phone,number,client\n");
    write("empty.csv", "");
    write("header.csv", "phone,name\n");
    write("both.csv", "phone,number\n");
    write("none.csv", "79991112233,Anna\n79991112244,Bob\n");
    write("marked.csv", "\u{feff}phone,имя\n79991112233,Анна\n");
    write("trunk.csv", "phone\n8 (999) 111-22-33\n9991112244\n0999 111-22-55\n12\n");
    write("either.csv", "phone,name;file\n");
    let mut transcript = Transcript::new(&gateway);
    let mut check = |arguments: &[&str]| {
        for more in [&[][..], &["--json"]] {
            let arguments = [&["campaign", "check"], arguments, more].concat();
            transcript.record(whatsgate().current_dir(&directory).args(arguments));
        }
    };
    let good = ["good.csv", "--text", "Hello, {name|friend}!\nAs promised", "--country", "ru"];
    check(&[&good[..], &["--file-column", "file"]].concat());
    check(&["bad.csv", "--text", "Dear {name}", "--file-column", "file"]);
    check(&["columns.csv", "--text", "Dear {nmae}"]);
    check(&["both.csv", "--text", "Dear {nmae}"]);
    check(&["empty.csv", "--text", "Hello"]);
    check(&["header.csv", "--text", "Dear {name}, {sum}", "--to-column", "to"]);
    check(&["header.csv", "--text", "Dear {name}"]);
    check(&["header.csv", "--text", "Dear {name"]);
    check(&["none.csv", "--text", "Hello"]);
    check(&["either.csv", "--text", "Hello"]);
    check(&["marked.csv", "--text", "Hello, {имя}", "--encoding", "windows-1251"]);
    check(&["trunk.csv", "--text", "Hello"]);
    check(&["missing.csv", "--text", "Hello"]);
    check(&[".", "--text", "Hello"]);
    check(&["good.csv"]);
    check(&["good.csv", "--text", " "]);
    check(&["good.csv", "--text", "Hello", "--encoding", "cp-866"]);
    check(&["good.csv", "--text", "Hello", "--delimiter", "x"]);
    transcript.assert("campaign_lists");
}

#[test]
fn a_text_comes_from_standard_input() {
    let directory = directory();
    write(directory.path(), "list.csv", "phone,name\n79991112233,Anna\n");
    let mut command = whatsgate();
    command.current_dir(&directory).args(["campaign", "check", "list.csv", "--text", "-", "--json"]);
    let checked = run_with_input(&mut command, b"Dear {name},\n\nhello\n").json();
    assert_eq!(checked["examples"][0]["text"], "Dear Anna,\n\nhello");
}

/// Whatever is wrong with a row, nothing that it holds is shown.
#[test]
fn mistakes_show_nothing_of_the_rows() {
    let directory = directory();
    let long = "x".repeat(300);
    for row in [
        format!("8{},{TEXT},a", &PHONE[1..]),
        format!("{PHONE},,b"),
        format!("{PHONE},{TEXT}"),
        format!("{PHONE},{TEXT},{TEXT},{TEXT}"),
        format!("{PHONE}.5,{TEXT},{TEXT}"),
        format!("{PHONE} {TEXT},{TEXT},{TEXT}"),
        format!("{PHONE}@c.us@,{TEXT},{TEXT}"),
        format!("{PHONE},{TEXT},{TEXT}\n{PHONE},{TEXT},{TEXT}"),
        format!("{PHONE},\"{TEXT}\" {TEXT},{TEXT}"),
        format!("{PHONE},\"{TEXT},{TEXT}"),
        format!("{PHONE},{TEXT},{TEXT}{long}"),
        format!("{PHONE},{TEXT},{TEXT}\0"),
    ] {
        for header in ["phone,name,file\n", ""] {
            write(directory.path(), "list.csv", format!("{header}{row}\n"));
            for more in [&[][..], &["--json", "--country", "ru", "--key-column", "file"]] {
                let arguments =
                    ["campaign", "check", "list.csv", "--text", "{name}", "--file-column", "file"];
                let ran = run(whatsgate().current_dir(&directory).args(arguments).args(more));
                assert_eq!(ran.code, Some(2), "{}{}", ran.out, ran.err);
                assert_eq!(ran.out, "");
                assert_hidden(&ran.err);
            }
        }
    }
}

#[test]
fn a_list_controls_no_terminal() {
    let directory = directory();
    write(directory.path(), "list.csv", "phone,\u{1b}[31mname\u{202e}\n79991112233,\u{1b}[2J\n");
    for (text, code) in [("{\u{1b}[31mname\u{202e}}", 0), ("{none}", 2)] {
        for more in [&[][..], &["--json"]] {
            let arguments = ["campaign", "check", "list.csv", "--text", text];
            let ran = run(whatsgate().current_dir(&directory).args(arguments).args(more));
            assert_eq!(ran.code, Some(code), "{}{}", ran.out, ran.err);
            let shown = ran.out + &ran.err;
            assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown:?}");
        }
    }
}
