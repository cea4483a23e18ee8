//! Why a sandbox does not start.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why a sandbox did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address cannot be listened at; choose another one, or port 0 for any free port.
    #[error("cannot listen at {address}; choose another address or port 0")]
    Address {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The state file or its log cannot be read, or holds something else; choose another one, or remove both.
    #[error("cannot go on from the state in {0}; choose another file, or remove it and its log {0}.*.log", path.display())]
    State {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: io::Error,
    },
    /// There is no folder to keep the state file in; make it, or choose another file.
    #[error("there is no folder for the state {}; make it, or choose another file", path.display())]
    NoStateFolder {
        /// The file.
        path: PathBuf,
    },
    /// The state file is not there, but a log of what came in after it was written; put it back, or remove the log too.
    #[error(
        "the state in {} is missing, but what came in later is in its log {}; put the state back, or remove the log too",
        path.display(),
        log.display()
    )]
    StateLost {
        /// The file that is missing.
        path: PathBuf,
        /// The log.
        log: PathBuf,
    },
    /// Another process goes on from the state, or another sandbox of this one; choose another file or stop that one.
    #[error("the state in {} is in use by another sandbox; choose another file or stop that one", path.display())]
    StateInUse {
        /// The file.
        path: PathBuf,
    },
    /// The folder for recorded exchanges cannot be made or read; choose another one.
    #[error("cannot record into {}; choose another folder", path.display())]
    Record {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The root certificate for webhooks cannot be read, or is none.
    #[error("cannot use the root certificate {}; it must be a PEM file", path.display())]
    WebhookRoot {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: io::Error,
    },
    /// The thread that keeps the state on disk cannot be started.
    #[error("cannot start a thread")]
    Thread(#[source] io::Error),
    /// There is no key in the settings; nobody could use the sandbox.
    #[error("the settings hold no API key")]
    NoApiKey,
}
