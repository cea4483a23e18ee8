//! Whole clients generated from the OpenAPI document, compiled and run against the sandbox.

use std::fs;

use anyhow::Result;

use super::gateway::Gateway;
use super::python::{install, program};
use super::work::{check, command, empty, work};
use crate::workspace::{copy, once, output_of, root};

const SOURCES: &str = "tests/consumers/clients";
const GENERATOR: &str = "org.openapitools:openapi-generator-cli:7.17.0";
const GENERATOR_JAR: &str = "generator/openapi-generator-cli-7.17.0.jar";
const MAVEN_DEPENDENCY: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1";

/// The Python client.
pub(super) fn python(gateway: &Gateway) -> Result<String> {
    install()?;
    generate("python", "client-python", &["packageName=whatsgate_client"])?;
    let mut python = command(program("python"), "client-python");
    python.arg(root().join(SOURCES).join("client.py")).env("PYTHONPATH", work("client-python"));
    check(gateway.tell(&mut python))
}

/// The Go client.
pub(super) fn go(gateway: &Gateway) -> Result<String> {
    generate("go", "client-go", &["packageName=whatsgate"])?;
    let folder = work("client-go");
    // The generated tests need a package that is not used otherwise.
    fs::remove_dir_all(folder.join("test"))?;
    fs::create_dir_all(folder.join("consumer"))?;
    copy(&root().join(SOURCES).join("main.go"), &folder.join("consumer/main.go"))?;
    output_of(command("go", "client-go").args(["mod", "tidy"]))?;
    output_of(command("go", "client-go").args(["build", "-o", "consumer/program", "./consumer"]))?;
    check(gateway.tell(&mut command(folder.join("consumer/program"), "client-go")))
}

/// The Java client.
pub(super) fn java(gateway: &Gateway) -> Result<String> {
    let packages = [
        "invokerPackage=whatsgate",
        "apiPackage=whatsgate.api",
        "modelPackage=whatsgate.model",
        "library=native",
    ];
    generate("java", "client-java", &packages)?;
    let consumer = work("client-java/src/main/java/whatsgate/consumer");
    fs::create_dir_all(&consumer)?;
    copy(&root().join(SOURCES).join("Main.java"), &consumer.join("Main.java"))?;
    let mut maven = command("mvn", "client-java");
    maven.args(["--quiet", "--batch-mode", "compile", &format!("{MAVEN_DEPENDENCY}:build-classpath")]);
    output_of(maven.arg("-Dmdep.outputFile=classpath.txt"))?;
    let libraries = fs::read_to_string(work("client-java/classpath.txt"))?;
    let mut java = command("java", "client-java");
    let separator = if cfg!(windows) { ';' } else { ':' };
    java.arg("-classpath").arg(format!("target/classes{separator}{}", libraries.trim()));
    check(gateway.tell(java.arg("whatsgate.consumer.Main")))
}

fn generate(language: &str, folder: &str, properties: &[&str]) -> Result<()> {
    once(&work("generator.installed"), GENERATOR, || {
        let mut maven = command("mvn", ".");
        maven.args(["--quiet", "--batch-mode", &format!("{MAVEN_DEPENDENCY}:copy")]);
        maven.args([&format!("-Dartifact={GENERATOR}"), "-DoutputDirectory=generator"]);
        output_of(&mut maven).map(drop)
    })?;
    empty(folder)?;
    let mut generator = command("java", ".");
    generator.arg("-jar").arg(work(GENERATOR_JAR)).args(["generate", "--generator-name", language]);
    generator.arg("--input-spec").arg(root().join("schemas/openapi.json")).args(["--output", folder]);
    generator.args(["--git-host", "example.test", "--git-user-id", "whatsgate", "--git-repo-id", "client"]);
    output_of(generator.arg("--additional-properties").arg(properties.join(","))).map(drop)
}
