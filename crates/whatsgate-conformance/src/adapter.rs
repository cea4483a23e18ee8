//! An adapter as a child process.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use process_wrap::tokio::{ChildWrapper, CommandWrap, KillOnDrop};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout};
use tokio::task::JoinHandle;

use crate::protocol::{Ask, Hello, Said};
use crate::quoted::quoted;
use crate::start::not_started;

/// How an adapter is started.
#[derive(Clone, Debug)]
pub(crate) struct AdapterCommand {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    /// Commands of the trials that the service does not have.
    pub(crate) extra: Vec<String>,
}

/// A running adapter. Dropping it ends the process, with those that it started.
pub(crate) struct Adapter {
    pub(crate) hello: Hello,
    process: Process,
    /// None once nothing more is asked.
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    line: Vec<u8>,
    complaints: Arc<Mutex<String>>,
    /// Ends when standard error does.
    listening: JoinHandle<()>,
}

/// A process with its group, on Windows with its job; killed when dropped.
struct Process {
    child: Box<dyn ChildWrapper>,
    is_killed: bool,
}

/// Why an adapter cannot be used.
#[derive(Debug)]
pub(crate) struct Unusable {
    pub(crate) why: String,
    /// Whether it neither greets nor ends.
    pub(crate) hangs: bool,
}

/// What an adapter did instead of answering.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// It ended.
    Died(String),
    /// What it wrote is no answer.
    Nonsense(String),
}

/// The longest line.
const LONGEST: usize = 64 << 20;

/// How long an adapter may take to end once it has nothing left to read.
const GRACE: Duration = Duration::from_secs(1);

/// How much of what it writes to standard error is kept.
const COMPLAINTS: usize = 400;

impl Adapter {
    /// Starts an adapter and waits for its first line.
    pub(crate) async fn start(command: &AdapterCommand, patience: Duration) -> Result<Self, Unusable> {
        let mut process = Process::start(command).map_err(|error| {
            Unusable::new(format!("it cannot be started: {}", not_started(&command.program, &error)))
        })?;
        let child = &mut process.child;
        let (Some(input), Some(output), Some(errors)) =
            (child.stdin().take(), child.stdout().take(), child.stderr().take())
        else {
            return Err(Unusable::new("it has no standard input and output"));
        };
        let complaints = Arc::new(Mutex::new(String::new()));
        let listening = tokio::spawn(listen(errors, Arc::clone(&complaints)));
        let hello = Hello { protocol: 0, client: String::new(), parallel: 1, commands: None };
        let output = BufReader::new(output);
        let input = Some(input);
        let mut adapter = Self { hello, process, input, output, line: Vec::new(), complaints, listening };
        let line = match tokio::time::timeout(patience, adapter.line()).await {
            Err(_) => {
                return Err(Unusable { why: "its first line did not come in time".to_owned(), hangs: true });
            }
            Ok(Err(_)) => {
                adapter.process.kill();
                let words = adapter.last_words().await;
                return Err(Unusable::new(format!("it ended before its first line{words}")));
            }
            Ok(Ok(line)) => line,
        };
        let hello: Hello = serde_json::from_str(&line)
            .map_err(|error| Unusable::new(format!("its first line {} is none: {error}", shown(&line))))?;
        if let Some(mistake) = hello.mistake(&command.extra) {
            return Err(Unusable::new(mistake));
        }
        adapter.hello = hello;
        Ok(adapter)
    }

    pub(crate) async fn ask(&mut self, ask: &Ask) -> io::Result<()> {
        let mut line = serde_json::to_vec(ask)?;
        line.push(b'\n');
        let input = self.input.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        input.write_all(&line).await?;
        input.flush().await
    }

    /// Tells the adapter that nothing more is asked, and returns what it still answers before it ends.
    pub(crate) async fn finish(&mut self) -> Vec<Said> {
        self.input = None;
        let mut said = Vec::new();
        let reading = async {
            while let Ok(line) = self.line().await {
                said.extend(serde_json::from_str::<Said>(&line));
            }
        };
        // Who does not end is killed.
        let _ = tokio::time::timeout(GRACE, reading).await;
        said
    }

    /// Waits for the next answer. Dropping the future loses nothing.
    pub(crate) async fn answer(&mut self) -> Result<Said, Trouble> {
        let line = match self.line().await {
            Ok(line) => line,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                let status = self.process.status().await.map(|status| format!(" with {status}"));
                return Err(Trouble::Died(format!(
                    "{}{}",
                    status.unwrap_or_default(),
                    self.last_words().await
                )));
            }
            Err(error) => return Err(Trouble::Nonsense(error.to_string())),
        };
        let read = serde_json::from_str::<Value>(&line).and_then(serde_json::from_value);
        read.map_err(|error| Trouble::Nonsense(format!("{}: {error}", shown(&line))))
    }

    /// How it ended, if it did. What it started may keep its output open, so that nothing is read for that.
    pub(crate) async fn death(&mut self) -> Option<String> {
        let status = self.process.status().await?;
        Some(format!(" with {status}{}", self.last_words().await))
    }

    async fn line(&mut self) -> io::Result<String> {
        loop {
            let read = self.output.fill_buf().await?;
            if read.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let end = read.iter().position(|byte| *byte == b'\n');
            let taken = end.unwrap_or(read.len());
            self.line.extend_from_slice(&read[..taken]);
            self.output.consume(taken + usize::from(end.is_some()));
            if self.line.len() > LONGEST {
                return Err(io::Error::other("a line is longer than 64 MiB"));
            }
            if end.is_some() {
                let line = std::mem::take(&mut self.line);
                return String::from_utf8(line).map_err(|_| io::Error::other("a line is not UTF-8"));
            }
        }
    }

    /// The end of what it wrote to standard error before it ended.
    async fn last_words(&mut self) -> String {
        // A child of its own may keep it open.
        let _ = tokio::time::timeout(Duration::from_secs(1), &mut self.listening).await;
        let complaints = self.complaints.lock().unwrap_or_else(PoisonError::into_inner);
        if complaints.trim().is_empty() { String::new() } else { format!(": {}", shown(complaints.trim())) }
    }
}

impl Unusable {
    fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), hangs: false }
    }
}

impl Process {
    fn start(command: &AdapterCommand) -> io::Result<Self> {
        let mut start = CommandWrap::with_new(&command.program, |start| {
            let start = start.args(&command.arguments);
            start.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        });
        #[cfg(unix)]
        start.wrap(process_wrap::tokio::ProcessGroup::leader());
        #[cfg(windows)]
        start.wrap(process_wrap::tokio::JobObject);
        start.wrap(KillOnDrop);
        Ok(Self { child: start.spawn()?, is_killed: false })
    }

    /// How the process ended, if it did; those that it left are killed.
    async fn status(&mut self) -> Option<ExitStatus> {
        let status = tokio::time::timeout(Duration::from_secs(1), self.child.wait()).await;
        self.kill();
        status.ok()?.ok()
    }

    fn kill(&mut self) {
        if !self.is_killed {
            self.is_killed = true;
            // Nothing is left of it if that fails.
            let _ = self.child.start_kill();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

async fn listen(mut errors: ChildStderr, complaints: Arc<Mutex<String>>) {
    let mut piece = [0; 1024];
    while let Ok(length @ 1..) = errors.read(&mut piece).await {
        let mut complaints = complaints.lock().unwrap_or_else(PoisonError::into_inner);
        complaints.push_str(&String::from_utf8_lossy(&piece[..length]));
        let over = complaints.len().saturating_sub(COMPLAINTS);
        let cut = (over..=complaints.len()).find(|at| complaints.is_char_boundary(*at));
        complaints.drain(..cut.unwrap_or_default());
    }
}

/// What an adapter wrote, in one line without what a terminal might obey.
fn shown(text: &str) -> String {
    let text: String = text.chars().take(300).collect();
    quoted(&text)
}
