//! The sockets of a stream's readers, as the object that owns the stream sees them;
//! a room's object sees its watchers and members so too.
//!
//! Two kinds, told apart by their wire. The bridge of an event-stream response
//! asks for the next page of a replay when its reader has room, and says when it
//! has none. A client's own WebSocket says nothing: how much waits for it is read
//! from the socket.

use super::js_error;
use crate::close::{self, Close};
use crate::error::Result;
use crate::limit::READER_BACKLOG_BYTES;
use crate::patience::{Look, Patience};
use crate::stream::{Reader, Wire};
use futures_channel::oneshot;
use futures_util::future;
use js_sys::{JsString, Uint8Array};
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, MessageEvent};
use worker::worker_sys::ext::WebSocketExt;
use worker::{Delay, WebSocket};

/// How long a client's own socket that has no room is left alone before it is looked at
/// again.
const CATCH_UP_PAUSE: Duration = Duration::from_millis(50);
/// Who catches up has a minute to have room for the next of the past.
pub(super) const CATCHING_UP: Patience = Patience::until(READER_BACKLOG_BYTES, 1_200);
/// Who takes nothing for ten seconds is not there.
pub(super) const BEING_THERE: Patience = Patience::until_any(200);

/// From the bridge: the reader is ready for the next page. To the bridge: there
/// is one.
pub(super) const MORE: &str = "more";
/// From the bridge: the reader does not keep up; nothing until it asks for more.
pub(super) const HOLD: &str = "hold";
/// To the bridge: the stream is conflated, so holding loses nothing of value.
pub(super) const CONFLATED: &str = "conflated";

/// To the bridge: ask for the body of the reader whose number follows, and let it take
/// the place of this socket until it ends.
pub(super) const POUR: &str = "pour ";
/// From the bridge: that body is to end. To the bridge: it is about to.
pub(super) const COOL: &str = "cool";

/// The longest word there is, in characters; numbers included.
const WORD_CHARS: u32 = 32;

/// The word that a message is; none of ours where it is none.
pub(super) fn word_of(message: &JsValue) -> String {
    // Measured first: what a client sends may be 32 MiB, which need not be copied.
    let text = message.dyn_ref::<JsString>();
    let word = text.filter(|text| text.length() <= WORD_CHARS);
    word.map(String::from).unwrap_or_default()
}

/// What sockets are found by that have to be closed when a token runs out.
pub(super) const EXPIRING: &str = "expiring";

/// What is known of the reader at this socket; `None` for one that is closing.
pub(super) fn known(socket: &WebSocket) -> Result<Option<Reader>> {
    attachment(socket)
        .map(|json| Reader::from_json(&json))
        .transpose()
}

/// Keeps what is known of a reader with its socket, where it survives hibernation.
pub(super) fn keep(reader: Reader, socket: &WebSocket) -> Result<()> {
    let json = JsValue::from_str(&reader.to_json()?);
    let kept = socket.as_ref().serialize_attachment(json);
    kept.map_err(|error| js_error(&error))
}

/// What is attached to a socket: a text, or nothing. Not read by what worker has for it,
/// with which half of serde's error messages comes into the wasm, and the writing of
/// floating point numbers.
pub(super) fn attachment(socket: &WebSocket) -> Option<String> {
    socket.as_ref().deserialize_attachment().ok()?.as_string()
}

/// A frame in the form in which JavaScript sends it, made once for all readers.
#[derive(Debug)]
pub(super) enum Frame {
    /// Bytes of an event stream: the bridge passes them on as they are.
    Bytes(Uint8Array),
    /// JSON text.
    Text(JsValue),
}

impl From<&[u8]> for Frame {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(Uint8Array::from(bytes))
    }
}

impl Frame {
    /// Copies a frame out of wasm.
    pub(super) fn new(wire: Wire, text: &str) -> Self {
        match wire {
            Wire::EventStream => Self::Bytes(Uint8Array::from(text.as_bytes())),
            Wire::Json => Self::Text(JsValue::from_str(text)),
        }
    }

    /// Sends it. A socket that cannot take it is closing, and its reader comes back.
    pub(super) fn send(&self, socket: &WebSocket) {
        let value = match self {
            Self::Bytes(bytes) => bytes.as_ref(),
            Self::Text(text) => text,
        };
        let _ = super::bindings::send(socket.as_ref(), value);
    }
}

/// Closes a socket; one that is closed already stays closed.
pub(super) fn close(socket: &WebSocket, close: Close) {
    let _ = socket.close(Some(close.code()), Some(close.reason()));
}

/// Answers a client that closes with `code`: it would wait.
pub(super) fn answer_close(socket: &WebSocket, code: u16) {
    let code = close::echo(code);
    // It may be closed already, and then it has its answer.
    let _ = socket.close(code, code.map(|_| ""));
}

/// How many bytes wait to be sent on a socket.
pub(super) fn waiting(socket: &WebSocket) -> usize {
    super::bindings::buffered_amount(socket.as_ref())
}

/// Whether more waits to be sent on a socket than a reader may be behind.
pub(super) fn is_slow(socket: &WebSocket) -> bool {
    waiting(socket) > READER_BACKLOG_BYTES
}

/// Waits until a socket to an object brings an event, or ends, or the time is over, or
/// `signal` says that whoever asked has gone: the platform lets a request go on then.
pub(super) async fn first_event(
    socket: &WebSocket,
    timeout: Delay,
    signal: &AbortSignal,
) -> Result<()> {
    let (sender, receiver) = oneshot::channel::<Result<()>>();
    let sender = Rc::new(Cell::new(Some(sender)));
    let on_message = {
        let sender = Rc::clone(&sender);
        Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            // Words between bridge and object are text. Events are not.
            if !event.data().is_string() {
                sender.take();
            }
        })
    };
    // An end of whatever kind is worth a look too.
    let on_end = {
        let sender = Rc::clone(&sender);
        Closure::<dyn FnMut()>::new(move || drop(sender.take()))
    };
    let raw = socket.as_ref();
    raw.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    raw.set_onclose(Some(on_end.as_ref().unchecked_ref()));
    raw.set_onerror(Some(on_end.as_ref().unchecked_ref()));
    signal.set_onabort(Some(on_end.as_ref().unchecked_ref()));
    socket.accept()?;
    if signal.aborted() {
        sender.take();
    }
    // What is waited for is that the other half is dropped.
    let _ = future::select(receiver, timeout).await;
    raw.set_onmessage(None);
    raw.set_onclose(None);
    raw.set_onerror(None);
    signal.set_onabort(None);
    Ok(())
}

/// Looks at how much waits for a client's own socket, until it has room; `false` where it
/// is taken for one that does not read.
pub(super) async fn has_room(socket: &WebSocket, mut patience: Patience) -> bool {
    loop {
        match patience.look(waiting(socket)) {
            Look::Room => break,
            Look::Again => Delay::from(CATCH_UP_PAUSE).await,
            Look::Absent => return false,
        }
    }
    // Elsewhere in between: what is already waiting for this object.
    Delay::from(Duration::ZERO).await;
    true
}
