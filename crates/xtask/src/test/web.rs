//! `cargo xtask test-web`: the web demo, driven with a browser.

use anyhow::Result;

use super::watch;
use crate::demo;
use crate::tools::CHROMIUM;
use crate::workspace::{built, cargo, npm_in, run, target};

/// Builds the package, the page and the sandbox that serves it, and goes through the page as a person does.
///
/// Returns that nothing could be proved if there is no browser.
pub(crate) fn test() -> Result<Vec<String>> {
    let page = demo::build()?;
    run(&mut cargo(["build", "--package", "whatsgate-cli"]))?;
    let chromium = match CHROMIUM.program() {
        Ok(program) => program,
        Err(error) => return Ok(vec![format!("the web demo: {error:#}")]),
    };
    let mut tests = npm_in(&demo::sources(), ["run", "test"]);
    tests.envs(watch::canaries()).env(CHROMIUM.variable, chromium);
    tests.env("WHATSGATE_PROGRAM", built("whatsgate")).env("WHATSGATE_PAGE", page);
    run(tests.env("WHATSGATE_SCREENSHOTS", target().join("screenshots")))?;
    Ok(Vec::new())
}
