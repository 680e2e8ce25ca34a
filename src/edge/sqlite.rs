//! The log's storage in a Durable Object's SQLite.
//!
//! `sql.exec` is synchronous, and what one turn of the event loop writes becomes
//! durable together. The runtime's output gate holds every answer and every frame
//! back until it has: write first, then show.

use super::rows::{Row, rows};
use super::tally::Tally;
use crate::error::Result;
use crate::log::{Extension, Kept, Segment, Storage};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use worker::{SqlStorage, SqlStorageValue};

/// The tables, created with the first write: to look at a stream that does not
/// exist must cost nothing. A later version that needs other tables reads
/// `schema` and migrates.
const SCHEMA: &str = "
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE segments (
    first INTEGER PRIMARY KEY,
    last INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    keys INTEGER NOT NULL,
    latest TEXT NOT NULL,
    body TEXT NOT NULL,
    figures TEXT NOT NULL DEFAULT ''
);
INSERT INTO meta (key, value) VALUES ('schema', '2');
";

/// From `schema` 1, which counted nothing.
const TO_SCHEMA_2: &str = "
ALTER TABLE segments ADD COLUMN figures TEXT NOT NULL DEFAULT '';
UPDATE meta SET value = '2' WHERE key = 'schema';
";

const COLUMNS: &str = "SELECT first, last, last_at, keys, latest, body FROM segments";

/// Storage in SQLite.
#[derive(Debug)]
pub(super) struct Sqlite {
    sql: SqlStorage,
    has_tables: Cell<bool>,
    /// The first and the last event of the newest segment, where that is known.
    newest_span: Cell<Option<(u64, u64)>>,
    /// That segment, if it has been read since the last write: whoever joins or resumes
    /// wants what is in it.
    newest: RefCell<Option<Segment>>,
    tally: Rc<Tally>,
}

impl Sqlite {
    /// Storage that counts what it costs, and goes on counting where it stopped.
    pub(super) fn new(sql: SqlStorage, tally: &Rc<Tally>) -> Result<Self> {
        let this = Self {
            sql,
            has_tables: Cell::new(true),
            newest_span: Cell::default(),
            newest: RefCell::default(),
            tally: Rc::clone(tally),
        };
        let found = this.first(
            "SELECT sql FROM sqlite_master WHERE name = 'segments'",
            vec![],
        )?;
        this.has_tables.set(found.is_some());
        if let Some(mut found) = found {
            let schema = found.text()?;
            let mut words = schema.split(|c: char| !c.is_ascii_alphabetic());
            if !words.any(|word| word == "figures") {
                this.write(TO_SCHEMA_2, vec![])?;
            }
            if tally.is_new() {
                let newest = "SELECT figures FROM segments ORDER BY first DESC LIMIT 1";
                let newest = this.first(newest, vec![])?;
                let stored = newest.map(|mut row| row.text()).transpose()?;
                tally.resume(&stored.unwrap_or_default());
            }
        }
        Ok(this)
    }

    fn create_tables(&self) -> Result<()> {
        if !self.has_tables.replace(true) {
            let written = self.sql.exec(SCHEMA, None)?.rows_written();
            self.count(written);
            if self.tally.is_new() {
                self.tally.resume("");
            }
        }
        Ok(())
    }

    /// The first row of a query; `None` also where there are no tables yet.
    fn first(&self, query: &str, bindings: Vec<SqlStorageValue>) -> Result<Option<Row>> {
        Ok(self.all(query, bindings)?.into_iter().next())
    }

    /// All rows of a query; none also where there are no tables yet.
    fn all(&self, query: &str, bindings: Vec<SqlStorageValue>) -> Result<Vec<Row>> {
        if !self.has_tables.get() {
            return Ok(Vec::new());
        }
        rows(&self.sql, query, bindings)
    }

    fn segment(&self, rest: &str, bindings: Vec<SqlStorageValue>) -> Result<Option<Segment>> {
        let row = self.first(&format!("{COLUMNS} {rest} LIMIT 1"), bindings)?;
        row.map(|mut row| {
            Ok(Segment {
                first: row.number()?,
                last: row.number()?,
                last_at: row.number()?,
                keys: row.number()?,
                latest: row.text()?,
                body: row.text()?,
            })
        })
        .transpose()
    }

    fn write(&self, query: &str, bindings: Vec<SqlStorageValue>) -> Result<()> {
        self.newest.take();
        self.create_tables()?;
        let written = self.sql.exec(query, bindings)?.rows_written();
        self.count(written);
        Ok(())
    }

    fn put(&self, segment: &Segment) -> Result<()> {
        self.write(
            "INSERT OR REPLACE INTO segments (first, last, last_at, keys, latest, body, figures)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
            vec![
                int(segment.first),
                int(segment.last),
                int(segment.last_at),
                int(segment.keys),
                segment.latest.as_str().into(),
                segment.body.as_str().into(),
                self.tally.to_store().into(),
            ],
        )
    }

    fn count(&self, rows: usize) {
        self.tally.wrote(u64::try_from(rows).unwrap_or(0));
    }
}

/// Numbers here are counts and times, far below 2^53; one that is not would be
/// refused by the platform, not cut.
fn int(value: u64) -> SqlStorageValue {
    SqlStorageValue::Integer(i64::try_from(value).unwrap_or(i64::MAX))
}

impl Storage for Sqlite {
    fn meta(&self, key: &str) -> Result<Option<String>> {
        let query = "SELECT value FROM meta WHERE key = ?";
        let row = self.first(query, vec![key.into()])?;
        row.map(|mut row| row.text()).transpose()
    }

    fn set_meta(&mut self, key: &str, value: &str) -> Result<()> {
        self.write(
            "INSERT INTO meta (key, value) VALUES (?, ?)
             ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            vec![key.into(), value.into()],
        )
    }

    fn metas(&self, prefix: &str) -> Result<Vec<(String, String)>> {
        // A range of the primary key: U+10FFFF is after every character there is.
        let rows = self.all(
            "SELECT key, value FROM meta WHERE key >= ?1 AND key < ?1 || char(0x10FFFF)",
            vec![prefix.into()],
        )?;
        let mut pairs = Vec::with_capacity(rows.len());
        for mut row in rows {
            pairs.push((row.text()?, row.text()?));
        }
        Ok(pairs)
    }

    fn delete_meta(&mut self, key: &str) -> Result<()> {
        self.write("DELETE FROM meta WHERE key = ?", vec![key.into()])
    }

    fn newest(&self) -> Result<Option<Segment>> {
        let mut newest = self.newest.borrow_mut();
        if newest.is_none() {
            *newest = self.segment("ORDER BY first DESC", vec![])?;
            let span = newest.as_ref().map(|newest| (newest.first, newest.last));
            self.newest_span.set(span);
        }
        Ok(newest.clone())
    }

    fn holding(&self, seq: u64) -> Result<Option<Segment>> {
        let newest = self.newest_span.get();
        if newest.is_some_and(|(first, last)| first <= seq && seq <= last) {
            return self.newest();
        }
        // The row at or before `seq` by its primary key, then forward: at most two rows are read.
        self.segment(
            "WHERE first >= COALESCE((SELECT MAX(first) FROM segments WHERE first <= ?1), 0)
               AND last >= ?1 ORDER BY first",
            vec![int(seq)],
        )
    }

    fn before(&self, seq: u64) -> Result<Option<Segment>> {
        if self.newest_span.get().is_some_and(|(first, _)| first < seq) {
            return self.newest();
        }
        self.segment("WHERE first < ? ORDER BY first DESC", vec![int(seq)])
    }

    fn oldest_since(&self, seq: u64, at: u64) -> Result<Option<Segment>> {
        self.segment(
            "WHERE first >= COALESCE((SELECT MAX(first) FROM segments WHERE first <= ?1), 0)
               AND last >= ?1 AND last_at >= ?2 ORDER BY first",
            vec![int(seq), int(at)],
        )
    }

    fn keyed_before(&self, seq: u64) -> Result<Option<Segment>> {
        self.segment(
            "WHERE first < ? AND keys > 0 ORDER BY first DESC",
            vec![int(seq)],
        )
    }

    fn insert(&mut self, segment: &Segment) -> Result<()> {
        self.newest_span.set(Some((segment.first, segment.last)));
        self.put(segment)
    }

    fn extend(&mut self, extension: &Extension) -> Result<()> {
        self.newest_span
            .set(Some((extension.first, extension.last)));
        self.write(
            "UPDATE segments SET last = ?2, last_at = ?3, keys = keys + ?4, body = body || ?5,
                 figures = ?6
             WHERE first = ?1",
            vec![
                int(extension.first),
                int(extension.last),
                int(extension.last_at),
                int(extension.keys),
                extension.body.as_str().into(),
                self.tally.to_store().into(),
            ],
        )
    }

    fn rewrite(&mut self, first: u64, body: &str) -> Result<()> {
        self.write(
            "UPDATE segments SET body = ?2 WHERE first = ?1",
            vec![int(first), body.into()],
        )
    }

    fn split(&mut self, parts: &[Segment]) -> Result<()> {
        self.newest_span.take();
        parts.iter().try_for_each(|part| self.put(part))
    }

    fn trim(&mut self, kept: Kept) -> Result<()> {
        let newest = self.newest_span.get();
        self.newest_span
            .set(newest.filter(|(_, last)| kept.oldest <= *last));
        self.write(
            "DELETE FROM segments WHERE first < ?1 AND last < ?1
               AND (keys = 0 OR last < ?2 OR last_at < ?3)",
            vec![int(kept.oldest), int(kept.keys_from), int(kept.keys_since)],
        )
    }

    fn wipe(&mut self) -> Result<()> {
        self.newest.take();
        self.newest_span.take();
        if self.has_tables.replace(false) {
            self.sql
                .exec("DROP TABLE segments; DROP TABLE meta;", None)?;
        }
        Ok(())
    }
}
