//! `POST /v1/jobs/{kind}/{name}`: how a job is begun.

use super::reply::Response;
use super::stub::StreamStub;
use super::{clock, job_object, reply};
use crate::error::Result;
use crate::job::run::Begun;
use crate::name::Name;
use crate::stream::command::Command;
use worker::Env;

/// Claims the stream, hands the job to an object of its own, and answers.
///
/// Should that object not take it, the stream's lease on the job runs out and
/// says so to the readers.
pub(super) async fn begin(
    kind: &str,
    name: &Name,
    body: &[u8],
    stream: &StreamStub,
    env: &Env,
) -> Result<Response> {
    let begun = Begun::from_body(kind, body)?;
    let answer = begun.answer(name);
    let retain_events = begun.retain_events();
    let run = begun.run(kind, clock::fresh_epoch().as_str(), name)?;
    let claim = Command::Claim {
        job: run.claim(),
        retain_events,
    };
    stream.ask(&claim).await?.ok()?;
    job_object::start(env, &run).await?;
    reply::json_text(202, "application/json", &answer)
}
