//! Exporting a stream, and importing it again.

use super::config::Config;
use super::{Flush, META_CANCELLED, META_CONFIG, Meter, PROGRESS, Stream, set_meta};
use crate::access::grants::Realm;
use crate::answer::Answer;
use crate::backup::{Ask, Page, Receipt, describe, exported};
use crate::cursor::{After, Cursor};
use crate::error::{Error, Result};
use crate::log::Storage;

impl<S: Storage> Stream<S> {
    /// Does what is asked; `flush` is what readers are to be sent afterwards.
    pub fn backup(&mut self, ask: &Ask<'_>, now: u64, flush: &mut Flush) -> Result<Answer> {
        match ask {
            Ask::Export { name, after } => {
                let (page, next) = self.export(name, after, now)?;
                Ok(exported(Realm::Streams, name, &page, next.as_ref()))
            }
            Ask::Import(lines) => {
                let (receipt, shown) = self.import(Page::read(Realm::Streams, lines, now)?, now)?;
                *flush = shown;
                Ok(Answer::json(200, &receipt.to_json()))
            }
            Ask::Erase { .. } => Err(Error::Internal("a stream has no members".to_owned())),
        }
    }

    /// A page of a backup of this stream, called `name`, and after which place the
    /// next page begins. 404 where there is no stream; 409 where events after `after`
    /// are gone.
    pub fn export(
        &mut self,
        name: &str,
        after: &After,
        now: u64,
    ) -> Result<(String, Option<Cursor>)> {
        if !self.log.exists() {
            return Err(Error::NotFound("There is no such stream.".to_owned()));
        }
        let mut out = String::new();
        if *after == After::Start {
            let oldest = self.log.oldest(now)?;
            let oldest = self.log.epoch().at(oldest);
            let config = self.log.storage().meta(META_CONFIG)?;
            let line = describe(Realm::Streams, name, &oldest, self.log.head())
                .json("config", config.as_deref().unwrap_or("{}"));
            let line = if self.cancelled {
                line.flag("cancelled", true)
            } else {
                line
            };
            out.push_str(&line.end());
            out.push('\n');
        }
        let next = self.log.export(&mut out, after, now)?;
        Ok((out, next))
    }

    /// Takes a page of a backup, all of it or nothing, and writes it. 400 where its
    /// configuration is not valid, 409 where it does not continue what is here.
    pub fn import(&mut self, page: Page, now: u64) -> Result<(Receipt, Flush)> {
        let is_new = self.log.begins_import(&page)?;
        if let Some(description) = &page.description
            && is_new
        {
            let config = Config::parse(description.config.as_bytes())?;
            let cancelled = description.cancelled;
            // Before the first row is trimmed by it.
            self.log.set_retention(config.retention(), now)?;
            let (receipt, records) = self.log.import(page)?;
            self.configure(config, now)?;
            if cancelled {
                set_meta(self.log.storage_mut(), META_CANCELLED, &true)?;
                self.cancelled = true;
            }
            return Ok((receipt, self.imported(records)?));
        }
        let (receipt, records) = self.log.import(page)?;
        Ok((receipt, self.imported(records)?))
    }

    fn imported(&mut self, records: Vec<crate::log::Record>) -> Result<Flush> {
        if let Some(last) = self.log.latest(PROGRESS)? {
            self.meter = Meter::resume(&last.data, last.at);
        }
        Ok(self.flush_of(records))
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests {
    use super::*;
    use crate::backup::NDJSON;
    use crate::cursor::Epoch;
    use crate::data::Data;
    use crate::log::{Entry, MemoryStorage, PageLimit, Record};
    use proptest::prelude::*;

    const NOW: u64 = 1_700_000_000_000;

    fn fresh(random: u64) -> Stream<MemoryStorage> {
        Stream::open(MemoryStorage::default(), Epoch::from_random(random)).unwrap()
    }

    fn entry(kind: &str, data: Data, key: Option<&str>, is_final: bool) -> Entry {
        Entry {
            kind: kind.into(),
            data,
            key: key.map(Into::into),
            is_final,
        }
    }

    /// All pages of an export.
    fn pages(stream: &mut Stream<MemoryStorage>) -> Vec<String> {
        let mut pages = Vec::new();
        let mut after = After::Start;
        loop {
            let (page, next) = stream.export("s", &after, NOW).unwrap();
            pages.push(page);
            match next {
                Some(next) => after = After::Cursor(next),
                None => return pages,
            }
        }
    }

    fn import(stream: &mut Stream<MemoryStorage>, page: &str) -> Result<Receipt> {
        let page = Page::parse(Realm::Streams, Some(NDJSON), page, NOW)?;
        stream.import(page, NOW).map(|(receipt, _)| receipt)
    }

    fn records(stream: &mut Stream<MemoryStorage>) -> Vec<Record> {
        let all = PageLimit {
            events: usize::MAX,
            bytes: usize::MAX,
        };
        stream.log.read(1, all, NOW).unwrap().records
    }

    #[test]
    fn a_backup_byte_by_byte() {
        let mut stream = fresh(7);
        assert_eq!(
            stream.export("s", &After::Start, NOW).unwrap_err().status(),
            404
        );
        let config = Config::parse(br#"{"title":"T","retain_events":3}"#).unwrap();
        stream.configure(config, NOW).unwrap();
        for n in 0..3 {
            let data = Data::Json(n.to_string());
            let entries = vec![entry("message", data, None, false)];
            stream.publish(entries, NOW).unwrap();
        }
        stream.cancel(NOW).unwrap();
        let text = Data::Text("a\n\"".into());
        let last = vec![entry("failed", text, Some("k"), true)];
        stream.publish(last, NOW + 5).unwrap();
        stream.commit().unwrap();
        let backup = concat!(
            r#"{"tidings":"stream","version":1,"name":"s","epoch":"7000000000","oldest":"7000000000.3","head":"7000000000.5","config":{"title":"T","retain_events":3},"cancelled":true}"#,
            "\n",
            r#"{"cursor":"7000000000.3","type":"message","at":1700000000000,"data":2}"#,
            "\n",
            r#"{"cursor":"7000000000.4","type":"cancel","at":1700000000000,"data":{}}"#,
            "\n",
            r#"{"cursor":"7000000000.5","type":"failed","at":1700000000005,"text":"a\n\"","key":"k","final":true}"#,
            "\n",
        );
        assert_eq!(pages(&mut stream), [backup]);
        let mut restored = fresh(8);
        let receipt = import(&mut restored, backup).unwrap();
        assert_eq!(
            receipt.to_json(),
            r#"{"cursor":"8000000000.5","accepted":3,"duplicates":0}"#
        );
        // The same again, also after a restart, and also from the copy.
        let mut restored =
            Stream::open(restored.log.storage().clone(), Epoch::from_random(9)).unwrap();
        let again = import(&mut restored, backup).unwrap();
        assert_eq!((again.accepted, again.duplicates), (0, 3));
        let copy = pages(&mut restored).concat();
        assert_eq!(copy.replace("8000000000", "7000000000"), backup);
        // The key is known, and nothing follows the end.
        let same = entry("failed", Data::Json("1".into()), Some("k"), true);
        let receipt = restored.publish(vec![same], NOW).unwrap();
        assert_eq!(
            (receipt.cursor.seq, receipt.duplicates, receipt.cancelled),
            (5, 1, true)
        );
        let more = entry("message", Data::Json("1".into()), None, false);
        assert_eq!(restored.publish(vec![more], NOW).unwrap_err().status(), 409);
    }

    #[test]
    fn what_does_not_continue_is_refused_and_nothing_of_it_kept() {
        let line = |seq: u64| {
            format!("{{\"cursor\":\"a.{seq}\",\"type\":\"x\",\"at\":1,\"data\":{seq}}}\n")
        };
        let first = "{\"tidings\":\"stream\",\"version\":1,\"oldest\":\"a.5\",\"config\":{\"retain_seconds\":31536000}}\n";
        let refused = |stream: &mut Stream<MemoryStorage>, page: &str| {
            let before = stream.log.storage().rows_written;
            assert_eq!(import(stream, page).unwrap_err().status(), 409, "{page}");
            assert_eq!(stream.log.storage().rows_written, before);
        };
        let mut stream = fresh(1);
        refused(&mut stream, &line(5));
        import(&mut stream, &format!("{first}{}{}", line(5), line(6))).unwrap();
        refused(&mut stream, &line(8));
        refused(&mut stream, &line(7).replace("a.", "b."));
        refused(
            &mut stream,
            &format!("{}{}", first.replace("31536000", "1"), line(5)),
        );
        let receipt = import(&mut stream, &format!("{}{}", line(6), line(7))).unwrap();
        assert_eq!(
            (receipt.accepted, receipt.duplicates, receipt.cursor.seq),
            (1, 1, 7)
        );
        let own = entry("x", Data::Json("0".into()), None, false);
        stream.publish(vec![own], NOW).unwrap();
        refused(&mut stream, &line(8));
        stream.commit().unwrap();
        refused(&mut stream, &line(8));
        // What is there is still known for it.
        assert_eq!(import(&mut stream, &line(7)).unwrap().duplicates, 1);
        let mut other = fresh(2);
        other.configure(Config::default(), NOW).unwrap();
        refused(&mut other, first);
    }

    #[test]
    fn an_empty_log_goes_on_counting_where_it_was() {
        let mut stream = fresh(1);
        let first = "{\"tidings\":\"stream\",\"version\":1,\"oldest\":\"a.70\",\"config\":{}}";
        assert_eq!(import(&mut stream, first).unwrap().cursor.seq, 69);
        let mut stream = Stream::open(stream.log.storage().clone(), Epoch::from_random(9)).unwrap();
        let own = entry("x", Data::Json("0".into()), None, false);
        assert_eq!(
            stream.publish(vec![own], NOW).unwrap().cursor.to_string(),
            "1000000000.70"
        );
    }

    #[test]
    fn bad_lines_are_named() {
        let first = "{\"tidings\":\"stream\",\"version\":1,\"oldest\":\"a.5\",\"config\":{}}";
        let event =
            |rest: &str| format!("{first}\n\n{{\"cursor\":\"a.5\",\"type\":\"x\",\"at\":1{rest}}}");
        assert!(Page::read(Realm::Streams, &event(",\"data\":1"), NOW).is_ok());
        for body in [
            event(""),
            event(",\"data\":1,\"text\":\"x\""),
            event(",\"text\":1"),
            event(",\"data\":1,\"type\":\"gap\""),
            event(",\"data\":1,\"type\":7"),
            event(",\"data\":1,\"at\":-1"),
            event(",\"data\":1,\"at\":9000000000000"),
            event(",\"data\":1,\"at\":1e3"),
            event(",\"data\":1,\"cursor\":\"a.6\""),
            event(",\"data\":1,\"cursor\":\"b.5\""),
            event(",\"data\":1,\"cursor\":5"),
            event(&format!(",\"data\":1,\"key\":\"{}\"", "k".repeat(257))),
            event(&format!(",\"data\":{}{}", "[".repeat(66), "]".repeat(66))),
            format!("{first}\n\nnope"),
            format!("{first}\n\n[]"),
            format!("{first}\n\n{{}}"),
            format!("{first}\n\n{first}"),
            format!("{first}\n\n{{\"ban\":{{\"id\":\"x\",\"until\":1}}}}"),
        ] {
            let refused = Page::read(Realm::Streams, &body, NOW).unwrap_err();
            assert_eq!(refused.status(), 400, "{body}");
            assert!(refused.to_string().starts_with("In line 3: "), "{refused}");
        }
        let (event, bad) = (
            event(",\"data\":1,\"final\":true"),
            "{\"cursor\":\"a.6\",\"type\":\"x\",\"at\":0,\"data\":1}",
        );
        for (body, status) in [
            (String::new(), 400),
            (first.replace("stream", "room"), 400),
            (first.replace(":1", ":2"), 400),
            (first.replace("a.5", "a.0"), 400),
            (first.replace("a.5", "a.9999999999999999"), 400),
            (format!("{event}\n{bad}"), 400),
            (format!("{}\n{bad}", event.replace("true", "false")), 400),
            ("\n".repeat(2_001), 413),
            (" ".repeat(crate::limit::IMPORT_BYTES + 1), 413),
        ] {
            let refused = Page::read(Realm::Streams, &body, NOW).unwrap_err();
            assert_eq!(refused.status(), status, "{body:.200}");
        }
        for wrong in [
            None,
            Some("application/json"),
            Some("application/x-ndjson; charset=latin1"),
        ] {
            let refused = Page::parse(Realm::Streams, wrong, first, NOW).unwrap_err();
            assert_eq!(refused.status(), 415);
        }
        let config = first.replace("{}", "{\"retain_events\":0}");
        assert_eq!(import(&mut fresh(1), &config).unwrap_err().status(), 400);
    }

    fn data() -> impl Strategy<Value = Data> {
        prop_oneof![
            any::<String>().prop_map(Data::Text),
            "[a-z]{0,3000}".prop_map(|s| Data::Json(format!("{{\"s\":\"{s}\",\"n\":1.10}}"))),
            Just(Data::Json("null".into())),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn any_split_and_any_repetition_restores_the_same(
            events in proptest::collection::vec((data(), proptest::option::of(0..40_u8), 0..2_000_u64), 0..400),
            retain in 1..500_u64,
            cuts in proptest::collection::vec((1..120_usize, any::<bool>(), any::<bool>()), 1..20),
        ) {
            let mut stream = fresh(3);
            let config = format!("{{\"retain_events\":{retain}}}");
            stream.configure(Config::parse(config.as_bytes()).unwrap(), NOW).unwrap();
            let mut at = NOW - 900_000;
            for (data, key, wait) in events {
                at += wait;
                let key = key.map(|key| format!("k{key}"));
                let entries = vec![entry("x", data, key.as_deref(), false)];
                stream.publish(entries, at).unwrap();
                stream.commit().unwrap();
            }
            let backup = pages(&mut stream).concat();
            let mut lines: Vec<&str> = backup.split_inclusive('\n').collect();
            let mut restored = fresh(4);
            let mut cuts = cuts.into_iter().cycle();
            let mut sent: Vec<String> = Vec::new();
            while !lines.is_empty() {
                let (count, again, restart) = cuts.next().unwrap();
                let rest = lines.split_off(count.min(lines.len()));
                sent.push(lines.concat());
                lines = rest;
                import(&mut restored, sent.last().unwrap()).unwrap();
                if restart {
                    restored = Stream::open(restored.log.storage().clone(), Epoch::from_random(5)).unwrap();
                }
                if again {
                    for page in &sent {
                        prop_assert_eq!(import(&mut restored, page).unwrap().accepted, 0);
                    }
                }
            }
            prop_assert_eq!(records(&mut restored), records(&mut stream));
            let again = pages(&mut restored).concat();
            prop_assert_eq!(again.replace("4000000000", "3000000000"), backup);
            for record in records(&mut stream) {
                if let Some(key) = record.key {
                    let found = stream.log.find_key(&key).unwrap();
                    prop_assert_eq!(restored.log.find_key(&key).unwrap(), found);
                }
            }
        }

        #[test]
        fn nothing_hostile_panics(
            lines in proptest::collection::vec(
                r#"(\{"(tidings|cursor|state|ban|at|data|text|type|oldest|version)":("(stream|room|a\.[0-9]{0,17}|message)"|[0-9]{0,20}|\{"(id|key|value|version|until|from|target)":("[a-z]{0,3}"|[0-9]{0,3}|null)\}|null)(,"(cursor|at|data|text|type|oldest|version|config)":("(a\.[1-9]|message|edited)"|1|\{"from":1\}|null)){0,4}\}|[ -~]{0,30})"#,
                0..6,
            ),
            is_room in any::<bool>(),
        ) {
            let realm = if is_room { Realm::Rooms } else { Realm::Streams };
            let _ = Page::read(realm, &lines.join("\n"), NOW).map(|page| fresh(1).import(page, NOW));
        }
    }
}
