//! A member of a room: hears, counts, and speaks when it is its turn.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

use anyhow::{Result, bail};
use tokio::sync::oneshot;
use tokio::task::spawn_local;

use crate::connection::Connection;
use crate::dialect::{Dialect, Meaning};
use crate::frame::{self, Kind};
use crate::order::Order;
use crate::tally::Tally;
use crate::{http, marker};

/// A member who has joined.
#[derive(Debug)]
pub(crate) struct Member {
    connection: Rc<Connection>,
    dialect: Dialect,
    tally: Rc<Tally>,
    /// Its number among the senders.
    sender: Option<usize>,
    /// Whether what it said moves its window.
    closed_loop: bool,
    order: RefCell<Order>,
}

/// How a member takes part.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    /// Its number among the senders, if it is one.
    pub(crate) sender: Option<usize>,
    /// Whether it says the next thing as soon as the last is acknowledged.
    pub(crate) closed_loop: bool,
}

impl Member {
    /// Joins, and listens from then on.
    pub(crate) async fn join(
        port: u16,
        dialect: Dialect,
        tally: Rc<Tally>,
        Part {
            sender,
            closed_loop,
        }: Part,
    ) -> Result<Rc<Self>> {
        let connection = Connection::open(port).await?;
        let request = format!(
            "GET {} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            dialect.room()
        );
        connection.send(request.as_bytes());
        let mut buffer = Vec::new();
        let head = loop {
            connection.receive(&mut buffer).await?;
            if let Some(head) = http::head(&buffer)? {
                break head;
            }
        };
        if head.status != 101 {
            bail!(
                "a member was refused with {}: {}",
                head.status,
                String::from_utf8_lossy(&buffer)
            );
        }
        buffer.drain(..head.length);
        let member = Rc::new(Self {
            connection,
            dialect,
            tally,
            sender,
            closed_loop,
            order: RefCell::default(),
        });
        let (joined, ready) = oneshot::channel();
        let listening = Rc::clone(&member);
        spawn_local(async move {
            if let Err(error) = listening.listen(buffer, joined).await {
                listening.tally.on_failure(&error);
            }
        });
        if ready.await.is_err() {
            bail!("a member was dropped while it joined");
        }
        Ok(member)
    }

    /// Says so many messages that are due at `due`, in one write.
    pub(crate) fn say(&self, count: usize, due: Instant) {
        let Some(sender) = self.sender else { return };
        let mut frames = Vec::with_capacity(count * 192);
        let mut text = String::new();
        for _ in 0..count {
            let marker = self.tally.next(sender, due);
            text.clear();
            marker.write_text(&mut text);
            frame::write_text(&mut frames, &self.dialect.frame(marker.number, &text));
        }
        self.connection.send(&frames);
    }

    /// What it heard.
    pub(crate) fn order(&self) -> &RefCell<Order> {
        &self.order
    }

    async fn listen(&self, mut buffer: Vec<u8>, joined: oneshot::Sender<()>) -> Result<()> {
        let mut joined = Some(joined);
        if self.dialect.joined_by_handshake() {
            joined.take().map(|joined| joined.send(()));
        }
        loop {
            let now = self.tally.micros(Instant::now());
            let (mut rest, mut own) = (buffer.as_slice(), 0);
            while let Some((kind, payload, behind)) = frame::next(rest)? {
                rest = behind;
                match kind {
                    Kind::Data => own += self.on_frame(payload, now, &mut joined),
                    Kind::Ping => {
                        let mut pong = Vec::new();
                        frame::write_pong(&mut pong, payload);
                        self.connection.send(&pong);
                    }
                    Kind::Close => bail!(
                        "the server closed a member: {}",
                        String::from_utf8_lossy(payload)
                    ),
                    Kind::Pong => {}
                }
            }
            let taken = buffer.len() - rest.len();
            buffer.drain(..taken);
            if own > 0 && self.closed_loop && self.tally.running.get() {
                self.say(own, Instant::now());
            }
            self.connection.receive(&mut buffer).await?;
        }
    }

    /// Counts what is in a frame; answers how many of its own messages are done.
    fn on_frame(&self, frame: &[u8], now: u64, joined: &mut Option<oneshot::Sender<()>>) -> usize {
        match self.dialect.meaning(frame, joined.is_none()) {
            Meaning::Joined => {
                joined.take().map(|joined| joined.send(()));
            }
            Meaning::Answer(text) => {
                let mut answer = Vec::new();
                frame::write_text(&mut answer, text);
                self.connection.send(&answer);
            }
            Meaning::Content => {}
        }
        let mut echoes = 0;
        let mut order = self.order.borrow_mut();
        marker::scan(frame, |marker| {
            self.tally.on_delivery(&mut order, marker, now);
            echoes += usize::from(Some(marker.sender) == self.sender);
        });
        match self.sender {
            Some(_) if self.dialect.acknowledges() => self.dialect.acks(frame),
            _ => echoes,
        }
    }
}
