//! Lines of a backup that somebody sends, read and checked.

use super::NDJSON;
use crate::access::grants::Realm;
use crate::content_type::media_type;
use crate::cursor::{Cursor, Epoch};
use crate::data::{Data, Members};
use crate::error::{Error, Result};
use crate::fingerprint::fingerprint;
use crate::limit::{
    BACKUP_KEY_CHARS, BACKUP_LINES, BACKUP_SEQ, BAN_SECONDS, BANS, IMPORT_AHEAD_MS, IMPORT_BYTES,
    KEY_CHARS, MEMBER_ID_CHARS, STATE_KEYS, STATE_VALUE_BYTES,
};
use crate::log::Record;
use crate::room::bans::META_BAN;
use crate::room::message;
use crate::room::state::{self, META_VALUE};
use crate::stream::publish;

/// The first line of a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// What the line is recognised by when it is sent again.
    pub fingerprint: u64,
    /// The first event, or the next to come where there was none.
    pub oldest: Cursor,
    /// The configuration, as JSON.
    pub config: String,
    /// Whether somebody had asked the producer to stop.
    pub cancelled: bool,
    /// Above which version a shared value that is set anew begins.
    pub floor: u64,
}

/// Some lines of a backup, checked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// Only in the first page.
    pub description: Option<Description>,
    /// Shared state and bans as the rows that they are kept in.
    pub rows: Vec<(String, String)>,
    /// The epoch of the events; `None` where there are none.
    pub epoch: Option<Epoch>,
    /// The events, without holes.
    pub records: Vec<Record>,
}

impl Page {
    /// Reads the body of an import at `now`; empty lines are ignored.
    ///
    /// Errors: 415 for another media type, 413 where a limit is passed, 400 with the
    /// number of the line that is wrong.
    pub fn parse(realm: Realm, content_type: Option<&str>, body: &str, now: u64) -> Result<Self> {
        if media_type(content_type, NDJSON)? != NDJSON {
            return Err(Error::UnsupportedMediaType(NDJSON));
        }
        Self::read(realm, body, now)
    }

    /// Reads a page whose media type is known.
    pub fn read(realm: Realm, body: &str, now: u64) -> Result<Self> {
        if body.len() > IMPORT_BYTES {
            return Err(too_large("a page of a backup in bytes", IMPORT_BYTES));
        }
        let mut page = Self::default();
        for (number, line) in (1_usize..).zip(body.lines()) {
            if number > BACKUP_LINES {
                return Err(too_large("a page of a backup in lines", BACKUP_LINES));
            }
            if !line.trim().is_empty() {
                publish::in_batch("line", number, page.line(realm, line, now))?;
            }
        }
        if page.description.is_none() && page.records.is_empty() {
            return Err(Error::bad_request("There is no event in the body."));
        }
        Ok(page)
    }

    fn line(&mut self, realm: Realm, line: &str, now: u64) -> Result<()> {
        let members = object(line)?;
        if members.get("tidings").is_some() {
            if self.description.is_some() || !self.records.is_empty() {
                return Err(Error::bad_request("The description is the first line."));
            }
            self.description = Some(description(realm, line, &members)?);
            return Ok(());
        }
        if members.get("cursor").is_some() {
            return self.event(realm, &members, now);
        }
        if realm == Realm::Streams || self.description.is_none() || !self.records.is_empty() {
            return Err(Error::bad_request(
                "Shared state and bans of a room come after its description and before its events.",
            ));
        }
        self.rows.push(row(&members, now)?);
        if self.rows.len() > STATE_KEYS.saturating_add(BANS) {
            return Err(too_large("shared state in keys", STATE_KEYS));
        }
        Ok(())
    }

    fn event(&mut self, realm: Realm, members: &Members<'_>, now: u64) -> Result<()> {
        let place = cursor(members, "cursor")?;
        let record = event(realm, members, &place, now)?;
        let continues = match (self.records.last(), &self.epoch, &self.description) {
            (Some(last), Some(epoch), _) => {
                if last.is_final {
                    return Err(Error::bad_request("Nothing follows the final event."));
                }
                if record.at < last.at {
                    return Err(Error::bad_request("`at` never decreases."));
                }
                place.epoch == *epoch && place.seq == last.seq.saturating_add(1)
            }
            (_, _, Some(description)) => place == description.oldest,
            _ => (1..=BACKUP_SEQ).contains(&place.seq),
        };
        if !continues {
            return Err(Error::bad_request(
                "The events of a page follow each other without a hole.",
            ));
        }
        self.epoch = Some(place.epoch);
        self.records.push(record);
        Ok(())
    }
}

fn description(realm: Realm, line: &str, members: &Members<'_>) -> Result<Description> {
    let raw = |name: &str| members.get(name).map_or("null", |value| value.get());
    if text(members, "tidings")?.as_deref() != Some(realm.one()) || raw("version") != "1" {
        return Err(Error::bad_request(
            "This is no backup of this kind in version 1.",
        ));
    }
    let oldest = cursor(members, "oldest")?;
    if !(1..=BACKUP_SEQ).contains(&oldest.seq) {
        return Err(Error::bad_request("`oldest` is no place in a log."));
    }
    Ok(Description {
        fingerprint: fingerprint(line.trim()),
        oldest,
        config: raw("config").to_owned(),
        cancelled: raw("cancelled") == "true",
        floor: number(members, "removed_version")?.unwrap_or(0),
    })
}

/// A shared value or a ban as its row.
fn row(members: &Members<'_>, now: u64) -> Result<(String, String)> {
    if let Some(value) = members.get("state") {
        let value = object(value.get())?;
        let key = bounded(&value, "key", KEY_CHARS)?;
        let json = value.get("value").filter(|json| json.get() != "null");
        let json = json.map(Data::from_raw).transpose()?;
        let json = json.as_ref().map_or("", Data::as_str);
        let version = number(&value, "version")?.unwrap_or(0);
        if key.is_empty() || json.is_empty() || version == 0 {
            return Err(Error::bad_request(
                "Shared state has a `key`, a `value` and a `version`.",
            ));
        }
        if json.len() > STATE_VALUE_BYTES {
            return Err(too_large("a shared value in bytes", STATE_VALUE_BYTES));
        }
        let row = state::write(json, version, &Vec::new())?;
        return Ok((format!("{META_VALUE}{key}"), row));
    }
    if let Some(ban) = members.get("ban") {
        let ban = object(ban.get())?;
        let who = bounded(&ban, "id", MEMBER_ID_CHARS)?;
        let until = number(&ban, "until")?.unwrap_or(0);
        let most = now.saturating_add(BAN_SECONDS.saturating_mul(1_000));
        return Ok((format!("{META_BAN}{who}"), until.min(most).to_string()));
    }
    Err(Error::bad_request("It is no line of a backup."))
}

fn event(realm: Realm, members: &Members<'_>, place: &Cursor, now: u64) -> Result<Record> {
    let named = text(members, "type")?.unwrap_or_default();
    let at = number(members, "at")?.filter(|at| *at <= now.saturating_add(IMPORT_AHEAD_MS));
    let at = at.ok_or_else(|| {
        Error::bad_request("`at` is a time in milliseconds that is not in the future.")
    })?;
    let is_final = members
        .get("final")
        .is_some_and(|value| value.get() == "true");
    let data = match (members.get("data"), text(members, "text")?) {
        (Some(raw), None) => Data::restored(raw)?,
        (None, Some(text)) if realm == Realm::Streams => Data::from_text(text)?,
        _ => return Err(Error::bad_request("An event has either `data` or `text`.")),
    };
    match realm {
        Realm::Streams => publish::check_type(&named)?,
        Realm::Rooms => {
            message::check(&named, &data)?;
            if is_final {
                return Err(Error::bad_request("No event of a room is final."));
            }
        }
    }
    let key = members.get("key").is_some();
    let key = key.then(|| bounded(members, "key", BACKUP_KEY_CHARS));
    Ok(Record {
        seq: place.seq,
        at,
        kind: named,
        data,
        key: key.transpose()?,
        is_final,
    })
}

fn object(json: &str) -> Result<Members<'_>> {
    serde_json::from_str(json).map_err(|_| Error::bad_request("It is not a JSON object."))
}

fn text(members: &Members<'_>, name: &str) -> Result<Option<String>> {
    let raw = members.get(name).map_or("null", |value| value.get());
    serde_json::from_str(raw).map_err(|_| Error::BadRequest(format!("`{name}` is a string.")))
}

fn bounded(members: &Members<'_>, name: &str, most: usize) -> Result<String> {
    let text = text(members, name)?.unwrap_or_default();
    if text.chars().count() > most {
        return Err(Error::BadRequest(format!(
            "`{name}` has at most {most} characters."
        )));
    }
    Ok(text)
}

/// A whole number far below 2^53, which is all that JavaScript and SQLite agree on.
fn number(members: &Members<'_>, name: &str) -> Result<Option<u64>> {
    let Some(raw) = members.get(name) else {
        return Ok(None);
    };
    let number: Option<u64> = raw.get().parse().ok();
    let number = number.filter(|number| *number <= BACKUP_SEQ);
    number.map_or_else(
        || Err(Error::BadRequest(format!("`{name}` is a whole number."))),
        |number| Ok(Some(number)),
    )
}

fn cursor(members: &Members<'_>, name: &str) -> Result<Cursor> {
    let text = text(members, name)?.unwrap_or_default();
    text.parse()
        .map_err(|_| Error::BadRequest(format!("`{name}` is a cursor.")))
}

fn too_large(what: &'static str, limit: usize) -> Error {
    Error::TooLarge { what, limit }
}
