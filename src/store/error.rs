//! What can go wrong in the database, in words of ours. It must never carry the driver's message: PostgreSQL quotes the
//! values of a failing row in it.

use diesel::result::{DatabaseErrorKind, Error};

/// Why the store could not do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    #[error("the address of the database is neither sqlite: nor postgres:")]
    Scheme,
    /// Not there, not answering in time, or full.
    #[error("the database is not available")]
    Unavailable,
    /// The row is no longer at the version that was read.
    #[error("the row has changed since it was read")]
    Stale,
    /// A rule of uniqueness. Which one cannot be told on SQLite, so nothing may depend on it.
    #[error("a row like this exists already")]
    Unique,
    /// Any other rule of the schema: a foreign key, a check, an append-only table.
    #[error("the database refused the row")]
    Refused,
    /// An entry did not arrive although the statement succeeded: somebody stands between us and the table.
    #[error("the database did not keep what was written")]
    Swallowed,
    #[error("a stored value does not have its form")]
    Corrupt,
    #[error("the schema could not be brought up to date")]
    Schema,
    #[error("the file of the database is open to others or cannot be made")]
    File,
}

impl StoreError {
    /// Whether the connection that gave this can no longer be trusted.
    pub(super) fn spoils_connection(self) -> bool {
        matches!(self, StoreError::Unavailable)
    }
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match error {
            Error::DatabaseError(kind, information) => of_database(kind, information.message()),
            Error::DeserializationError(_)
            | Error::SerializationError(_)
            | Error::IntegerConversion(_)
            | Error::InvalidCString(_) => StoreError::Corrupt,
            Error::NotFound => StoreError::Swallowed,
            _ => StoreError::Unavailable,
        }
    }
}

fn of_database(kind: DatabaseErrorKind, message: &str) -> StoreError {
    match kind {
        DatabaseErrorKind::UniqueViolation => StoreError::Unique,
        DatabaseErrorKind::ForeignKeyViolation
        | DatabaseErrorKind::NotNullViolation
        | DatabaseErrorKind::CheckViolation
        | DatabaseErrorKind::ExclusionViolation
        | DatabaseErrorKind::RestrictViolation => StoreError::Refused,
        DatabaseErrorKind::SerializationFailure => StoreError::Stale,
        // diesel has no kind for these; the texts are PostgreSQL's of a deadlock and our own triggers'.
        _ if message.contains("deadlock detected") => StoreError::Stale,
        _ if message.ends_with("is append-only") => StoreError::Refused,
        _ => StoreError::Unavailable,
    }
}
