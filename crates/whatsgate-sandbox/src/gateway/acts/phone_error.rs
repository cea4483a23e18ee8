//! What people cannot do.

/// Why something cannot be done on the other side.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PhoneError {
    /// There is no such session; create one first.
    #[error("there is no such session")]
    UnknownSession,
    /// The session shows no code to scan.
    #[error("the session shows no code: it is still starting, or linked already")]
    NothingToScan,
    /// The session is not linked; scan its code first.
    #[error("the session is not linked yet")]
    NotReady,
    /// The session's account is not a member of the group.
    #[error("the account is not a member of this group")]
    UnknownGroup,
    /// The session does not know the message, or no longer.
    #[error("there is no such message")]
    UnknownMessage,
    /// The session has no such chat.
    #[error("there is no such chat")]
    UnknownChat,
    /// The phone of the other side is switched off; switch it on first.
    #[error("the phone of the other side is switched off")]
    SwitchedOff,
    /// The file is not base64 text.
    #[error("the file is not valid base64 text")]
    InvalidMedia,
}
