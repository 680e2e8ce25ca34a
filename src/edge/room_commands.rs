//! What the Worker asks of the object of a room, and how it is answered.

use super::reply::Response;
use super::room_owner::{Owner, interrupted};
use super::sqlite::Sqlite;
use super::{clock, js_error, reply, tally};
use crate::answer::Answer;
use crate::backup::Ask;
use crate::close::Close;
use crate::error::Result;
use crate::room::Room;
use crate::room::command::{Command, Opening};
use crate::room::frame::Frame;
use crate::room::object::Object;
use crate::room::seat::Conn;
use futures_channel::oneshot;
use std::rc::Rc;
use worker::{WebSocketPair, WebSocketRequestResponsePair};

impl Owner {
    /// Opens a connection.
    pub(super) fn open(self: &Rc<Self>, opening: &str) -> Result<Response> {
        self.tally.request();
        let now = clock::now();
        match Opening::from_json(opening)? {
            Opening::Member { who, position } => {
                self.accept(|room, conn| room.join(conn, &who, &position, now))
            }
            Opening::Watcher { watcher, position } => {
                self.accept(|room, conn| room.watch(conn, watcher.as_deref(), &position, now))
            }
        }
    }

    /// Answers a command.
    pub(super) async fn answer(self: &Rc<Self>, command: &str) -> Result<Answer> {
        self.tally.request();
        let now = clock::now();
        if command == tally::STATS {
            self.with(|room| room.must_exist())?;
            return Ok(self.tally.answer(&self.state, self.awake_since));
        }
        if let Some(ask) = Ask::parse(command) {
            let answer = self.with(|room| room.backup(&ask, now))?;
            self.arm_soon();
            return Ok(answer);
        }
        match Command::from_json(command)? {
            Command::Info => {
                let info = self.with(|room| room.info(self.awake_since, now))?;
                Ok(Answer::json(200, &info))
            }
            Command::Configure { config } => {
                let is_new = self.with(|room| room.configure(config, now))?;
                self.arm().await?;
                let info = self.with(|room| room.info(self.awake_since, now))?;
                let status = if is_new { 201 } else { 200 };
                Ok(Answer::json(status, &info))
            }
            Command::Page { reader, request } => {
                let page = self.with(|room| {
                    room.check_banned(reader.as_deref(), now)?;
                    room.must_exist()?;
                    room.page(&request, now)
                })?;
                Ok(Answer::json(200, &page))
            }
            Command::Post { who, body } => {
                let (post, _) = Frame::parse_post(body.as_bytes())?;
                let receipt = self.with(|room| room.post(&who, &post, now))?;
                self.flushed().await?;
                let receipt = Object::new()
                    .text("cursor", &receipt.cursor.to_string())
                    .maybe_text("id", post.id())
                    .flag("duplicate", receipt.duplicate);
                Ok(Answer::json(200, &receipt.end()))
            }
            Command::Kick { id, ban_ms } => {
                self.with(|room| room.kick(&id, ban_ms, now))?;
                self.arm().await?;
                Ok(Answer::no_content())
            }
            Command::Delete => {
                self.with(|room| room.must_exist())?;
                self.forget(now).await?;
                Ok(Answer::no_content())
            }
        }
    }

    /// Takes a new connection, and lets it in as `enter` says.
    fn accept(
        self: &Rc<Self>,
        enter: impl FnOnce(&mut Room<Sqlite>, Conn) -> Result<()>,
    ) -> Result<Response> {
        // Loaded before there is a socket that nothing is known of yet.
        let conn = self.with(|room| Ok(room.free_conn(clock::random_u32())))?;
        let pair = WebSocketPair::new()?;
        self.state.accept_web_socket(&pair.server);
        if !self.answers_pings.replace(true) {
            // Answered by the runtime, without waking the object.
            let pair = WebSocketRequestResponsePair::new("ping", "pong");
            let pair = pair.map_err(|error| js_error(&error))?;
            self.state.set_websocket_auto_response(&pair);
        }
        self.sockets.begin_greeting(conn, &pair.server);
        let entered = self.with(|room| enter(room, conn));
        self.sockets.end_greeting();
        if let Err(error) = entered {
            self.sockets.hang_up(conn, Close::Fault);
            return Err(error);
        }
        if self.sockets.get(conn).is_none() {
            // Turned away; perhaps for the sake of somebody who is not there.
            self.let_go_of_absent();
        }
        self.arm_for(conn);
        reply::websocket(&pair.client)
    }

    /// Waits until everything that was said so far is durable and sent.
    async fn flushed(self: &Rc<Self>) -> Result<()> {
        let (sender, receiver) = oneshot::channel();
        self.waiting.borrow_mut().push(sender);
        // A repetition leaves nothing to flush, and is told here.
        self.with(|_| Ok(()))?;
        receiver.await.unwrap_or_else(|_| Err(interrupted()))
    }

    /// Tells everybody, and forgets the room with everything that is stored.
    pub(super) async fn forget(self: &Rc<Self>, now: u64) -> Result<()> {
        self.with(|room| room.close(now))?;
        self.room.borrow_mut().take();
        self.tell_waiting(&Err(interrupted()));
        self.alarm.forget();
        let storage = self.state.storage();
        storage.delete_alarm().await?;
        storage.delete_all().await?;
        // What was loaded while that was under way is of the former life.
        self.room.borrow_mut().take();
        Ok(())
    }
}
