//! A room and a stream with axum, as one would write them first: the native bound.
//!
//! One `tokio::sync::broadcast` for the room and one for the stream; a frame or an event
//! per message, nothing stored, nothing acknowledged. It prints its port and process as
//! one line of JSON and serves on one thread until it is ended.

use std::convert::Infallible;
use std::io::Write;

use anyhow::Result;
use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::Response;
use axum::response::sse::{Event, Sse};
use axum::routing::get;
use futures_util::{Stream, StreamExt};
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;

/// How far a receiver may fall behind before it loses messages.
const CAPACITY: usize = 65_536;

#[derive(Clone)]
struct Channels {
    room: broadcast::Sender<Utf8Bytes>,
    stream: broadcast::Sender<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let channels = Channels {
        room: broadcast::channel(CAPACITY).0,
        stream: broadcast::channel(CAPACITY).0,
    };
    let app = Router::new()
        .route("/room", get(join))
        .route("/stream", get(subscribe).post(publish))
        .with_state(channels);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let line = format!(
        "{{\"port\":{},\"pid\":{}}}\n",
        listener.local_addr()?.port(),
        std::process::id()
    );
    std::io::stdout().write_all(line.as_bytes())?;
    axum::serve(listener, app).await?;
    Ok(())
}

async fn join(upgrade: WebSocketUpgrade, State(channels): State<Channels>) -> Response {
    // Before the answer: who has it may rely on hearing what is said from now on.
    let messages = channels.room.subscribe();
    upgrade.on_upgrade(move |socket| member(socket, channels.room, messages))
}

/// Sends what others say, and passes on what this member says, until either fails.
async fn member(
    mut socket: WebSocket,
    room: broadcast::Sender<Utf8Bytes>,
    mut messages: broadcast::Receiver<Utf8Bytes>,
) {
    loop {
        tokio::select! {
            heard = messages.recv() => match heard {
                Ok(text) => {
                    if socket.send(Message::Text(text)).await.is_err() {
                        return;
                    }
                }
                // Behind by more than the channel holds: cut, not fed with holes.
                Err(_) => return,
            },
            said = socket.recv() => match said {
                Some(Ok(Message::Text(text))) => {
                    // Fails only when nobody is there, and this member is.
                    let _ = room.send(text);
                }
                Some(Ok(_)) => {}
                _ => return,
            },
        }
    }
}

async fn subscribe(
    State(channels): State<Channels>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let events = BroadcastStream::new(channels.stream.subscribe());
    // One that lagged behind is told nothing: the load generator sees the loss.
    Sse::new(
        events.filter_map(async |event| event.ok().map(|data| Ok(Event::default().data(data)))),
    )
}

async fn publish(State(channels): State<Channels>, body: String) -> StatusCode {
    // Fails only when nobody reads, which is none of the publisher's business.
    let _ = channels.stream.send(body);
    StatusCode::NO_CONTENT
}
