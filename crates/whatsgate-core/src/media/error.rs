//! What can be wrong with a file inside a reply.

/// A file inside a reply that cannot be read: what is wrong and where. Shows nothing of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} (byte {offset} of the reply)")]
#[non_exhaustive]
pub struct DecodeError {
    /// What is wrong.
    pub kind: DecodeErrorKind,
    /// Where, in bytes from the beginning of the reply.
    pub offset: u64,
}

/// What can be wrong with a file inside a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// A character that is not of the standard alphabet.
    #[error("the file's base64 has a wrong character")]
    Character,
    /// Padding is missing, incomplete, or stands before the end.
    #[error("the file's base64 has wrong padding")]
    Padding,
    /// The last character says more than fits into whole bytes, as after a cut.
    #[error("the file's base64 has a wrong last character")]
    LastCharacter,
    /// The reply ends before it is complete.
    #[error("the reply ends too early")]
    Truncated,
    /// The member `media.data` is there twice.
    #[error("the file is there twice")]
    Duplicate,
    /// The file is larger than the caller allows.
    #[error("the file has more than the {limit} bytes that are allowed")]
    TooLarge {
        /// How many bytes are allowed.
        limit: u64,
    },
    /// What stands beside the file is too large to be kept in memory.
    #[error("there is more than {limit} bytes of text beside the file")]
    TextTooLarge {
        /// How many bytes are allowed.
        limit: u64,
    },
}

impl DecodeErrorKind {
    pub(super) fn at(self, offset: u64) -> DecodeError {
        DecodeError { kind: self, offset }
    }
}
