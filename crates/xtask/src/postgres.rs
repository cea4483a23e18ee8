//! A server of PostgreSQL for the tests, from the system's packages, in a folder of its own.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::running::free_port;
use crate::tools;
use crate::workspace::{output_of, run};

/// The variable that tells tests where a server is whose user may make databases.
pub(crate) const VARIABLE: &str = "WHATSGATE_TEST_POSTGRES";

/// The user of the system for whom the server runs where this program runs for root, whom PostgreSQL refuses.
const USER: &str = "postgres";
const START: Duration = Duration::from_secs(60);

/// Makes the data and serves them until the input ends, that is until whoever started it ends, however that ends. Then nothing
/// is left of it.
const SCRIPT: &str = r#"
trap "" INT HUP
cd "$FOLDER" || exit 1
initdb -D data -U whatsgate --auth=trust --no-sync --encoding=UTF8 --locale=C >log 2>&1 || exit 1
postgres -D data -p "$PORT" -k "$FOLDER" -c listen_addresses=127.0.0.1 -c fsync="$FSYNC" >>log 2>&1 &
cat >/dev/null
kill -INT $!
wait
cd / && rm -rf "$FOLDER"
"#;

/// A server, until it is dropped.
pub(crate) struct Server {
    child: Child,
    folder: PathBuf,
    port: u16,
}

impl Server {
    /// Starts a server at a free port of this machine, for tests: what it stores need not outlive the machine.
    pub(crate) fn start() -> Result<Self> {
        Self::start_with("off")
    }

    /// The same with data that are synced, for measurements.
    pub(crate) fn start_synced() -> Result<Self> {
        Self::start_with("on")
    }

    fn start_with(fsync: &str) -> Result<Self> {
        let programs = tools::postgres()?;
        let folder = std::env::temp_dir().join(format!("whatsgate-postgres-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let is_root = output_of(Command::new("id").arg("-u"))?.trim() == "0";
        let mut install = Command::new("install");
        install.args(["-d", "-m", "700"]).args(is_root.then_some(["-o", USER]).into_iter().flatten());
        run(install.arg(&folder))?;
        let port = free_port()?;

        let mut shell = if is_root { Command::new("setpriv") } else { Command::new("env") };
        if is_root {
            shell.args(["--reuid", USER, "--regid", USER, "--clear-groups", "env"]);
        }
        // An environment of its own: PostgreSQL has many variables.
        shell.arg("-i").arg(format!("PATH={}:/usr/bin:/bin", programs.display()));
        shell.arg(format!("FOLDER={}", folder.display())).arg(format!("PORT={port}"));
        shell.arg(format!("FSYNC={fsync}"));
        shell.args(["sh", "-c", SCRIPT]).current_dir("/").stdin(Stdio::piped());
        let child = shell.spawn().context("cannot start a shell for PostgreSQL")?;
        let mut server = Self { child, folder, port };
        server.wait(&programs.join("pg_isready"))?;
        eprintln!("PostgreSQL serves the tests at port {port}");
        Ok(server)
    }

    /// The address that tests get.
    pub(crate) fn address(&self) -> String {
        format!("postgres://whatsgate@127.0.0.1:{}/postgres", self.port)
    }

    fn wait(&mut self, is_ready: &PathBuf) -> Result<()> {
        let log = self.folder.join("log");
        let said = || fs::read_to_string(&log).unwrap_or_default();
        let began = Instant::now();
        loop {
            let port = self.port.to_string();
            let mut ask = Command::new(is_ready);
            ask.args(["-q", "-h", "127.0.0.1", "-p", port.as_str(), "-U", "whatsgate"]);
            if ask.status().is_ok_and(|status| status.success()) {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("PostgreSQL did not start ({status}):\n{}", said());
            }
            ensure!(began.elapsed() < START, "PostgreSQL does not answer:\n{}", said());
            sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
        // What is left if it did not start.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
