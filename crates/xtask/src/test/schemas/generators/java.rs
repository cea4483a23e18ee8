//! The client in Java.

use std::fs;

use anyhow::Result;

use super::{folder, openapi_generator as tool, prepare};
use crate::test::schemas::gateway::Gateway;
use crate::test::schemas::work::{check, command};
use crate::workspace::{copy, output_of};

const MAVEN_DEPENDENCY: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1";

pub(super) fn openapi_generator(gateway: &Gateway) -> Result<String> {
    let name = "openapi-generator-java";
    let work = prepare(name)?;
    let properties = [
        "invokerPackage=whatsgate",
        "apiPackage=whatsgate.api",
        "modelPackage=whatsgate.model",
        "library=native",
    ];
    tool::generate("java", name, &properties)?;
    let consumer = work.join("client/src/main/java/whatsgate/consumer");
    fs::create_dir_all(&consumer)?;
    copy(&work.join("Main.java"), &consumer.join("Main.java"))?;
    let client = format!("{}/client", folder(name));
    let mut maven = command("mvn", &client);
    maven.args(["--quiet", "--batch-mode", "compile", &format!("{MAVEN_DEPENDENCY}:build-classpath")]);
    output_of(maven.arg("-Dmdep.outputFile=classpath.txt"))?;
    let libraries = fs::read_to_string(work.join("client/classpath.txt"))?;
    let separator = if cfg!(windows) { ';' } else { ':' };
    let mut java = command("java", &client);
    java.arg("-classpath").arg(format!("target/classes{separator}{}", libraries.trim()));
    check(gateway.tell(java.arg("whatsgate.consumer.Main")))
}
