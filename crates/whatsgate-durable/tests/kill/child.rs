//! A program that is started again and again.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};
use whatsgate_model::SessionId;
use whatsgate_native::{ApiKey, BaseUrl, Client, ClientBuilder};
use whatsgate_sandbox::{Sandbox, Settings};

/// Long enough for a slow computer; no test waits that long unless it fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5 * 60);

pub(crate) struct Program {
    path: PathBuf,
    environment: Vec<(&'static str, String)>,
    arguments: Vec<PathBuf>,
    input: Option<PathBuf>,
}

impl Program {
    pub(crate) fn new(name: &str, sandbox: &Sandbox, session: &SessionId, store: &str) -> Self {
        let tests = std::env::current_exe().unwrap();
        let target = tests.parent().and_then(Path::parent).unwrap();
        let path = target.join("examples").join(name).with_extension(std::env::consts::EXE_EXTENSION);
        assert!(path.is_file(), "run `cargo build -p whatsgate-durable --examples --all-features` first");
        let environment = vec![
            ("WHATSGATE_BASE_URL", sandbox.base_url()),
            ("WHATSGATE_API_KEY", sandbox.api_key().to_owned()),
            ("WHATSGATE_SESSION", session.to_string()),
            ("WHATSGATE_STORE", store.to_owned()),
        ];
        Self { path, environment, arguments: Vec::new(), input: None }
    }

    pub(crate) fn with(mut self, name: &'static str, value: &Path) -> Self {
        self.environment.push((name, value.display().to_string()));
        self
    }

    pub(crate) fn with_argument(mut self, argument: &Path) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// It reads this file as its standard input.
    pub(crate) fn with_input(mut self, file: &Path) -> Self {
        self.input = Some(file.to_owned());
        self
    }

    pub(crate) fn start(&self) -> Child {
        let input = self.input.as_ref().map(|file| std::fs::File::open(file).unwrap());
        Command::new(&self.path)
            .envs(self.environment.iter().cloned())
            .args(&self.arguments)
            .stdin(input.map_or(Stdio::null(), Stdio::from))
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap()
    }
}

/// Kills it as nothing can prepare for, and waits until it is dead.
pub(crate) async fn kill(child: &mut Child) {
    assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
    child.kill().await.unwrap();
}

pub(crate) async fn sandbox(settings: Settings) -> (Sandbox, Client, SessionId) {
    let sandbox = Sandbox::start(settings).await.unwrap();
    let client = ClientBuilder::new(ApiKey::new(sandbox.api_key()).unwrap())
        .base_url(BaseUrl::new(sandbox.base_url()).unwrap())
        .build()
        .unwrap();
    let session = sandbox.ready_session("Test");
    (sandbox, client, session)
}

/// Asks again until it is so.
pub(crate) async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let asking = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, asking).await.is_ok(), "never {what}");
}

/// The number in a variable, or this one.
pub(crate) fn number(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).ok().map_or(otherwise, |text| text.parse().unwrap())
}

/// Does something with a database of its own at the server that the test command starts; nothing where that did not happen.
#[cfg(feature = "postgres")]
pub(crate) async fn in_database(work: impl AsyncFnOnce(&str)) {
    use whatsgate_durable::store::tokio_postgres::{Config, NoTls};

    const VARIABLE: &str = "WHATSGATE_TEST_POSTGRES";
    let Ok(server) = std::env::var(VARIABLE) else {
        println!("not run: {VARIABLE} names no server; the test command starts one");
        return;
    };
    let name = format!("kill_{:016x}", fastrand::u64(..));
    let config: Config = server.parse().unwrap();
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    let (address, _) = server.rsplit_once('/').unwrap();
    work(&format!("{address}/{name}")).await;
    client.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
}
