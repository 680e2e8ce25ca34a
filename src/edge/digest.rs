//! `PUT /v1/jobs/digest/{name}`: the job around [`Digest`].
//!
//! The body is read into one buffer that goes around: the platform fills it, its
//! native hash takes it, its line feeds are counted, and it is filled again. How
//! large the body is makes no difference to memory.
//!
//! The job runs under `waitUntil`, so that it can still say that it failed when
//! the client, and with it the request, has gone. Should the whole Worker be
//! killed, the lease that the stream's object keeps on the job runs out and says it.

use super::bindings::DigestStream;
use super::body::{filled, read};
use super::reply::Response;
use super::request::Request;
use super::stub::StreamStub;
use super::{clock, js_error, promise, reply};
use crate::error::{Error, Result};
use crate::job::digest::{DIGEST, Digest, EVERY_MS, Outcome};
use crate::log::Entry;
use crate::stream::command::Command;
use futures_util::future::{Fuse, FusedFuture, FutureExt, LocalBoxFuture};
use futures_util::select_biased;
use js_sys::Uint8Array;
use std::time::Duration;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStream, ReadableStreamByobReader, WritableStreamDefaultWriter};
use worker::{Delay, worker_sys};

/// How much of the body is read at once, in bytes.
const BUFFER_BYTES: u32 = 256 * 1024;

/// How often the end of the job is tried to be published.
const ATTEMPTS: u32 = 4;

/// Runs the job and answers with its outcome.
pub(super) async fn run(
    request: &Request,
    stream: StreamStub,
    context: &worker_sys::Context,
) -> Result<Response> {
    // With an identity of its own: should the stream be deleted meanwhile, nothing
    // of this job brings it back.
    let job = format!("{DIGEST}.{}", clock::fresh_epoch().as_str());
    let claim = Command::Claim {
        job: job.clone(),
        retain_events: 0,
    };
    stream.ask(&claim).await?.ok()?;
    let stream = Claimed { stream, job };
    let length = request.header("Content-Length")?;
    let digest = Digest::new(length.and_then(|length| length.parse().ok()));
    let body = request.raw().body();
    let (sender, receiver) = futures_channel::oneshot::channel();
    let work = promise::of_end(Box::pin(async move {
        let outcome = Job { digest, stream }.run(body).await;
        // Nobody listens when the client has gone.
        let _ = sender.send(outcome);
    }));
    context.wait_until(&work).map_err(|e| js_error(&e))?;
    let outcome: Outcome = receiver
        .await
        .map_err(|_| Error::Unavailable("The job was interrupted.".to_owned()))??;
    reply::json_text(200, "application/json", &reply::to_json(&outcome)?)
}

struct Job {
    digest: Digest,
    stream: Claimed,
}

/// A stream that this job has claimed.
#[derive(Clone)]
struct Claimed {
    stream: StreamStub,
    job: String,
}

impl Claimed {
    /// Publishes events; whether somebody has asked the job to stop.
    async fn publish(&self, events: Vec<Entry>) -> Result<bool> {
        let command = Command::publish_for(&self.job, events)?;
        self.stream.publish(&command).await
    }

    /// Publishes the end of the job, and tries again where the object could not be
    /// reached: without it the readers would wait for the lease to run out.
    async fn publish_end(&self, events: Vec<Entry>) -> Result<()> {
        let command = Command::publish_for(&self.job, events)?;
        let mut attempt = 0_u32;
        loop {
            attempt = attempt.saturating_add(1);
            match self.stream.publish(&command).await {
                Err(Error::Unavailable(_)) if attempt < ATTEMPTS => {
                    let pause = 200_u64.saturating_mul(attempt.into());
                    Delay::from(Duration::from_millis(pause)).await;
                }
                // The attempt before had arrived; only its answer was lost.
                Err(Error::Conflict(_)) if attempt > 1 => return Ok(()),
                result => return result.map(drop),
            }
        }
    }
}

/// Why a job does not succeed.
enum Stop {
    /// The body did not arrive whole.
    Broken,
    /// Somebody asked for it.
    Cancelled,
    /// A fault of ours, or the stream takes nothing more.
    Fault(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Fault(error)
    }
}

impl Job {
    async fn run(mut self, body: Option<ReadableStream>) -> Result<Outcome> {
        match self.digest(body).await {
            Ok(sha256) => {
                let (outcome, events) = self.digest.succeed(&sha256, clock::now())?;
                self.stream.publish_end(events).await?;
                Ok(outcome)
            }
            Err(Stop::Broken) => {
                let message = "The body did not arrive whole.";
                self.stream.publish_end(self.digest.fail(message)?).await?;
                Err(Error::bad_request(message))
            }
            Err(Stop::Cancelled) => {
                self.stream.publish_end(self.digest.cancel()?).await?;
                Err(Error::conflict("The job was cancelled."))
            }
            Err(Stop::Fault(error)) => {
                // If it can still be said, the readers need not wait for the lease.
                let message = "The job could not go on.";
                let _ = self.stream.publish_end(self.digest.fail(message)?).await;
                Err(error)
            }
        }
    }

    /// Reads the body to its end and publishes progress meanwhile; the hash.
    async fn digest(&mut self, body: Option<ReadableStream>) -> Result<Vec<u8>, Stop> {
        let mut hash = Hash::new()?;
        let mut publishing: Fuse<LocalBoxFuture<'static, Result<bool>>> = Fuse::terminated();
        if let Some(body) = body {
            let reader = ReadableStreamByobReader::new(&body).map_err(|e| js_error(&e))?;
            let mut tick = tick();
            let mut reading = read(&reader, &Uint8Array::new_with_length(BUFFER_BYTES)).fuse();
            loop {
                self.begin_progress(&mut publishing)?;
                select_biased! {
                    result = publishing => {
                        if result? {
                            // The rest of the body is of no interest any more.
                            let _ = reader.cancel();
                            return Err(Stop::Cancelled);
                        }
                    }
                    result = reading => {
                        let Some(filled) = filled(result.map_err(|_| Stop::Broken)?) else {
                            break;
                        };
                        self.digest.on_chunk(hash.update(&filled).await?);
                        // The same memory, whole again: what came back is a view
                        // as long as what was read.
                        reading = read(&reader, &Uint8Array::new(&filled.buffer())).fuse();
                    }
                    () = tick => tick = self::tick(),
                }
            }
        }
        if !publishing.is_terminated() && publishing.await? {
            return Err(Stop::Cancelled);
        }
        Ok(hash.finish().await?)
    }

    /// Begins to publish progress where it is due and none is on its way. Reading
    /// goes on meanwhile; the future tells whether the job is to stop.
    fn begin_progress(
        &mut self,
        publishing: &mut Fuse<LocalBoxFuture<'static, Result<bool>>>,
    ) -> Result<()> {
        if publishing.is_terminated()
            && let Some(event) = self.digest.poll_progress(clock::now())?
        {
            let stream = self.stream.clone();
            let published = async move { stream.publish(vec![event]).await };
            *publishing = published.boxed_local().fuse();
        }
        Ok(())
    }
}

fn tick() -> Fuse<Delay> {
    Delay::from(Duration::from_millis(EVERY_MS)).fuse()
}

/// The platform's SHA-256, and a copy of what goes through it for counting.
struct Hash {
    stream: DigestStream,
    writer: WritableStreamDefaultWriter,
    seen: Vec<u8>,
}

impl Hash {
    fn new() -> Result<Self> {
        let stream = DigestStream::new("SHA-256").map_err(|e| js_error(&e))?;
        let writer = stream.get_writer().map_err(|e| js_error(&e))?;
        Ok(Self {
            stream,
            writer,
            seen: Vec::new(),
        })
    }

    /// Hashes some bytes, and returns them as Rust sees them.
    async fn update(&mut self, bytes: &Uint8Array) -> Result<&[u8]> {
        JsFuture::from(self.writer.write_with_chunk(bytes))
            .await
            .map_err(|e| js_error(&e))?;
        self.seen.resize(bytes.length() as usize, 0);
        bytes.copy_to(&mut self.seen);
        Ok(&self.seen)
    }

    async fn finish(self) -> Result<Vec<u8>> {
        JsFuture::from(self.writer.close())
            .await
            .map_err(|e| js_error(&e))?;
        let hash = JsFuture::from(self.stream.digest())
            .await
            .map_err(|e| js_error(&e))?;
        Ok(Uint8Array::new(&hash).to_vec())
    }
}
