//! What goes wrong with a store.

/// A store that did not do what it was asked to.
///
/// Nothing of the transaction took effect, but for [`Unavailable`](Self::Unavailable) during a commit, where nobody
/// knows; everything here that is done twice has one effect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The address of the store cannot be used.
    #[error("the store's address cannot be used: {0}")]
    Address(String),
    /// There is no room left on the disk.
    #[error(
        "the store's disk is full: make room; what fetches events or sends goes on by itself then, anything else is to be done again"
    )]
    Full,
    /// Another program holds the file, for longer than is waited for.
    #[error("the store is locked by another program, for too long")]
    Locked,
    /// The file or its folder can only be read.
    #[error("the store cannot be written: its file or its folder is read-only")]
    ReadOnly,
    /// What is stored is damaged.
    #[error(
        "the store is damaged: {0}; restore a backup. A new file knows no keys, and what was sent under them would be sent \
             again; of events the poll fetches again what the service still lists"
    )]
    Corrupt(String),
    /// The file was removed or replaced, while it was open or since.
    #[error(
        "the store's file is gone or was replaced: put that file back, with its -wal, or a copy of all that was sent, and start again. A new \
         file knows no keys, and what was sent under them would be sent again, as it would with an older copy; to begin anew all the same, remove the file beside it whose name ends in .owner"
    )]
    Gone,
    /// A later version of this program wrote the store.
    #[error(
        "the store has version {found}, and this program knows versions up to {known}: use the later program"
    )]
    Newer {
        /// The version of the store.
        found: u32,
        /// The latest version that is known.
        known: u32,
    },
    /// Another process handles the events of this store.
    #[error("process {owner} owns the store; one process at a time handles the events of a SQLite store")]
    Owned {
        /// The number of the process, or what is known of it.
        owner: String,
    },
    /// The database cannot be reached.
    #[error("the store cannot be reached: {0}")]
    Unavailable(String),
    /// Another worker has the partition now, or its progress was set back.
    #[error("the lease was lost: another worker has the partition, or its progress was set back")]
    LeaseLost,
    /// There is no such consumer, or it is suspended.
    #[error("{0}")]
    Consumer(String),
    /// The key of the outbox is that of another message.
    #[error(
        "the key is that of another message already; nothing was put: take another key, or look at what the other one became"
    )]
    OtherMessage,
    /// A program's own part of a transaction failed, or a constraint of its tables was not met at the commit, which undoes
    /// all that shared it.
    #[error("the transaction was rolled back: {0}")]
    RolledBack(String),
    /// Something else.
    #[error("the store failed: {0}")]
    Other(String),
}

impl StoreError {
    /// Whether the same may succeed later without anybody's doing.
    ///
    /// ```
    /// use whatsgate_store::StoreError;
    ///
    /// assert!(StoreError::Full.is_passing());
    /// assert!(!StoreError::Gone.is_passing());
    /// ```
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Full | Self::Locked | Self::Unavailable(_) | Self::Other(_))
    }
}
