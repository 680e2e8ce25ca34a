//! Storage that outlives what is opened on it.

use std::cell::RefCell;
use std::rc::Rc;
use tidings::error::Result;
use tidings::log::{Extension, Kept, MemoryStorage, Segment, Storage};

/// Storage that outlives the stream that is opened on it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Disk(Rc<RefCell<MemoryStorage>>);

impl Disk {
    /// What a power cut leaves.
    pub(crate) fn survivor(&self) -> Self {
        Self(Rc::new(RefCell::new(self.0.borrow().clone())))
    }
}

impl Storage for Disk {
    fn meta(&self, key: &str) -> Result<Option<String>> {
        self.0.borrow().meta(key)
    }
    fn set_meta(&mut self, key: &str, value: &str) -> Result<()> {
        self.0.borrow_mut().set_meta(key, value)
    }
    fn metas(&self, prefix: &str) -> Result<Vec<(String, String)>> {
        self.0.borrow().metas(prefix)
    }
    fn delete_meta(&mut self, key: &str) -> Result<()> {
        self.0.borrow_mut().delete_meta(key)
    }
    fn newest(&self) -> Result<Option<Segment>> {
        self.0.borrow().newest()
    }
    fn holding(&self, seq: u64) -> Result<Option<Segment>> {
        self.0.borrow().holding(seq)
    }
    fn before(&self, seq: u64) -> Result<Option<Segment>> {
        self.0.borrow().before(seq)
    }
    fn oldest_since(&self, seq: u64, at: u64) -> Result<Option<Segment>> {
        self.0.borrow().oldest_since(seq, at)
    }
    fn keyed_before(&self, seq: u64) -> Result<Option<Segment>> {
        self.0.borrow().keyed_before(seq)
    }
    fn insert(&mut self, segment: &Segment) -> Result<()> {
        self.0.borrow_mut().insert(segment)
    }
    fn extend(&mut self, extension: &Extension) -> Result<()> {
        self.0.borrow_mut().extend(extension)
    }
    fn rewrite(&mut self, first: u64, body: &str) -> Result<()> {
        self.0.borrow_mut().rewrite(first, body)
    }
    fn trim(&mut self, kept: Kept) -> Result<()> {
        self.0.borrow_mut().trim(kept)
    }
    fn wipe(&mut self) -> Result<()> {
        self.0.borrow_mut().wipe()
    }
}
