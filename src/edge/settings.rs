//! The operator's vars.

use crate::access::grants::Grants;
use crate::access::origin::AllowedOrigins;
use crate::error::Result;
use crate::journal::Level;
use crate::limit::MAX_CONNECTIONS;
use crate::room::config;
use crate::sse::session;
use crate::stats;
use crate::vars::{count, most, seconds};
use js_sys::{JSON, Reflect};
use std::cell::OnceCell;
use std::rc::Rc;
use worker::Env;

/// What the Worker looks at for every request.
pub(super) struct Service {
    pub(super) origins: AllowedOrigins,
    /// What everybody may do; an error where the var cannot be read.
    pub(super) public: Result<Rc<Grants>>,
    /// The secrets that tokens may be signed with, the one for new ones first.
    pub(super) secrets: Vec<String>,
    /// How much is written to the log.
    pub(super) log_level: Level,
    /// Where the data must be,
    pub(super) jurisdiction: Option<String>,
    /// and where it would rather be.
    pub(super) location_hint: Option<String>,
    pub(super) sse: session::Settings,
}

thread_local! {
    static SERVICE: OnceCell<Rc<Service>> = const { OnceCell::new() };
}

/// Read once in the life of an isolate: other vars or secrets are another version of the
/// Worker, and that has isolates of its own.
pub(super) fn service(env: &Env) -> Rc<Service> {
    SERVICE.with(|service| Rc::clone(service.get_or_init(|| Rc::new(Service::from_vars(env)))))
}

impl Service {
    fn from_vars(env: &Env) -> Self {
        let var = |name| var(env, name);
        let filled = |name| var(name).filter(|value| !value.is_empty());
        let secrets = ["TIDINGS_SECRET", "TIDINGS_SECRET_PREVIOUS"];
        Self {
            origins: AllowedOrigins::from_var(var("ALLOWED_ORIGINS").as_deref()),
            public: Grants::from_var(var("PUBLIC_ACCESS").as_deref()).map(Rc::new),
            secrets: secrets.into_iter().filter_map(filled).collect(),
            log_level: Level::from_var(var("LOG_LEVEL").as_deref()),
            jurisdiction: filled("DATA_JURISDICTION"),
            location_hint: filled("DATA_LOCATION_HINT"),
            sse: session::Settings::from_vars(
                var("SSE_HEARTBEAT_SECONDS").as_deref(),
                var("SSE_MAX_AGE_SECONDS").as_deref(),
            ),
        }
    }
}

/// A var of the deployment; `None` where it is not set. What is no text, as wrangler.toml
/// allows, is taken as JSON: a number of seconds, or the grants as a table.
fn var(env: &Env, name: &str) -> Option<String> {
    let value = Reflect::get(env, &name.into()).ok()?;
    value
        .as_string()
        .or_else(|| JSON::stringify(&value).ok()?.as_string())
}

/// How often a stream reports its figures, in milliseconds; `None` for never.
pub(super) fn report_ms(env: &Env) -> Option<u64> {
    seconds(
        var(env, "STATS_REPORT_SECONDS").as_deref(),
        stats::DEFAULT_REPORT_MS,
    )
}

/// The most connections of any stream.
pub(super) fn max_readers(env: &Env) -> usize {
    let number = count(var(env, "LIMIT_SUBSCRIBERS_PER_STREAM").as_deref(), 0);
    usize::try_from(most(number, MAX_CONNECTIONS)).unwrap_or(usize::MAX)
}

/// What holds for all rooms.
pub(super) fn room(env: &Env) -> config::Settings {
    config::Settings::from_vars(|name| var(env, name))
}
