//! How many bytes of a reply are taken.

use whatsgate_model::ReplySize;

/// The most bytes that a reply may have, by what it holds. More than that is an error, and is not read to its end.
///
/// A limit of bytes bounds the rest: the members and elements of a reply are no more than its bytes, lists have
/// [a limit of their own](whatsgate_model::List::MOST) besides, and nothing is read by recursion deeper than 128.
///
/// ```
/// use whatsgate_core::ReplyLimits;
///
/// let limits = ReplyLimits::default().with_list(16 * 1024 * 1024);
/// assert_eq!(limits.small, 1024 * 1024);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReplyLimits {
    /// A word, a message, a session; 1 MiB, where a real one has a few hundred bytes.
    pub small: usize,
    /// Chats, a page of events or sessions; 64 MiB, where a chat has some 300 bytes.
    pub list: usize,
    /// A file that is held in memory, as base64; 256 MiB, which is a file of 192 MiB.
    pub file: usize,
}

impl ReplyLimits {
    /// The most bytes of a reply without success, which is cut off there: room for an error with its stack trace.
    pub const ERROR: usize = 1024 * 1024;

    /// The limit of a response with this status whose success may have `reply_limit` bytes.
    ///
    /// ```
    /// use whatsgate_core::ReplyLimits;
    ///
    /// assert_eq!(ReplyLimits::for_status(200, 64 << 20), 64 << 20);
    /// assert_eq!(ReplyLimits::for_status(500, 64 << 20), ReplyLimits::ERROR);
    /// ```
    pub fn for_status(status: u16, reply_limit: usize) -> usize {
        if (200..300).contains(&status) { reply_limit } else { Self::ERROR }
    }

    /// Sets the limit of small replies.
    pub fn with_small(mut self, bytes: usize) -> Self {
        self.small = bytes;
        self
    }

    /// Sets the limit of lists.
    pub fn with_list(mut self, bytes: usize) -> Self {
        self.list = bytes;
        self
    }

    /// Sets the limit of files in memory.
    pub fn with_file(mut self, bytes: usize) -> Self {
        self.file = bytes;
        self
    }

    /// The limit of replies of this size.
    ///
    /// ```
    /// use whatsgate_core::{ReplyLimits, ReplySize};
    ///
    /// assert_eq!(ReplyLimits::default().of(ReplySize::List), 64 << 20);
    /// ```
    pub fn of(&self, size: ReplySize) -> usize {
        match size {
            ReplySize::Small => self.small,
            ReplySize::List => self.list,
            ReplySize::File => self.file,
        }
    }
}

impl Default for ReplyLimits {
    fn default() -> Self {
        const MEBIBYTE: usize = 1024 * 1024;
        Self { small: MEBIBYTE, list: 64 * MEBIBYTE, file: 256 * MEBIBYTE }
    }
}
