//! The modules for 1C, read by a parser of their language.

use anyhow::Result;

use super::gateway::Gateway;
use super::work::{check, command, work};
use crate::tools;
use crate::workspace::root;

/// The modules and the examples of the pages.
pub(super) fn modules(_: &Gateway) -> Result<String> {
    let sources = root().join("tests/consumers/bsl");
    let environment = work("bsl");
    tools::python(&environment, &sources.join("requirements.txt"))?;
    let mut python = command(tools::python_program(&environment, "python"), ".");
    check(python.arg(sources.join("check.py")).arg(root().join("schemas")))
}
