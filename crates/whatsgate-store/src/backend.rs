//! What the engine needs of a store beside its tables.

use crate::error::StoreError;
use crate::tables::Tables;

/// A store with one connection, of one thread.
pub trait Backend: Send {
    /// Begins a transaction. Connects again first, if the connection was lost.
    ///
    /// # Errors
    /// [`StoreError`]
    fn begin(&mut self) -> Result<(), StoreError>;

    /// Begins a part of the transaction that can be rolled back alone. There is one at a time: the next one ends it.
    ///
    /// # Errors
    /// [`StoreError`]
    fn savepoint(&mut self) -> Result<(), StoreError>;

    /// Undoes all since the savepoint.
    ///
    /// # Errors
    /// [`StoreError`]
    fn rollback_to_savepoint(&mut self) -> Result<(), StoreError>;

    /// Whether the transaction can still be committed: a program's own statement may have failed or ended it, and the
    /// program may not have told.
    ///
    /// # Errors
    /// [`StoreError`], if it cannot
    fn check(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Ends the transaction. When it returns, all is on disk.
    ///
    /// # Errors
    /// [`StoreError`]
    fn commit(&mut self) -> Result<(), StoreError>;

    /// Undoes the transaction.
    ///
    /// # Errors
    /// [`StoreError`]
    fn rollback(&mut self) -> Result<(), StoreError>;

    /// The tables, within the transaction.
    fn tables(&mut self) -> &mut dyn Tables;
}
