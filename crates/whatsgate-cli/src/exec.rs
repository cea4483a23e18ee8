//! A command that handles an event.

use std::io;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use process_wrap::tokio::{ChildWrapper, CommandWrap, KillOnDrop};
use tokio::io::AsyncWriteExt;
use tokio::sync::watch;

use crate::command_error::CommandError;
use crate::letter::Letter;
use crate::store_url;

/// A command with its arguments.
pub(crate) struct Exec {
    program: PathBuf,
    arguments: Vec<String>,
    deadline: Duration,
    /// Says that all commands are to be killed.
    kill: watch::Sender<bool>,
    /// How many commands run.
    running: watch::Sender<usize>,
}

impl Exec {
    /// Reads a command line: words, in quotes where they hold spaces, and no shell.
    pub(crate) fn read(line: &str, deadline: Duration) -> Result<Self, CommandError> {
        let mut words = words(line)
            .map_err(|error| CommandError::usage(format!("--exec: the command cannot be read: {error}")))?
            .into_iter();
        let Some(program) = words.next().filter(|program| !program.is_empty()) else {
            return Err(CommandError::usage("--exec: the command is empty"));
        };
        let found = which::which(&program).map_err(|_| {
            CommandError::usage(format!(
                "--exec: there is no program {program:?}: give its path, and if it needs a shell name one, such as \
                 --exec \"sh -c '…'\""
            ))
        })?;
        Ok(Self {
            program: found,
            arguments: words.collect(),
            deadline,
            kill: watch::Sender::new(false),
            running: watch::Sender::new(0),
        })
    }

    /// Runs the command for an event, until it ends with 0.
    pub(crate) async fn handle(&self, letter: &Letter) -> Result<(), String> {
        let mut child =
            Child::start(self, letter).map_err(|error| format!("the command did not start: {error}"))?;
        let mut kill = self.kill.subscribe();
        let status = tokio::select! {
            status = child.feed_and_wait(&letter.json) => status,
            () = tokio::time::sleep(self.deadline) => {
                child.kill().await;
                return Err(format!("the command took longer than {} s and was killed", self.deadline.as_secs()));
            }
            () = async { drop(kill.wait_for(|kill| *kill).await) } => {
                child.kill().await;
                drop(child);
                // Not the command's fault, so that no try is counted: the program ends, and the next one hands it over.
                std::future::pending().await
            }
        };
        match status {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(ended(status)),
            Err(error) => Err(format!("the command was lost sight of: {error}")),
        }
    }

    /// Kills what runs, and returns when that has ended.
    pub(crate) async fn kill(&self) {
        self.kill.send_replace(true);
        // The sender is here, so that the channel cannot close.
        let _ = self.running.subscribe().wait_for(|running| *running == 0).await;
    }
}

/// A command that runs, with what is in its process group, on Windows in its job; killed when dropped.
struct Child<'a> {
    process: Box<dyn ChildWrapper>,
    has_ended: bool,
    running: &'a watch::Sender<usize>,
}

impl<'a> Child<'a> {
    fn start(exec: &'a Exec, letter: &Letter) -> io::Result<Self> {
        let mut command = CommandWrap::with_new(&exec.program, |command| {
            command.args(&exec.arguments).stdin(Stdio::piped());
            // What the command needs of these it is to be given by whoever writes it, and not by everything it runs.
            for secret in [whatsgate_native::API_KEY_VARIABLE, store_url::VARIABLE] {
                command.env_remove(secret);
            }
            command.envs(letter.variables());
        });
        #[cfg(unix)]
        command.wrap(process_wrap::tokio::ProcessGroup::leader());
        #[cfg(windows)]
        command.wrap(process_wrap::tokio::JobObject);
        command.wrap(KillOnDrop);
        let process = command.spawn()?;
        exec.running.send_modify(|running| *running += 1);
        Ok(Self { process, has_ended: false, running: &exec.running })
    }

    /// Writes the event to standard input, as far as the command reads it, and waits for its end.
    async fn feed_and_wait(&mut self, json: &str) -> io::Result<ExitStatus> {
        let stdin = self.process.stdin().take();
        let feed = async move {
            if let Some(mut stdin) = stdin {
                // A command need not read. Whether it was done is what its end says.
                let _ = stdin.write_all(json.as_bytes()).await;
                let _ = stdin.write_all(b"\n").await;
            }
            // The pipe is closed by now.
            std::future::pending().await
        };
        let status = tokio::select! {
            status = self.process.wait() => status,
            never = feed => never,
        };
        self.has_ended = status.is_ok();
        status
    }

    /// Kills the command and its group or job, and waits for its end.
    async fn kill(&mut self) {
        // It may have ended just now.
        let _ = self.process.start_kill();
        self.has_ended = self.process.wait().await.is_ok();
    }
}

impl Drop for Child<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            let _ = self.process.start_kill();
        }
        self.running.send_modify(|running| *running -= 1);
    }
}

#[cfg(unix)]
fn ended(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;

    match (status.code(), status.signal()) {
        (None, Some(signal)) => format!("the command was ended by signal {signal}"),
        (code, _) => format!("the command ended with exit code {}", code.unwrap_or(-1)),
    }
}

#[cfg(windows)]
fn ended(status: ExitStatus) -> String {
    format!("the command ended with exit code {}", status.code().unwrap_or(-1))
}

#[cfg(unix)]
fn words(line: &str) -> Result<Vec<String>, shell_words::ParseError> {
    shell_words::split(line)
}

/// A backslash separates folders there and quotes nothing.
#[cfg(windows)]
fn words(line: &str) -> Result<Vec<String>, shell_words::ParseError> {
    shell_words::split(&line.replace('\\', r"\\"))
}

#[cfg(all(test, unix))]
mod tests {
    use super::words;

    #[test]
    fn words_are_those_of_a_shell_without_what_it_does() {
        assert_eq!(
            words(r#"python3 'my bot.py' "$HOME" ; *"#).unwrap(),
            ["python3", "my bot.py", "$HOME", ";", "*"]
        );
        assert!(words("sh -c 'x").is_err());
    }
}
