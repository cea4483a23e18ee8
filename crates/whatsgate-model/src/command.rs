//! What makes a request a command, and how to visit all of them by type.

use std::fmt::Debug;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::reply::Reply;

/// A command of the gateway: `POST <base>/<NAME>` with the request as its JSON body (wire reference, section 2).
///
/// Everything that is known of a command stands in its implementation of this trait; [`COMMANDS`](crate::COMMANDS) lists
/// the data of all, and [`visit_commands`](crate::visit_commands) their types.
///
/// ```
/// use whatsgate_model::{CheckRequest, Command, Safety};
///
/// assert_eq!(CheckRequest::NAME, "check");
/// assert_eq!(CheckRequest::SAFETY, Safety::Read);
/// ```
pub trait Command: Serialize + DeserializeOwned + Clone + Debug + PartialEq + Described {
    /// The name, which is also the last part of the URL.
    const NAME: &'static str;
    /// What happens when it is carried out twice.
    const SAFETY: Safety;
    /// Whether it concerns one session or the account.
    const SCOPE: Scope = Scope::Session;
    /// Where a file travels, if one may.
    const FILE: Option<FileIn> = None;
    /// How large its reply may become.
    const REPLY_SIZE: ReplySize = ReplySize::Small;
    /// The command to use instead, if the service calls this one deprecated.
    const REPLACED_BY: Option<&'static str> = None;
    /// The function of the 1C library that carries it out, and other names that its documentation gives the function. For
    /// commands that the library does not have, the name that fits its style.
    const FUNCTIONS_1C: &'static [&'static str];
    /// The body of a successful reply, with [what of it a caller gets](Reply::Output).
    type Reply: Reply + Described;

    /// Finds mistakes that can be found before anything is sent.
    ///
    /// # Errors
    /// [`InvalidRequest`] names the member and what is wrong with it.
    fn check(&self) -> Result<(), InvalidRequest> {
        Ok(())
    }

    /// Whether this very request or its reply carries a file, so that it may take long.
    fn has_file(&self) -> bool {
        Self::FILE == Some(FileIn::Reply)
    }
}

/// What happens when a command is carried out twice. As text it is `read`, `idempotent` or `once`; any other word reads as
/// [`Once`](Self::Once).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Safety {
    /// Nothing: it only reads.
    Read,
    /// The same as once.
    Idempotent,
    /// Something else, such as a second message. Never repeated after a failure that leaves its outcome unknown.
    #[serde(other)]
    Once,
}

/// What a command concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The whole account; a session can at most narrow it down.
    Account,
    /// One session, which the request names.
    Session,
}

/// Which way a file travels, as base64 inside of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileIn {
    /// In the request.
    Request,
    /// In the reply.
    Reply,
}

/// How large a successful reply may become; the client has a limit for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReplySize {
    /// A word, a message, a session.
    Small,
    /// A list of which nobody says how long it is.
    List,
    /// A file as base64.
    File,
}

/// How long a command may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Weight {
    /// As long as any small request.
    Light,
    /// Longer, because a file travels inside the request or the reply.
    Media,
}

/// The data of a command; [`COMMANDS`](crate::COMMANDS) has those of all.
///
/// ```
/// use whatsgate_model::{COMMANDS, CommandInfo, Safety, SendRequest};
///
/// assert_eq!(CommandInfo::of::<SendRequest>().name, "send");
/// let once = COMMANDS.iter().filter(|command| command.safety == Safety::Once).map(|command| command.name);
/// assert_eq!(once.collect::<Vec<_>>(), ["send", "session-create", "session-delete"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommandInfo {
    /// [`Command::NAME`].
    pub name: &'static str,
    /// [`Command::SAFETY`].
    pub safety: Safety,
    /// The most that a request of this command weighs.
    pub weight: Weight,
    /// [`Command::SCOPE`].
    pub scope: Scope,
    /// [`Command::FILE`].
    pub file: Option<FileIn>,
    /// [`Command::REPLY_SIZE`].
    pub reply_size: ReplySize,
    /// [`Command::REPLACED_BY`].
    pub replaced_by: Option<&'static str>,
    /// [`Command::FUNCTIONS_1C`].
    pub functions_1c: &'static [&'static str],
}

impl CommandInfo {
    /// The data of the command `C`.
    pub const fn of<C: Command>() -> Self {
        Self {
            name: C::NAME,
            safety: C::SAFETY,
            weight: if C::FILE.is_some() { Weight::Media } else { Weight::Light },
            scope: C::SCOPE,
            file: C::FILE,
            reply_size: C::REPLY_SIZE,
            replaced_by: C::REPLACED_BY,
            functions_1c: C::FUNCTIONS_1C,
        }
    }
}

/// Something to do with the types of commands; see [`visit_commands`](crate::visit_commands).
pub trait CommandVisitor {
    /// What comes of it.
    type Output;

    /// Visits the command `C`.
    fn visit<C: Command>(&mut self) -> Self::Output;
}

/// A mistake found before anything was sent. The message names the member and never repeats its value.
///
/// ```
/// use whatsgate_model::{Command, InvalidRequest, OutgoingMessage, PhoneNumber, SendRequest, SessionId};
///
/// let empty = SendRequest::new(SessionId::new("191b80a9238")?, PhoneNumber::new("79999999999")?, OutgoingMessage::text(" "));
/// let mistake: InvalidRequest = empty.check().unwrap_err();
/// assert_eq!(mistake.member(), "message.body");
/// println!("{}: {}", mistake.member(), mistake.why());
/// # Ok::<(), whatsgate_model::InvalidValue>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{member}: {why}")]
pub struct InvalidRequest {
    member: &'static str,
    why: String,
}

impl InvalidRequest {
    /// A mistake in `member`, a path such as `message.body`. `why` must not repeat the value, which may be private.
    pub fn new(member: &'static str, why: impl Into<String>) -> Self {
        Self { member, why: why.into() }
    }

    /// Where the mistake is, as a path such as `message.body`.
    pub fn member(&self) -> &'static str {
        self.member
    }

    /// What is wrong, as a sentence without a full stop.
    pub fn why(&self) -> &str {
        &self.why
    }
}

/// With the feature `schema`, what has a JSON Schema; without it, everything.
#[cfg(feature = "schema")]
pub trait Described: schemars::JsonSchema {}
#[cfg(feature = "schema")]
impl<T: schemars::JsonSchema> Described for T {}

/// With the feature `schema`, what has a JSON Schema; without it, everything.
#[cfg(not(feature = "schema"))]
pub trait Described {}
#[cfg(not(feature = "schema"))]
impl<T> Described for T {}
