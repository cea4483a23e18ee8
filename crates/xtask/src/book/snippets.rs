//! The snippets of the book that are not Rust: programs of Node, Python and the shell, run as a reader runs them, against a
//! sandbox of their own; and modules of 1C, read by a parser.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tokio::runtime::Runtime;
use whatsgate_sandbox::{Sandbox, Scan, Settings};

use super::tools;
use crate::npm;
use crate::running::{Running, free_port, serving};
use crate::tools::python_program;
use crate::workspace::{built, cargo, exists, output_of, root, run, target};

/// The address of the service as pages write it; a run has another one.
const SERVICE: &str = "127.0.0.1:8070";
/// How long a snippet may take.
const DEADLINE: Duration = Duration::from_secs(60);

/// Runs the named snippets, or all that are not Rust, and returns what could not be proved.
pub(super) fn test(names: &[String]) -> Result<Vec<String>> {
    super::install()?;
    let all = snippets(names)?;
    let has = |kind: &str| all.iter().any(|path| path.extension().is_some_and(|end| end == kind));
    let mut unproved = Vec::new();
    if has("sh") || has("py") {
        run(&mut cargo(["build", "--quiet", "--package", "whatsgate-cli"]))?;
    }
    let can_run_node = has("mjs") && exists("node") && exists("npm");
    let package = if can_run_node { Some(npm::build()?) } else { None };
    for path in &all {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let began = Instant::now();
        match path.extension().and_then(|kind| kind.to_str()) {
            Some("rs") => continue,
            Some("bsl") => parse(path)?,
            Some("mjs") => match &package {
                Some(package) => Trial::start(path)?.node(package)?,
                None => unproved.push(format!("the snippet {name}: node or npm is missing")),
            },
            Some("sh") if !exists("bash") || !exists("curl") => {
                unproved.push(format!("the snippet {name}: bash or curl is missing"));
            }
            Some("sh") => Trial::start(path)?.shell()?,
            Some("py") => Trial::start(path)?.python()?,
            _ => bail!("nobody knows how to run {name}"),
        }
        eprintln!("{name} ({} ms)", began.elapsed().as_millis());
    }
    Ok(unproved)
}

fn snippets(names: &[String]) -> Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(root().join("crates/whatsgate-book/snippets"))? {
        all.push(entry?.path());
    }
    all.sort();
    let wanted =
        |path: &PathBuf| names.iter().any(|name| path.file_name().is_some_and(|file| file == &**name));
    ensure!(
        names.is_empty() || names.iter().all(|name| all.iter().any(|path| path.ends_with(name))),
        "no such snippet"
    );
    all.retain(|path| names.is_empty() || wanted(path));
    Ok(all)
}

/// Whether a module of 1C is one.
fn parse(path: &Path) -> Result<()> {
    let checker = root().join("tests/consumers/bsl/check.py");
    let mut python = Command::new(python_program(&tools(), "python"));
    output_of(python.arg(checker).arg(root().join("schemas")).arg(path)).map(drop)
}

/// A snippet with all that it needs around it, in a folder of its own.
struct Trial {
    name: String,
    text: String,
    folder: PathBuf,
    port: u16,
    sandbox: Sandbox,
    session: String,
    runtime: Runtime,
}

impl Trial {
    fn start(path: &Path) -> Result<Self> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let folder = super::place(&name)?;
        let port = free_port()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let settings = Settings {
            authorization_delay: Duration::from_millis(10),
            scan: Scan::After(Duration::from_millis(10)),
            ack_interval: Duration::from_millis(10),
            admin: true,
            api_keys: vec![whatsgate_canary::KEY.to_owned()],
            ..Settings::default()
        };
        let sandbox = runtime.block_on(Sandbox::start(settings))?;
        let session = sandbox.ready_session("Shop").as_str().to_owned();
        let text = fs::read_to_string(path)?.replace(SERVICE, &format!("127.0.0.1:{port}"));
        Ok(Self { name, text, folder, port, sandbox, session, runtime })
    }

    fn node(self, package: &Path) -> Result<()> {
        let modules = self.folder.join("node_modules");
        fs::create_dir_all(&modules)?;
        link(package, &modules.join("whatsgate"))?;
        let node = Command::new("node");
        self.finish(node)
    }

    fn python(self) -> Result<()> {
        let python = Command::new("python3");
        self.finish(python)
    }

    fn shell(self) -> Result<()> {
        let mut bash = Command::new("bash");
        bash.args(["-euo", "pipefail"]);
        bash.env("BASH_ENV", root().join("crates/whatsgate-book/tests/shell.sh"));
        self.finish(bash)
    }

    /// Runs the snippet, and the service beside it unless it starts one itself.
    fn finish(self, mut command: Command) -> Result<()> {
        fs::write(self.folder.join(&self.name), &self.text)?;
        let needs_service =
            self.text.contains(&format!("127.0.0.1:{}", self.port)) && !self.text.contains("whatsgate serve");
        let service = if needs_service { Some(self.service()?) } else { None };
        let token = if needs_service { self.token()? } else { String::new() };
        let mut path = vec![target().join("debug")];
        path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
        command.arg(&self.name).current_dir(&self.folder).env("PATH", std::env::join_paths(path)?);
        self.tell(&mut command);
        command.env("TOKEN", token).env("SERVICE", format!("http://127.0.0.1:{}", self.port));
        command.env("ADMIN", format!("http://{}/admin/v1", self.sandbox.address()));
        command.env("SESSION", &self.session);
        let outcome = wait(&mut command, &self.folder.join("output.txt"));
        drop(service);
        self.runtime.block_on(self.sandbox.shutdown());
        outcome.with_context(|| format!("the snippet {} failed", self.name))
    }

    fn tell(&self, command: &mut Command) {
        command
            .env("WHATSGATE_BASE_URL", self.sandbox.base_url())
            .env("WHATSGATE_API_KEY", self.sandbox.api_key())
            .env("WHATSGATE_SESSION", &self.session)
            .env("WHATSGATE_LISTEN", format!("127.0.0.1:{}", self.port));
    }

    /// `whatsgate serve`, once it serves.
    fn service(&self) -> Result<Running> {
        let mut serve = Command::new(built("whatsgate"));
        serve.args(["serve", "--no-limits", "--store", "sqlite:service.db"]);
        serve.args(["--relay-origin", "https://shop.example"]);
        self.tell(&mut serve);
        serving(serve.current_dir(&self.folder).stderr(File::create(self.folder.join("service.txt"))?))
    }

    fn token(&self) -> Result<String> {
        let mut add = Command::new(built("whatsgate"));
        add.args(["tokens", "add", "book", "--store", "sqlite:service.db"]).current_dir(&self.folder);
        let said = output_of(&mut add)?;
        Ok(said.lines().last().unwrap_or_default().trim().to_owned())
    }
}

/// Waits for a program to end well, within the deadline. What it prints goes to a file, and is shown if it fails.
fn wait(command: &mut Command, log: &Path) -> Result<()> {
    let out = File::create(log)?;
    let mut child = command.stdin(Stdio::null()).stderr(out.try_clone()?).stdout(out).spawn()?;
    let began = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if began.elapsed() > DEADLINE {
            child.kill()?;
            bail!("it did not end");
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    ensure!(status.success(), "it ended with {status}\n{}", fs::read_to_string(log)?);
    Ok(())
}

#[cfg(unix)]
fn link(from: &Path, to: &Path) -> Result<()> {
    std::os::unix::fs::symlink(from, to)?;
    Ok(())
}

#[cfg(not(unix))]
fn link(from: &Path, to: &Path) -> Result<()> {
    std::os::windows::fs::symlink_dir(from, to)?;
    Ok(())
}
