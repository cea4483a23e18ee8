//! What the errors of PostgreSQL mean for a store.

use tokio_postgres::error::SqlState;

use crate::error::StoreError;

/// Never with the words of the server, which may hold values, nor with the address, which may hold a password.
impl From<&tokio_postgres::Error> for StoreError {
    fn from(error: &tokio_postgres::Error) -> Self {
        let Some(state) = error.code() else {
            return if error.is_closed() || is_io(error) {
                Self::Unavailable("the connection to PostgreSQL was lost".to_owned())
            } else {
                Self::Other("PostgreSQL was asked or answered in a form that does not fit".to_owned())
            };
        };
        let code = state.code();
        if is_loss(state) {
            return Self::Unavailable(format!("PostgreSQL ended the connection (SQLSTATE {code})"));
        }
        if *state == SqlState::DISK_FULL {
            Self::Full
        } else if *state == SqlState::READ_ONLY_SQL_TRANSACTION {
            Self::ReadOnly
        } else if *state == SqlState::LOCK_NOT_AVAILABLE {
            Self::Locked
        } else if [SqlState::DATA_CORRUPTED, SqlState::INDEX_CORRUPTED].contains(state) {
            Self::Corrupt(format!("PostgreSQL finds it malformed (SQLSTATE {code})"))
        } else if *state == SqlState::INSUFFICIENT_PRIVILEGE {
            Self::Other(format!("the user of PostgreSQL lacks a right (SQLSTATE {code})"))
        } else if [SqlState::T_R_DEADLOCK_DETECTED, SqlState::T_R_SERIALIZATION_FAILURE].contains(state) {
            Self::Other(format!("PostgreSQL gave another transaction precedence (SQLSTATE {code})"))
        } else if code.starts_with("23") {
            Self::RolledBack(format!("a constraint is not met (SQLSTATE {code})"))
        } else if *state == SqlState::IN_FAILED_SQL_TRANSACTION {
            Self::RolledBack("a statement before had failed".to_owned())
        } else {
            Self::Other(format!("PostgreSQL: SQLSTATE {code}"))
        }
    }
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::from(&error)
    }
}

/// What an attempt to connect came to: some of it nobody but the owner of the address can mend.
pub(super) fn of_connecting(error: &tokio_postgres::Error) -> StoreError {
    let Some(state) = error.code() else {
        return StoreError::Unavailable("no connection to PostgreSQL".to_owned());
    };
    let code = state.code();
    let refused = |what: &str| StoreError::Address(format!("{what} (SQLSTATE {code})"));
    if code.starts_with("28") {
        refused("PostgreSQL refuses the user or the password")
    } else if *state == SqlState::INVALID_CATALOG_NAME {
        refused("PostgreSQL has no such database")
    } else {
        StoreError::from(error)
    }
}

/// Whether the connection is of no use any more, or there is none.
fn is_loss(state: &SqlState) -> bool {
    // 08: connections; 57P: the server stops, starts or drops the database; 25P03 and 25P04: a transaction stood still.
    let code = state.code();
    code.starts_with("08")
        || code.starts_with("57P")
        || ["25P03", "25P04"].contains(&code)
        || *state == SqlState::TOO_MANY_CONNECTIONS
}

fn is_io(error: &tokio_postgres::Error) -> bool {
    std::error::Error::source(error).is_some_and(<dyn std::error::Error + 'static>::is::<std::io::Error>)
}
