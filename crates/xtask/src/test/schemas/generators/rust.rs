//! The client in Rust.

use anyhow::Result;

use super::{folder, openapi_generator as tool, prepare};
use crate::test::schemas::gateway::Gateway;
use crate::test::schemas::work::{check, command};

pub(super) fn openapi_generator(gateway: &Gateway) -> Result<String> {
    let name = "openapi-generator-rust";
    prepare(name)?;
    tool::generate("rust", name, &["packageName=whatsgate-client", "packageVersion=0.0.0"])?;
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut cargo = command(program, &folder(name));
    // A workspace of its own, with a target folder of its own.
    cargo.args(["run", "--quiet", "--locked", "--target-dir", "target"]);
    check(gateway.tell(&mut cargo))
}
