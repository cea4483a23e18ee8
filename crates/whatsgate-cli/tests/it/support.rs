//! A gateway in this process, and the program in others.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use tokio::runtime::Runtime;
use whatsgate_canary::{Canary, KEY};
use whatsgate_sandbox::model::{ChatId, SessionId};
use whatsgate_sandbox::{Incoming, Reading, Sandbox, Scan, Settings};

/// The program without anything from this machine's environment.
pub(crate) fn whatsgate() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_whatsgate"));
    for variable in ["WHATSGATE_API_KEY", "WHATSGATE_SESSION", "WHATSGATE_BASE_URL", "WHATSGATE_STORE"] {
        command.env_remove(variable);
    }
    for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        command.env_remove(variable);
    }
    command.env("COLUMNS", "100").stdin(Stdio::null());
    command
}

/// Settings whose delays are short, and with which nothing happens by itself between two commands.
pub(crate) fn quiet() -> Settings {
    Settings {
        api_keys: vec![KEY.to_owned()],
        authorization_delay: Duration::ZERO,
        scan: Scan::After(Duration::from_secs(1)),
        sending_delay: Duration::ZERO,
        ack_interval: Duration::from_secs(600),
        reading: Reading::OnDemand,
        webhook_interval: Duration::from_millis(50),
        ..Settings::default()
    }
}

pub(crate) struct Gateway {
    pub(crate) sandbox: Sandbox,
    pub(crate) session: SessionId,
    _runtime: Runtime,
}

impl Gateway {
    pub(crate) fn start(settings: Settings) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let sandbox = runtime.block_on(Sandbox::start(settings)).unwrap();
        let session = sandbox.ready_session("Shop");
        Self { sandbox, session, _runtime: runtime }
    }

    /// The program with key, session and URL in its environment.
    pub(crate) fn command(&self) -> Command {
        let mut command = whatsgate();
        command
            .env("WHATSGATE_API_KEY", self.sandbox.api_key())
            .env("WHATSGATE_SESSION", self.session.as_str())
            .env("WHATSGATE_BASE_URL", self.sandbox.base_url());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        run(self.command().args(arguments))
    }

    /// Somebody writes to the session.
    pub(crate) fn receive(&self, text: &str) {
        let customer = ChatId::new("79991112233@c.us").unwrap();
        self.sandbox.receive(&self.session, Incoming::text(customer, text)).unwrap();
    }
}

/// What a finished program left.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let ran = Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        };
        // The gateway's own words are shown, but not these.
        for canary in [Canary::Key, Canary::Phone] {
            assert_eq!(canary.find(ran.err.as_bytes()), None, "{}", ran.err);
        }
        assert!(!ran.err.contains("panicked"), "{}", ran.err);
        ran
    }
}

impl Ran {
    #[track_caller]
    pub(crate) fn done(self) -> String {
        assert_eq!(self.code, Some(0), "{}{}", self.out, self.err);
        self.out
    }

    #[track_caller]
    pub(crate) fn json(self) -> serde_json::Value {
        serde_json::from_str(&self.done()).unwrap()
    }

    /// The failure that `--json` prints after the notes.
    #[track_caller]
    pub(crate) fn error(&self, code: i32) -> serde_json::Value {
        assert_eq!(self.code, Some(code), "{}{}", self.out, self.err);
        assert_eq!(self.out, "");
        serde_json::from_str::<serde_json::Value>(self.err.lines().last().unwrap()).unwrap()["error"].take()
    }
}

pub(crate) fn run(command: &mut Command) -> Ran {
    without_key(command.output().unwrap())
}

pub(crate) fn run_with_input(command: &mut Command, input: &[u8]) -> Ran {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A program that refuses its arguments ends before it reads.
    let _ = child.stdin.take().unwrap().write_all(input);
    without_key(child.wait_with_output().unwrap())
}

/// Only a sandbox that runs on prints a key: its own.
fn without_key(output: Output) -> Ran {
    assert_eq!(Canary::Key.find(&output.stdout), None, "{}", String::from_utf8_lossy(&output.stdout));
    output.into()
}

/// Commands with what they print, for a snapshot.
pub(crate) struct Transcript<'a> {
    gateway: &'a Gateway,
    text: String,
}

impl<'a> Transcript<'a> {
    pub(crate) fn new(gateway: &'a Gateway) -> Self {
        Self { gateway, text: String::new() }
    }

    pub(crate) fn run(&mut self, arguments: &[&str]) {
        let mut command = self.gateway.command();
        self.record(command.args(arguments));
    }

    /// As people see it, and as scripts do.
    pub(crate) fn run_both(&mut self, arguments: &[&str]) {
        self.run(arguments);
        self.run(&[arguments, &["--json"]].concat());
    }

    pub(crate) fn record(&mut self, command: &mut Command) {
        let arguments: Vec<String> =
            command.get_args().map(|argument| format!(" {}", quoted(&argument.to_string_lossy()))).collect();
        let ran = run(command);
        let _ = writeln!(self.text, "$ whatsgate{}\n{}{}", arguments.concat(), ran.out, ran.err);
        if ran.code != Some(0) {
            let _ = writeln!(self.text, "exit code {}\n", ran.code.unwrap());
        }
    }

    /// The text without what differs from run to run.
    pub(crate) fn assert(self, name: &str) {
        insta::with_settings!({ filters => filters(), prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, self.text);
        });
    }
}

fn quoted(argument: &str) -> String {
    if argument.is_empty() || argument.contains(' ') {
        format!("\"{argument}\"")
    } else {
        argument.to_owned()
    }
}

fn filters() -> Vec<(&'static str, &'static str)> {
    vec![
        (r"127\.0\.0\.1:\d{4,5}", "127.0.0.1:PORT"),
        (r"(true|false)_(\d+@[cg]\.us)_[0-9A-F]+", "${1}_${2}_ID"),
        (r"3EB0[0-9A-F]{16}", "ID"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "YYYY-MM-DD HH:MM:SS"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d", "YYYY-MM-DD HH:MM"),
        (r"(timestamp|creation)\W+\d{10}", "${1}\":0"),
        ("4239048293082", "GROUP-NUMBER1"),
        (r#""failedAt":\d+"#, r#""failedAt":0"#),
        (r"\b[0-9a-f]{13}\b", "SESSION123456"),
        (r"[A-Za-z0-9+/]{43}=", "MEDIA-KEY"),
        (r"/[\w./-]*\.whatsgate-test-\w+", "DIRECTORY"),
    ]
}

/// Asks again until it is so.
#[track_caller]
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = std::time::Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(60), "not within a minute: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

pub(crate) fn directory() -> tempfile::TempDir {
    tempfile::Builder::new().prefix(".whatsgate-test-").tempdir().unwrap()
}

pub(crate) fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// A request that came, as it was sent.
pub(crate) struct Posted {
    pub(crate) head: String,
    pub(crate) body: String,
}

/// A server that gives these answers, one after the other.
pub(crate) fn server(answers: &'static [&'static str]) -> (String, Receiver<Posted>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hidden-in-the-url", listener.local_addr().unwrap());
    let (sender, received) = channel();
    std::thread::spawn(move || {
        for answer in answers {
            let (stream, _) = listener.accept().unwrap();
            sender.send(answered(stream, answer)).unwrap();
        }
    });
    (url, received)
}

fn answered(mut stream: TcpStream, answer: &str) -> Posted {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(reader.read_line(&mut head).unwrap(), 0);
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    write!(stream, "HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
    Posted { head, body: String::from_utf8(body).unwrap() }
}

/// A program that runs until it is told to end.
pub(crate) struct Running {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self { child, out }
    }

    /// The next line that has this in it.
    pub(crate) fn line(&mut self, wanted: &str) -> String {
        let mut seen = String::new();
        loop {
            let mut line = String::new();
            assert_ne!(self.out.read_line(&mut line).unwrap(), 0, "no {wanted:?} in {seen}");
            if line.contains(wanted) {
                return line;
            }
            seen.push_str(&line);
        }
    }

    /// Sends a signal, waits for the end, and returns what was printed since the last line asked for.
    pub(crate) fn end(mut self, signal: &str) -> Ran {
        let mut stderr = self.child.stderr.take().unwrap();
        let status = self.send(signal);
        let (mut out, mut err) = (Vec::new(), Vec::new());
        self.out.read_to_end(&mut out).unwrap();
        stderr.read_to_end(&mut err).unwrap();
        Output { status, stdout: out, stderr: err }.into()
    }

    /// Sends a signal and waits for the end.
    pub(crate) fn signal(mut self, signal: &str) -> ExitStatus {
        self.send(signal)
    }

    /// The number of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal.
    pub(crate) fn tell(&self, signal: &str) {
        let sent = Command::new("kill").args([&format!("-{signal}"), &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    /// Waits for this on standard error, which must be piped, and returns what came up to it.
    pub(crate) fn error_line(&mut self, wanted: &str) -> String {
        let mut seen = Vec::new();
        let stderr = self.child.stderr.as_mut().unwrap();
        while !String::from_utf8_lossy(&seen).contains(wanted) {
            let mut byte = [0];
            assert_ne!(stderr.read(&mut byte).unwrap(), 0, "{}", String::from_utf8_lossy(&seen));
            seen.push(byte[0]);
        }
        String::from_utf8(seen).unwrap()
    }

    fn send(&mut self, signal: &str) -> ExitStatus {
        self.tell(signal);
        self.child.wait().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already unless the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
