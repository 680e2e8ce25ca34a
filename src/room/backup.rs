//! Exporting a room, and importing it again.

use super::Room;
use super::bans::META_BAN;
use super::config::Config;
use super::message::{self, Message};
use super::object::{Object, string};
use super::state::{self, META_REMOVED, META_VALUE, State};
use crate::access::grants::Realm;
use crate::answer::Answer;
use crate::backup::{Ask, Page, Receipt, describe, exported};
use crate::cursor::{After, Cursor, Epoch};
use crate::data::Data;
use crate::error::Result;
use crate::log::{Record, Storage};

impl<S: Storage> Room<S> {
    /// Does what is asked.
    pub fn backup(&mut self, ask: &Ask<'_>, now: u64) -> Result<Answer> {
        match ask {
            Ask::Export { name, after } => {
                let (page, next) = self.export(name, after, now)?;
                Ok(exported(Realm::Rooms, name, &page, next.as_ref()))
            }
            Ask::Import(lines) => {
                let receipt = self.import(Page::read(Realm::Rooms, lines, now)?, now)?;
                Ok(Answer::json(200, &receipt.to_json()))
            }
            Ask::Erase { id, from } => {
                let erased = self.erase(id, *from, now)?;
                Ok(Answer::json(200, &erased.to_string()))
            }
        }
    }

    /// A page of a backup of this room, called `name`, and after which place the next
    /// page begins. 404 where there is no room; 409 where events after `after` are gone.
    pub fn export(
        &mut self,
        name: &str,
        after: &After,
        now: u64,
    ) -> Result<(String, Option<Cursor>)> {
        self.must_exist()?;
        // What is said and not written yet would be in one line and not in another.
        self.flush(now)?;
        let mut out = String::new();
        if *after == After::Start {
            let oldest = self.log.oldest(now)?;
            let oldest = self.log.epoch().at(oldest);
            let storage = self.log.storage();
            let config = storage.meta(super::META_CONFIG)?;
            let line = describe(Realm::Rooms, name, &oldest, self.log.head())
                .number("removed_version", self.state.floor())
                .json("config", config.as_deref().unwrap_or("{}"));
            out.push_str(&line.end());
            out.push('\n');
            for (row, json) in storage.metas(META_VALUE)? {
                let key = row.strip_prefix(META_VALUE).unwrap_or_default();
                let (value, version, _) = state::read(&json)?;
                let line = Object::new()
                    .text("key", key)
                    .json("value", value)
                    .number("version", version);
                push(&mut out, "state", line);
            }
            for (row, until) in storage.metas(META_BAN)? {
                let who = row.strip_prefix(META_BAN).unwrap_or_default();
                let line = Object::new().text("id", who).json("until", &until);
                push(&mut out, "ban", line);
            }
        }
        let next = self.log.export(&mut out, after, now)?;
        Ok((out, next))
    }

    /// Takes a page of a backup, all of it or nothing, writes it and shows it to those
    /// who are in. 400 where its configuration is not valid, 409 where it does not
    /// continue what is here.
    pub fn import(&mut self, mut page: Page, now: u64) -> Result<Receipt> {
        self.flush(now)?;
        let is_new = self.log.begins_import(&page)?;
        let mut first = None;
        if let Some(description) = &page.description
            && is_new
        {
            let config = Config::parse(description.config.as_bytes())?;
            self.log.set_retention(config.retention(), now)?;
            first = Some((config, description.floor, std::mem::take(&mut page.rows)));
        }
        let epoch = self.log.epoch().clone();
        let old = page.epoch.clone().unwrap_or_else(|| epoch.clone());
        for record in &mut page.records {
            let moved = Message::of(&record.data)?.moved(&old, &epoch);
            record.data = Data::Json(moved);
        }
        let (receipt, records) = self.log.import(page)?;
        if let Some((config, floor, rows)) = first {
            self.configure(config, now)?;
            let storage = self.log.storage_mut();
            if floor > 0 {
                let removed = state::write("null", floor, &Vec::new())?;
                storage.set_meta(META_REMOVED, &removed)?;
            }
            for (row, value) in rows {
                storage.set_meta(&row, &value)?;
            }
            self.state = State::open(self.log.storage())?;
            self.bans = None;
            self.bans()?;
        }
        for record in &records {
            if record.kind == message::DELETED || record.kind == message::EDITED {
                self.follow(&epoch, record)?;
            }
        }
        self.log.commit()?;
        self.tell_written(&records, now);
        Ok(receipt)
    }

    /// Of what was deleted or edited while it was being exported, the message was in an
    /// earlier page: it would be readable again, or not know that it was edited, and whoever
    /// deletes it would leave what the edit says.
    fn follow(&mut self, epoch: &Epoch, event: &Record) -> Result<()> {
        let target = Message::of(&event.data)?.target();
        let Some(target) = target.filter(|target| target.epoch == *epoch) else {
            return Ok(());
        };
        // Also where it has expired.
        let Some(record) = self.log.stored(target.seq)? else {
            return Ok(());
        };
        let message = Message::of(&record.data)?;
        if record.kind != message::MESSAGE || message.is_deleted() {
            return Ok(());
        }
        let payload = if event.kind == message::DELETED {
            self.unsay_edits(&target, u64::MAX)?;
            message.deleted()
        } else if message.edited_at().is_none_or(|at| at < event.at) {
            message.edited_then(event.at)
        } else {
            return Ok(());
        };
        self.log.amend(record, Data::Json(payload));
        Ok(())
    }
}

fn push(out: &mut String, name: &str, line: Object) {
    out.push('{');
    out.push_str(&string(name));
    out.push(':');
    out.push_str(&line.end());
    out.push_str("}\n");
}
