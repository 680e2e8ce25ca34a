//! A TCP connection that any task of the one thread may write to.

use std::cell::RefCell;
use std::io::ErrorKind;
use std::net::Ipv4Addr;
use std::rc::Rc;

use anyhow::{Result, bail};
use tokio::net::TcpStream;
use tokio::task::spawn_local;

/// How much is read at once, at the least.
const READ_BYTES: usize = 64 * 1024;

/// A connection to the server.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    /// What the socket's buffer had no room for. There is seldom any.
    pending: RefCell<Vec<u8>>,
}

impl Connection {
    /// Connects to the server on this machine.
    pub(crate) async fn open(port: u16) -> Result<Rc<Self>> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        stream.set_nodelay(true)?;
        Ok(Rc::new(Self {
            stream,
            pending: RefCell::default(),
        }))
    }

    /// Sends now, or as soon as there is room, in order.
    pub(crate) fn send(self: &Rc<Self>, bytes: &[u8]) {
        let mut pending = self.pending.borrow_mut();
        if !pending.is_empty() {
            pending.extend(bytes);
            return;
        }
        let sent = self.stream.try_write(bytes).unwrap_or(0);
        if let Some(rest) = bytes.get(sent..).filter(|rest| !rest.is_empty()) {
            pending.extend(rest);
            spawn_local(Rc::clone(self).flush());
        }
    }

    async fn flush(self: Rc<Self>) {
        loop {
            // An error shows itself to who reads, too.
            if self.stream.writable().await.is_err() {
                return;
            }
            let mut pending = self.pending.borrow_mut();
            match self.stream.try_write(&pending) {
                Ok(sent) => drop(pending.drain(..sent)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_) => return,
            }
            if pending.is_empty() {
                return;
            }
        }
    }

    /// Appends what has arrived to `buffer`, at least one byte.
    pub(crate) async fn receive(&self, buffer: &mut Vec<u8>) -> Result<()> {
        loop {
            self.stream.readable().await?;
            buffer.reserve(READ_BYTES);
            match self.stream.try_read_buf(buffer) {
                Ok(0) => bail!("the server has ended a connection"),
                Ok(_) => return Ok(()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}
