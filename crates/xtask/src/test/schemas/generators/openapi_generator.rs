//! openapi-generator, for any of its languages.

use anyhow::Result;

use super::sources;
use crate::test::schemas::work::command;
use crate::tools;
use crate::workspace::{output_of, target};

/// Makes a client in the folder `client` of a generator's working folder.
pub(super) fn generate(language: &str, name: &str, properties: &[&str]) -> Result<()> {
    let environment = target().join("tools/openapi-generator");
    tools::python(&environment, &sources("openapi-generator.txt"))?;
    let mut generator =
        command(tools::python_program(&environment, "openapi-generator-cli"), &super::folder(name));
    generator.args([
        "generate",
        "--generator-name",
        language,
        "--input-spec",
        "openapi.json",
        "--output",
        "client",
    ]);
    generator.args(["--git-host", "example.test", "--git-user-id", "whatsgate", "--git-repo-id", "client"]);
    output_of(generator.arg("--additional-properties").arg(properties.join(","))).map(drop)
}
