//! Every bound of the service, in one place.
//!
//! Each limit is reported in the error that it causes, so that a client never
//! has to guess which one it hit. Sizes are in bytes of UTF-8 unless a line says
//! otherwise, times in milliseconds.

/// The largest body of one event: 64 KiB.
pub const EVENT_BYTES: usize = 64 * 1024;

/// The largest publish request: 1 MiB.
pub const BATCH_BYTES: usize = 1024 * 1024;

/// The most events in one publish request.
pub const BATCH_EVENTS: usize = 500;

/// How large a page of an export becomes before it ends: some 1 MiB. An event more, or
/// a room's shared state, may be on top of it.
pub const EXPORT_BYTES: usize = 1024 * 1024;

/// The most events in a page of an export.
pub const EXPORT_EVENTS: usize = 500;

/// The largest page of an import: the largest that an export makes is the shared state
/// of a room (256 values of 16 KiB) with its bans and one event.
pub const IMPORT_BYTES: usize = 6 * 1024 * 1024;

/// The most lines of a page of an import.
pub const BACKUP_LINES: usize = 2_000;

/// The longest idempotency key in a backup, in characters: those of a room are put
/// together from the member's and the message's ids.
pub const BACKUP_KEY_CHARS: usize = 256;

/// The greatest number, version or time in a backup: 2^52. JavaScript counts to 2^53.
pub const BACKUP_SEQ: u64 = 1 << 52;

/// How far an imported event may be in the future, in milliseconds: two clocks differ.
pub const IMPORT_AHEAD_MS: u64 = 60 * 60 * 1_000;

/// How many segments of a room's log are looked through at once for what a member said ...
pub const ERASED_SEGMENTS: usize = 64;

/// ... and how many bytes of them: a burst is stored in large ones.
pub const ERASED_BYTES: usize = 1024 * 1024;

/// The longest name of a stream or room, in characters (all of them ASCII).
pub const NAME_CHARS: usize = 128;

/// The longest type of an event, in characters (all of them ASCII).
pub const EVENT_TYPE_CHARS: usize = 64;

/// The longest idempotency key, in characters.
pub const KEY_CHARS: usize = 64;

/// How many of the newest idempotency keys a log remembers in any case.
pub const REMEMBERED_KEYS: usize = 1_000;

/// How long a log remembers an idempotency key beyond that, in milliseconds: 5
/// minutes, long enough for a train's tunnel ...
pub const KEYS_MS: u64 = 5 * 60 * 1_000;

/// ... and how many at the most: 10 MB of memory.
pub const REMEMBERED_KEYS_MOST: usize = 200_000;

/// For how long at the least it is known that a stream has ended, in milliseconds: whoever
/// comes back to it is told to stop, and nothing more can be published, however soon its
/// events expire.
pub const ENDED_MS: u64 = 24 * 60 * 60 * 1_000;

/// The deepest nesting of arrays and objects in an event's data.
///
/// A browser's `JSON.parse` takes far more; the bound protects the parsers of
/// smaller clients and our own.
pub const JSON_DEPTH: usize = 64;

/// The longest text in a stream's configuration (title, unit, the member to
/// conflate by), in characters.
pub const TITLE_CHARS: usize = 200;

/// The most events that a stream may be configured to retain.
pub const RETAIN_EVENTS: u64 = 1_000_000;

/// The longest time that a stream may be configured to retain events: 365 days,
/// in seconds.
pub const RETAIN_SECONDS: u64 = 365 * 24 * 60 * 60;

/// How many types of events a snapshot holds: the most recently seen ones.
pub const SNAPSHOT_TYPES: usize = 100;

/// How much of a replay is sent to a reader before it must ask for more.
pub const PAGE_BYTES: usize = 128 * 1024;

/// How many bytes may wait for a slow reader before its response is ended; it
/// comes back with its cursor and gets the rest from the log.
///
/// More than [`PAGE_BYTES`], so that a page always fits beside live events.
pub const READER_BACKLOG_BYTES: usize = 512 * 1024;

/// For how long more than that may wait for a member of a room, in milliseconds ...
pub const SLOW_MS: u64 = 2_000;

/// ... and how much at the very most: what a room says in one turn may be large, and
/// whoever reads takes it at once.
pub const MEMBER_BACKLOG_BYTES: usize = 4 * 1024 * 1024;

/// How many bytes may wait for a reader of a conflated stream before it is spared
/// what is stale.
pub const CONFLATED_BACKLOG_BYTES: usize = 64 * 1024;

/// The most events in one page of `GET …/events`.
pub const PAGE_EVENTS: usize = 500;

/// How many events a page has unless the request says otherwise.
pub const DEFAULT_PAGE_EVENTS: usize = 100;

/// The longest that a request for a page may wait for an event, in seconds.
pub const WAIT_SECONDS: u64 = 25;

/// How much of a cursor that cannot be honoured is repeated in a `gap`, in
/// characters: longer than any real one.
pub const REQUESTED_CHARS: usize = 64;

/// How many events one segment of the log holds before the next is begun.
pub const SEGMENT_EVENTS: u64 = 64;

/// How large a segment may be before the next is begun. Extending a segment
/// rewrites it, so it has to stay small.
pub const SEGMENT_BYTES: usize = 16 * 1024;

/// The largest segment that one write makes: a flush of large events is cut here,
/// far below the 2 MB that a value in a Durable Object's SQLite may have.
pub const SEGMENT_WRITE_BYTES: usize = 256 * 1024;

/// How large a segment may become when events in it are changed, below the same
/// 2 MB; a larger one becomes several.
pub const SEGMENT_AMENDED_BYTES: usize = 1024 * 1024;

/// The largest frame of a client's WebSocket: 64 KiB.
pub const FRAME_BYTES: usize = 64 * 1024;

/// The longest text of a message, in characters.
pub const TEXT_CHARS: usize = 4_000;

/// The longest id that a client gives a frame, in characters.
pub const ID_CHARS: usize = 64;

/// The longest display name, in characters.
pub const NAME_DISPLAY_CHARS: usize = 64;

/// The longest emoji of a reaction, in characters: flags and families are several.
pub const EMOJI_CHARS: usize = 32;

/// The most that all reactions to one message may be as JSON: it is kept with the
/// message and sent with it. Some 400 reactions.
pub const REACTIONS_BYTES: usize = 8 * 1024;

/// The largest presence data of a connection: 1 KiB of JSON.
pub const PRESENCE_BYTES: usize = 1024;

/// The most keys of a room's shared state.
pub const STATE_KEYS: usize = 256;

/// The largest value of a room's shared state: 16 KiB of JSON.
pub const STATE_VALUE_BYTES: usize = 16 * 1024;

/// How many changes of shared state are recognised when they are sent again, the
/// newest of each key ...
pub const STATE_REMEMBERED_IDS: usize = 32;

/// ... and of all that was removed, 32 removals at the least: some 10 KB.
pub const STATE_REMEMBERED_REMOVED_IDS: usize = 256;

/// How many changes of a value are remembered with its removal.
pub const STATE_REMEMBERED_OF_REMOVED: usize = STATE_REMEMBERED_REMOVED_IDS / 32 - 1;

/// The most messages that a joining member may ask for with `tail` ...
pub const TAIL_MESSAGES: u64 = 500;

/// ... and how many it gets where it asks for nothing.
pub const DEFAULT_TAIL_MESSAGES: u64 = 50;

/// The most that such a past may be, in bytes of payload: beyond it begins later.
pub const TAIL_BYTES: usize = 1024 * 1024;

/// How many members are listed in `welcome`, and up to how many each is told of
/// everybody who comes and goes; beyond that only of how many there are.
pub const LISTED_MEMBERS: usize = 200;

/// How often a large room is told how many there are, in milliseconds ...
pub const COUNT_MS: u64 = 1_000;

/// ... the less often the larger it is, in milliseconds for each member: everybody is told,
/// and so it is no more frames a second in a room of thousands ...
pub const COUNT_MS_PER_MEMBER: u64 = 5;

/// ... but at the least so often.
pub const COUNT_MS_AT_MOST: u64 = 10_000;

/// How often everybody is told at the most who is left of a room that was large, in
/// milliseconds: who comes and goes at the limit must not have two hundred described to all
/// each time.
pub const LIST_MS: u64 = 30_000;

/// How long somebody is typing who says nothing more, in milliseconds.
pub const TYPING_MS: u64 = 5_000;

/// How many frames in a row that cannot be read close a connection.
pub const BAD_FRAMES: u32 = 10;

/// How many frames too many close a connection; one that is taken makes up for one.
pub const EXCESS_FRAMES: u32 = 100;

/// So many signals count as one of those frames: a player whose network stood still
/// for half a minute brings all of it at once, and means no harm.
pub const EXCESS_SIGNALS: u32 = 6;

/// The greatest `max_members` of a room.
pub const MAX_MEMBERS: u64 = 32_000;

/// The most connections of a stream or room, whoever they are of: a Durable Object
/// holds at most 32,768 sockets.
pub const MAX_CONNECTIONS: u64 = 32_000;

/// The longest slow mode: a day, in seconds.
pub const SLOW_MODE_SECONDS: u64 = 24 * 60 * 60;

/// The longest ban: a year, in seconds.
pub const BAN_SECONDS: u64 = 365 * 24 * 60 * 60;

/// The most bans of a room that are kept; beyond that the one that ends first goes.
pub const BANS: usize = 1_000;

/// The longest id of a member, in characters: what tokens say of their subjects.
pub const MEMBER_ID_CHARS: usize = 128;

/// The longest token, in characters: a URL of the platform has 16 KB at the most.
pub const TOKEN_BYTES: usize = 8 * 1024;

/// How long a ticket is good for opening a connection, in seconds.
pub const TICKET_SECONDS: u64 = 60;

/// How long before its token runs out a response says so and ends, in milliseconds.
pub const AUTH_LEAD_MS: u64 = 30_000;

/// The shortest key by which an anonymous member is known again, in characters ...
pub const MEMBER_KEY_LEAST_CHARS: usize = 16;

/// ... and the longest.
pub const MEMBER_KEY_CHARS: usize = 64;
