//! The readers of a hot stream, whose responses the object writes itself.
//!
//! A reader begins at a bridge. When the stream grows hot ([`crate::stream::heat`]) its
//! bridge is told to [`POUR`]: it asks for a body, which begins where the reader's socket
//! stands, and lets the platform carry it to the client as it is. The socket stays, without
//! a word on it. When the stream grows cold, or the reader too slow, the body ends; the
//! bridge asks for [`MORE`] on the socket, and goes on as before.
//!
//! Nothing hangs on it: a body that breaks ends the response, and the client comes back.
//!
//! [`MORE`]: super::readers::MORE

use super::bindings::{ByteLengthQueuingStrategy, Controller};
use super::readers::{self, COOL, POUR};
use super::reply::Response;
use super::stream_owner::Owner;
use super::{clock, js_error, promise, reply};
use crate::close::Close;
use crate::error::{Error, Result};
use crate::stream::{Reader, Stage, Then, Wire};
use js_sys::{Object, Reflect, Uint8Array};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::prelude::*;
use web_sys::{ReadableStream, ReadableStreamDefaultController};
use worker::{Delay, WebSocket};

/// How many bytes may wait for a reader before it goes back to its bridge, which knows
/// how to deal with slow ones.
const HIGH_WATER_MARK: u32 = 64 * 1024;

/// So many are told with a frame: each asks with a request, some quarter of a millisecond of
/// the object's time, and what is published meanwhile waits for all of them.
const TOLD_AT_ONCE: usize = 250;

/// A reader whose response is written here.
struct Pour {
    reader: u32,
    socket: WebSocket,
    controller: ReadableStreamDefaultController,
}

/// All of them.
#[derive(Default)]
pub(super) struct Pours {
    open: RefCell<Vec<Pour>>,
    /// Those that were told to ask for a body, and have not yet.
    told: RefCell<Vec<(u32, WebSocket)>>,
    /// How many more may be told with this frame.
    to_tell: Cell<usize>,
    /// How many bridges the last frame was sent to.
    bridged: Cell<usize>,
    last_number: Cell<u32>,
    /// Whether somebody sees to it that the stream grows cold.
    cooling: Cell<bool>,
}

impl Owner {
    /// Tells the bridge of a live reader to ask for a body, if not too many are told with
    /// this frame; with one of the next otherwise.
    pub(super) fn offer_pour(&self, socket: &WebSocket, reader: Reader) -> Result<()> {
        let Some(left) = self.pours.to_tell.get().checked_sub(1) else {
            return Ok(());
        };
        self.pours.to_tell.set(left);
        let number = self.pours.last_number.get().wrapping_add(1);
        self.pours.last_number.set(number);
        let stage = Stage::From(self.with(|stream| Ok(stream.next_seq()))?);
        readers::keep(Reader { stage, ..reader }, socket)?;
        self.pours.told.borrow_mut().push((number, socket.clone()));
        // A socket that cannot be told is closing.
        let _ = socket.send_with_str(format!("{POUR}{number}"));
        Ok(())
    }

    /// The body of a reader that was told to ask for it.
    pub(super) fn pour(self: &Rc<Self>, number: u32) -> Result<Response> {
        let gone = || Error::NotFound("There is no such reader.".to_owned());
        let socket = {
            let mut told = self.pours.told.borrow_mut();
            let place = told.iter().position(|(other, _)| *other == number);
            place.map(|place| told.swap_remove(place).1)
        };
        let socket = socket.ok_or_else(gone)?;
        let Some(Reader {
            stage: Stage::From(from),
            ..
        }) = readers::known(&socket)?
        else {
            return Err(gone());
        };
        if !self.is_hot() {
            return Err(Error::conflict("The stream has grown cold."));
        }
        self.show_now();
        let chunk = self.with(|stream| stream.resume(from, clock::now()))?;
        if let Then::More(_) = chunk.then {
            return Err(Error::conflict("This reader is too far behind."));
        }
        let (body, pour) = self.open_pour(number, socket)?;
        let text = self.with(|stream| Wire::EventStream.chunk(stream.epoch(), &chunk))?;
        pour.push(&Uint8Array::from(text.as_bytes()));
        if chunk.then == Then::End {
            let _ = pour.controller.close();
            readers::close(&pour.socket, Close::Done);
        } else {
            self.pours.open.borrow_mut().push(pour);
            self.cool_in_time();
        }
        reply::event_stream(Some(&body))
    }

    fn open_pour(
        self: &Rc<Self>,
        reader: u32,
        socket: WebSocket,
    ) -> Result<(ReadableStream, Pour)> {
        let slot: Rc<RefCell<Option<ReadableStreamDefaultController>>> = Rc::default();
        let filled = Rc::clone(&slot);
        let start = Closure::once(move |controller: ReadableStreamDefaultController| {
            filled.replace(Some(controller));
        });
        let owner = Rc::downgrade(self);
        // As long as the body: what was poured last may still be on its way, and its
        // reader leave then.
        let on_cancel = Closure::<dyn FnMut()>::new(move || {
            if let Some(owner) = owner.upgrade() {
                owner.pours.forget(|pour| pour.reader == reader);
            }
        });
        let source = Object::new();
        let set = |name: &str, value: &JsValue| {
            Reflect::set(&source, &name.into(), value).map_err(|e| js_error(&e))
        };
        set("start", start.as_ref())?;
        set("cancel", &on_cancel.into_js_value())?;
        let options = Object::new();
        Reflect::set(&options, &"highWaterMark".into(), &HIGH_WATER_MARK.into())
            .map_err(|e| js_error(&e))?;
        let strategy = ByteLengthQueuingStrategy::new(&options);
        let body = ReadableStream::new_with_underlying_source_and_strategy(
            &source,
            strategy.unchecked_ref(),
        )
        .map_err(|e| js_error(&e))?;
        let controller = slot.take();
        let controller =
            controller.ok_or_else(|| Error::Internal("a body did not start".to_owned()))?;
        let pour = Pour {
            reader,
            socket,
            controller,
        };
        Ok((body, pour))
    }

    /// Gives frames to everybody who is poured to; `ended` where nothing follows. How
    /// many there were.
    pub(super) fn pour_out(&self, frames: &Uint8Array, ended: bool) -> u64 {
        let mut slow = Vec::new();
        let mut poured = 0_u64;
        for pour in self.pours.open.borrow().iter() {
            pour.push(frames);
            poured = poured.saturating_add(1);
            let controller: &Controller = pour.controller.unchecked_ref();
            if controller.desired_size() <= 0.0 {
                slow.push(pour.reader);
            }
        }
        if ended {
            self.end_pours(Close::Done);
        } else if !slow.is_empty() {
            self.cool(|pour| slow.contains(&pour.reader), false);
        }
        poured
    }

    /// How many are poured to, or about to be.
    pub(super) fn pouring(&self) -> usize {
        let told = self.pours.told.borrow().len();
        told.saturating_add(self.pours.open.borrow().len())
    }

    /// Sends everybody back to their bridges when the stream has grown cold.
    pub(super) fn cool_in_time(self: &Rc<Self>) {
        if self.pours.cooling.replace(true) {
            return;
        }
        let owner = Rc::clone(self);
        promise::in_background(
            &self.state,
            Box::pin(async move {
                while owner.is_hot() {
                    let lasts = owner.heat.get().lasts().max(1);
                    Delay::from(Duration::from_millis(lasts)).await;
                }
                owner.pours.cooling.set(false);
                owner.show_now();
                owner.cool(|_| true, true);
            }),
        );
    }

    /// Sends the reader at this socket back to its bridge.
    pub(super) fn cool_at(self: &Rc<Self>, socket: &WebSocket) {
        self.show_now();
        self.cool(|pour| pour.is_at(socket), true);
    }

    /// Sends some back to their bridges. `again`: whether they may be poured to another
    /// time; one that was too slow would change over and back all the time.
    fn cool(&self, which: impl Fn(&Pour) -> bool, again: bool) {
        let taken = self.pours.take(which);
        if taken.is_empty() {
            // The stream may be gone, and would be looked for.
            return;
        }
        let Ok(from) = self.with(|stream| Ok(stream.next_seq())) else {
            return end(taken, Close::Fault);
        };
        for pour in taken {
            // What it knows of itself is from before; whatever fails here, the client
            // comes back for what it missed.
            let kept = readers::known(&pour.socket).and_then(|reader| {
                reader.map_or(Ok(()), |reader| {
                    let stage = Stage::From(from);
                    let pours = reader.pours && again;
                    let reader = Reader {
                        stage,
                        pours,
                        ..reader
                    };
                    readers::keep(reader, &pour.socket)
                })
            });
            match kept {
                Ok(()) => {
                    let _ = pour.socket.send_with_str(COOL);
                    let _ = pour.controller.close();
                }
                Err(_) => readers::close(&pour.socket, Close::Fault),
            }
        }
    }

    /// Ends all bodies, and closes their sockets.
    pub(super) fn end_pours(&self, close: Close) {
        end(self.pours.take(|_| true), close);
    }

    /// The socket of a reader has gone, and with it who read the body.
    pub(super) fn forget_pour(&self, socket: &WebSocket) {
        self.pours.forget(|pour| pour.is_at(socket));
        let mut told = self.pours.told.borrow_mut();
        told.retain(|(_, other)| !Object::is(other.as_ref(), socket.as_ref()));
    }
}

fn end(pours: Vec<Pour>, close: Close) {
    for pour in pours {
        let _ = pour.controller.close();
        readers::close(&pour.socket, close);
    }
}

impl Pours {
    /// A frame is sent to bridges, some of whom may be told to ask for bodies.
    pub(super) fn begin_frame(&self) {
        self.to_tell.set(TOLD_AT_ONCE);
        self.bridged.take();
    }

    /// The frame was sent to one of them.
    pub(super) fn count_bridge(&self) {
        self.bridged.set(self.bridged.get().saturating_add(1));
    }

    /// How many there were with the last frame.
    pub(super) fn bridged(&self) -> usize {
        self.bridged.get()
    }

    fn take(&self, which: impl Fn(&Pour) -> bool) -> Vec<Pour> {
        let mut open = self.open.borrow_mut();
        let (taken, kept) = open.drain(..).partition(which);
        *open = kept;
        taken
    }

    fn forget(&self, which: impl Fn(&Pour) -> bool) {
        drop(self.take(which));
    }
}

impl Pour {
    fn push(&self, frames: &Uint8Array) {
        if frames.length() > 0 {
            // One that is cancelled already is forgotten when its socket closes.
            let _ = self.controller.enqueue_with_chunk(frames);
        }
    }

    fn is_at(&self, socket: &WebSocket) -> bool {
        Object::is(self.socket.as_ref(), socket.as_ref())
    }
}
