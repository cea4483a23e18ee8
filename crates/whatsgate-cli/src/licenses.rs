//! `whatsgate --licenses`: whose work the program holds, and under which licences.

use std::process::ExitCode;

use clap::{Arg, ArgAction, Command};

use crate::facts::Facts;
use crate::output;
use crate::report::Reporter;
use crate::secret::Secret;

/// Made of the lock file by `cargo xtask licenses`.
const TEXT: &str = include_str!("../licenses.txt");
const NAME: &str = "licenses";

pub(crate) fn option() -> Arg {
    Arg::new(NAME)
        .long(NAME)
        .action(ArgAction::SetTrue)
        .help("Print the licences of what the program is made of")
}

/// Whether the command line asks for them. Like `--version`, it needs no subcommand.
pub(crate) fn wanted(command: impl FnOnce() -> Command) -> bool {
    if !std::env::args_os().any(|argument| argument == "--licenses") {
        return false;
    }
    let matches = command().subcommand_required(false).try_get_matches();
    matches.is_ok_and(|matches| matches.get_flag(NAME))
}

pub(crate) fn print() -> ExitCode {
    match output::bytes(TEXT.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => Reporter { json: false, verbose: 0, facts: Facts::local(), secret: Secret::default() }
            .report(&error),
    }
}
