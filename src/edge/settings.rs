//! The operator's vars, read once a request.

use crate::access::grants::Grants;
use crate::access::origin::AllowedOrigins;
use crate::error::Result;
use crate::journal::Level;
use crate::limit::MAX_CONNECTIONS;
use crate::room::config;
use crate::sse::session;
use crate::stats;
use crate::vars::{count, most, seconds};
use worker::Env;

/// A var of the deployment; `None` where it is not set.
fn var(env: &Env, name: &str) -> Option<String> {
    env.var(name).ok().map(|var| var.to_string())
}

pub(super) fn allowed_origins(env: &Env) -> AllowedOrigins {
    AllowedOrigins::from_var(var(env, "ALLOWED_ORIGINS").as_deref())
}

pub(super) fn public_access(env: &Env) -> Result<Grants> {
    Grants::from_var(var(env, "PUBLIC_ACCESS").as_deref())
}

/// How often a stream reports its figures, in milliseconds; `None` for never.
pub(super) fn report_ms(env: &Env) -> Option<u64> {
    seconds(
        var(env, "STATS_REPORT_SECONDS").as_deref(),
        stats::DEFAULT_REPORT_MS,
    )
}

/// How much is written to the log.
pub(super) fn log_level(env: &Env) -> Level {
    Level::from_var(var(env, "LOG_LEVEL").as_deref())
}

/// Where the data must be, and where it would rather be.
pub(super) fn data_location(env: &Env) -> (Option<String>, Option<String>) {
    let set = |name| var(env, name).filter(|value| !value.is_empty());
    (set("DATA_JURISDICTION"), set("DATA_LOCATION_HINT"))
}

/// The most connections of any stream.
pub(super) fn max_readers(env: &Env) -> usize {
    let number = count(var(env, "LIMIT_SUBSCRIBERS_PER_STREAM").as_deref(), 0);
    usize::try_from(most(number, MAX_CONNECTIONS)).unwrap_or(usize::MAX)
}

/// The secrets that tokens may be signed with, the one for new ones first.
pub(super) fn secrets(env: &Env) -> Vec<String> {
    let secrets = ["TIDINGS_SECRET", "TIDINGS_SECRET_PREVIOUS"];
    let secrets = secrets.iter().filter_map(|name| var(env, name));
    secrets.filter(|secret| !secret.is_empty()).collect()
}

pub(super) fn sse(env: &Env) -> session::Settings {
    session::Settings::from_vars(
        var(env, "SSE_HEARTBEAT_SECONDS").as_deref(),
        var(env, "SSE_MAX_AGE_SECONDS").as_deref(),
    )
}

/// What holds for all rooms.
pub(super) fn room(env: &Env) -> config::Settings {
    config::Settings::from_vars(|name| var(env, name))
}
