//! Whole clients generated from the OpenAPI document, compiled and run against the sandbox.

use std::fs;

use anyhow::Result;

use super::gateway::Gateway;
use super::python as venv;
use super::tools::{Place, copy, run};

const SOURCES: &str = "tests/consumers/clients";
const GENERATOR: &str = "org.openapitools:openapi-generator-cli:7.17.0";
const GENERATOR_JAR: &str = "generator/openapi-generator-cli-7.17.0.jar";
const MAVEN_DEPENDENCY: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1";

/// The Python client.
pub(super) fn python(place: &Place, gateway: &Gateway) -> Result<String> {
    venv::install(place)?;
    generate(place, "python", "client-python", &["packageName=whatsgate_client"])?;
    let mut python = place.command(venv::program(place, "python"), "client-python");
    python.arg(place.source(SOURCES).join("client.py")).env("PYTHONPATH", place.work("client-python"));
    run(gateway.tell(&mut python))
}

/// The Go client.
pub(super) fn go(place: &Place, gateway: &Gateway) -> Result<String> {
    generate(place, "go", "client-go", &["packageName=whatsgate"])?;
    let folder = place.work("client-go");
    // The generated tests need a package that is not used otherwise.
    fs::remove_dir_all(folder.join("test"))?;
    fs::create_dir_all(folder.join("consumer"))?;
    copy(&place.source(SOURCES).join("main.go"), &folder.join("consumer/main.go"))?;
    run(place.command("go", "client-go").args(["mod", "tidy"]))?;
    run(place.command("go", "client-go").args(["build", "-o", "consumer/program", "./consumer"]))?;
    run(gateway.tell(&mut place.command(folder.join("consumer/program"), "client-go")))
}

/// The Java client.
pub(super) fn java(place: &Place, gateway: &Gateway) -> Result<String> {
    let packages = [
        "invokerPackage=whatsgate",
        "apiPackage=whatsgate.api",
        "modelPackage=whatsgate.model",
        "library=native",
    ];
    generate(place, "java", "client-java", &packages)?;
    let consumer = place.work("client-java/src/main/java/whatsgate/consumer");
    fs::create_dir_all(&consumer)?;
    copy(&place.source(SOURCES).join("Main.java"), &consumer.join("Main.java"))?;
    let mut maven = place.command("mvn", "client-java");
    maven.args(["--quiet", "--batch-mode", "compile", &format!("{MAVEN_DEPENDENCY}:build-classpath")]);
    run(maven.arg("-Dmdep.outputFile=classpath.txt"))?;
    let libraries = fs::read_to_string(place.work("client-java/classpath.txt"))?;
    let mut java = place.command("java", "client-java");
    let separator = if cfg!(windows) { ';' } else { ':' };
    java.arg("-classpath").arg(format!("target/classes{separator}{}", libraries.trim()));
    run(gateway.tell(java.arg("whatsgate.consumer.Main")))
}

fn generate(place: &Place, language: &str, folder: &str, properties: &[&str]) -> Result<()> {
    place.once("generator", GENERATOR, || {
        let mut maven = place.command("mvn", ".");
        maven.args(["--quiet", "--batch-mode", &format!("{MAVEN_DEPENDENCY}:copy")]);
        maven.args([&format!("-Dartifact={GENERATOR}"), "-DoutputDirectory=generator"]);
        run(&mut maven).map(drop)
    })?;
    place.empty(folder)?;
    let mut generator = place.command("java", ".");
    generator.arg("-jar").arg(place.work(GENERATOR_JAR)).args(["generate", "--generator-name", language]);
    generator.arg("--input-spec").arg(place.source("schemas/openapi.json")).args(["--output", folder]);
    generator.args(["--git-host", "example.test", "--git-user-id", "whatsgate", "--git-repo-id", "client"]);
    run(generator.arg("--additional-properties").arg(properties.join(","))).map(drop)
}
