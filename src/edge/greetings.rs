//! What sockets are sent before their upgrade has been answered, held until it has.
//!
//! workerd answers an upgrade and connects its socket to the client only after the handler
//! has returned. What is sent before that finds nobody who takes it: the platform parks it,
//! and what that needs stays with the connection, some 9 kB in workerd 1.20261117
//! (`docs/benchmarks.md`). One turn of the event loop later it passes straight through.

use super::bindings;
use super::readers::Frame;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use worker::WebSocket;

/// The greetings of an object's newest sockets.
///
/// Whoever sends anything else to any of its sockets calls [`Greetings::release`] before:
/// otherwise it could overtake.
#[derive(Debug)]
pub(super) struct Greetings {
    held: Rc<RefCell<Vec<(WebSocket, Frame)>>>,
    /// What a timer calls for all of them, one turn of the event loop after the first has
    /// come.
    on_turn: Closure<dyn FnMut()>,
}

impl Greetings {
    pub(super) fn new() -> Self {
        let held = Rc::default();
        let on_turn = {
            let held = Rc::clone(&held);
            Closure::new(move || release(&held))
        };
        Self { held, on_turn }
    }

    /// Sends a socket that is new something of its greeting.
    pub(super) fn send(&self, socket: &WebSocket, frame: Frame) {
        let mut held = self.held.borrow_mut();
        if held.is_empty() {
            bindings::set_timeout(self.on_turn.as_ref().unchecked_ref(), 0.0);
        }
        held.push((socket.clone(), frame));
    }

    /// Sends what is held.
    pub(super) fn release(&self) {
        release(&self.held);
    }
}

fn release(held: &RefCell<Vec<(WebSocket, Frame)>>) {
    for (socket, frame) in held.take() {
        frame.send(&socket);
    }
}
