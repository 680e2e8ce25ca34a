//! A stream's readers and publishers: EventSources, and requests on kept connections.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

use anyhow::{Result, bail};
use tokio::task::spawn_local;

use crate::connection::Connection;
use crate::dialect::Dialect;
use crate::http::{self, Body, Head};
use crate::marker;
use crate::order::Order;
use crate::tally::Tally;

/// Someone who reads the stream.
#[derive(Debug)]
pub(crate) struct Reader {
    connection: Rc<Connection>,
    tally: Rc<Tally>,
    order: RefCell<Order>,
}

impl Reader {
    /// Subscribes, and reads from then on; returns when the headers are there.
    pub(crate) async fn subscribe(
        port: u16,
        dialect: Dialect,
        tally: Rc<Tally>,
    ) -> Result<Rc<Self>> {
        let connection = Connection::open(port).await?;
        let path = dialect.stream();
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/event-stream\r\n\r\n"
        );
        connection.send(request.as_bytes());
        let mut buffer = Vec::new();
        let head = head_of(&connection, &mut buffer).await?;
        if head.status != 200 {
            bail!(
                "a reader was refused with {}: {}",
                head.status,
                String::from_utf8_lossy(&buffer)
            );
        }
        let reader = Rc::new(Self {
            connection,
            tally,
            order: RefCell::default(),
        });
        let reading = Rc::clone(&reader);
        spawn_local(async move {
            if let Err(error) = reading.read(buffer, head.body).await {
                reading.tally.on_failure(&error);
            }
        });
        Ok(reader)
    }

    /// What it read.
    pub(crate) fn order(&self) -> &RefCell<Order> {
        &self.order
    }

    async fn read(&self, mut buffer: Vec<u8>, mut body: Body) -> Result<()> {
        let mut text: Vec<u8> = Vec::new();
        loop {
            let now = self.tally.micros(Instant::now());
            let taken = body.take(&buffer, |piece| text.extend(piece))?;
            buffer.drain(..taken);
            // An event may be cut anywhere: only whole lines are looked at.
            let whole = memchr::memrchr(b'\n', &text).map_or(0, |end| end + 1);
            if let Some(lines) = text.get(..whole) {
                let mut order = self.order.borrow_mut();
                marker::scan(lines, |marker| {
                    self.tally.on_delivery(&mut order, marker, now);
                });
            }
            text.drain(..whole);
            if body == Body::Done {
                bail!("the server has ended a stream");
            }
            self.connection.receive(&mut buffer).await?;
        }
    }
}

/// Asks for one thing after another on one connection.
#[derive(Debug)]
pub(crate) struct Requester {
    connection: Rc<Connection>,
    port: u16,
    buffer: Vec<u8>,
}

impl Requester {
    /// Connects.
    pub(crate) async fn open(port: u16) -> Result<Self> {
        Ok(Self {
            connection: Connection::open(port).await?,
            port,
            buffer: Vec::new(),
        })
    }

    /// Publishes a body and waits for the answer.
    pub(crate) async fn publish(&mut self, dialect: Dialect, body: &str) -> Result<()> {
        let (path, kind) = dialect.publish();
        self.ask(&format!(
            "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
            self.port,
            body.len()
        ))
        .await
        .map(drop)
    }

    /// Gets what is at `path`.
    pub(crate) async fn get(&mut self, path: &str) -> Result<Vec<u8>> {
        self.ask(&format!(
            "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n",
            self.port
        ))
        .await
    }

    async fn ask(&mut self, request: &str) -> Result<Vec<u8>> {
        self.connection.send(request.as_bytes());
        let Head {
            status, mut body, ..
        } = head_of(&self.connection, &mut self.buffer).await?;
        let mut content = Vec::new();
        loop {
            let taken = body.take(&self.buffer, |piece| content.extend(piece))?;
            self.buffer.drain(..taken);
            if body == Body::Done {
                break;
            }
            self.connection.receive(&mut self.buffer).await?;
        }
        if !(200..300).contains(&status) {
            bail!(
                "a request was refused with {status}: {}",
                String::from_utf8_lossy(&content)
            );
        }
        Ok(content)
    }
}

/// Receives until a head is there, and takes it off the buffer.
async fn head_of(connection: &Connection, buffer: &mut Vec<u8>) -> Result<Head> {
    loop {
        if let Some(head) = http::head(buffer)? {
            buffer.drain(..head.length);
            return Ok(head);
        }
        connection.receive(buffer).await?;
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{Ipv4Addr, TcpListener};
    use std::thread;
    use std::time::Duration;

    use tokio::task::LocalSet;
    use tokio::time::sleep;

    use super::*;

    #[test]
    fn latency_is_from_when_an_event_was_due_until_a_reader_has_it() {
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = server.local_addr().unwrap().port();
        let tally = Rc::new(Tally::new(1).unwrap());
        let due = Instant::now();
        tally.measure_from(due);
        let mut text = String::new();
        tally.next(0, due).write_text(&mut text);
        let late = thread::spawn(move || {
            let (mut reader, _) = server.accept().unwrap();
            let _ = reader.read(&mut [0; 1_024]).unwrap();
            let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
            reader.write_all(head).unwrap();
            thread::sleep(Duration::from_millis(40));
            let event = format!("data: {text}\n\n");
            let chunk = format!("{:x}\r\n{event}\r\n", event.len());
            reader.write_all(chunk.as_bytes()).unwrap();
            reader
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        LocalSet::new().block_on(&runtime, async {
            let reader = Reader::subscribe(port, Dialect::Plain, Rc::clone(&tally))
                .await
                .unwrap();
            while reader.order().borrow().received() == 0 {
                sleep(Duration::from_millis(1)).await;
            }
        });
        drop(late.join());
        let latency = tally.percentile(50.0);
        assert!((40.0..10_000.0).contains(&latency), "{latency} ms");
    }
}
