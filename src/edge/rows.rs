//! What a query of SQLite answers with, column by column.
//!
//! Not by serde: a struct that is read from a JavaScript object is 2 KB of code.

use crate::error::{Error, Result};
use std::vec::IntoIter;
use worker::{SqlStorage, SqlStorageValue};

/// A row, of which the columns are taken from the left.
pub(super) struct Row(IntoIter<SqlStorageValue>);

/// All rows of a query. Never only the first: a cursor that is left open holds its
/// statement.
pub(super) fn rows(
    sql: &SqlStorage,
    query: &str,
    bindings: Vec<SqlStorageValue>,
) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for row in sql.exec(query, bindings)?.raw() {
        rows.push(Row(row?.into_iter()));
    }
    Ok(rows)
}

impl Row {
    /// The next column, which is a text.
    pub(super) fn text(&mut self) -> Result<String> {
        match self.0.next() {
            Some(SqlStorageValue::String(text)) => Ok(text),
            _ => Err(unexpected()),
        }
    }

    /// The next column, which is a count or a time.
    pub(super) fn number(&mut self) -> Result<u64> {
        match self.0.next() {
            Some(SqlStorageValue::Integer(number)) => {
                u64::try_from(number).map_err(|_| unexpected())
            }
            _ => Err(unexpected()),
        }
    }
}

fn unexpected() -> Error {
    Error::Internal("a stored row is not as it was written".to_owned())
}
