//! JSON Web Tokens: who somebody is, and what they may do.
//!
//! A token is signed by the operator's own backend with the secret
//! `TIDINGS_SECRET`, so that a page can be given exactly what it needs. Sources:
//! [RFC 7519](https://www.rfc-editor.org/rfc/rfc7519) (claims),
//! [RFC 7515](https://www.rfc-editor.org/rfc/rfc7515) (the form),
//! [RFC 8725](https://www.rfc-editor.org/rfc/rfc8725) (what others got wrong).
//!
//! The algorithm is HS256 whatever the token says: one that names another, `none`
//! above all, is refused before anything is computed. The signature itself is
//! checked by the runtime's own `crypto.subtle` (`edge::tokens`), natively and in constant
//! time: it is there anyway, costs no bytes, and the platform keeps it up to date.

use super::grants::{Grants, Permission, Realm};
use crate::data::Members;
use crate::error::{Error, Result};
use crate::limit::{MEMBER_ID_CHARS, TICKET_SECONDS, TOKEN_BYTES};
use crate::name::Name;
use crate::room::anonymous::presentable;
use crate::room::object::{Object, array, string};
use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// By how much the clock of whoever signs may be ahead of ours, in milliseconds: a token
/// that was signed just now is not refused for `nbf`. When it runs out is taken as it is
/// said, since nobody is helped by a token that lives on for a moment.
pub const CLOCK_SKEW_MS: u64 = 5_000;

/// The greatest time that is taken as it is, in seconds: the year 9999. What is
/// later means "never", and counts as this.
const LATEST_SECONDS: f64 = 253_402_300_799.0;

/// The header of the tokens that we sign ourselves: `{"alg":"HS256","typ":"JWT"}`.
const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

/// A token whose signature is still to be checked. Nothing that it says counts
/// before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unverified<'a> {
    /// What was signed: header and claims as they stand in the token.
    pub signed: &'a str,
    /// The signature: an HMAC of `signed` with SHA-256.
    pub signature: Vec<u8>,
    claims: String,
    /// How long the token is.
    bytes: usize,
}

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// Whom it was given to: in a room the member's id.
    pub subject: Option<String>,
    /// The display name.
    pub name: Option<String>,
    /// What it grants.
    pub grants: Grants,
    /// When what was opened with it has to end, in milliseconds of Unix time.
    pub until: u64,
    /// Whether it is a ticket: good for opening a connection, and for nothing else.
    pub is_ticket: bool,
    /// What it grants, as it says it.
    granted: String,
}

impl<'a> Unverified<'a> {
    /// Takes a token apart. 401 for what is no token, or one with another algorithm.
    pub fn parse(token: &'a str) -> Result<Self> {
        if token.len() > TOKEN_BYTES.saturating_add(TICKET_BYTES) {
            return Err(TOO_LONG);
        }
        let malformed = || Error::TokenInvalid("It is not a JSON Web Token.");
        let (signed, signature) = token.rsplit_once('.').ok_or_else(malformed)?;
        let (header, claims) = signed.split_once('.').ok_or_else(malformed)?;
        let header = text(header).ok_or_else(malformed)?;
        let members = object(&header).ok_or_else(malformed)?;
        if string_in(&members, "alg").as_deref() != Some("HS256") {
            return Err(Error::TokenInvalid("Its algorithm must be HS256."));
        }
        if members.get("crit").is_some() {
            // RFC 7515, 4.1.11: who does not know an extension must refuse it.
            return Err(Error::TokenInvalid(
                "It needs an extension that is not known.",
            ));
        }
        Ok(Self {
            signed,
            signature: decode(signature).ok_or_else(malformed)?,
            claims: text(claims).ok_or_else(malformed)?,
            bytes: token.len(),
        })
    }

    /// Reads the claims of a token whose signature is right. 401 where it has run
    /// out, is not valid yet, or does not say what it must.
    pub fn into_claims(self, now: u64) -> Result<Claims> {
        let malformed = || Error::TokenInvalid("Its claims are not a JSON object.");
        let members = object(&self.claims).ok_or_else(malformed)?;
        let expires_at = moment(&members, "exp")?.ok_or(Error::TokenInvalid(
            "It does not say when it runs out: `exp`.",
        ))?;
        if expires_at <= now {
            return Err(Error::TokenInvalid("It has run out."));
        }
        if moment(&members, "nbf")?.is_some_and(|at| at > now.saturating_add(CLOCK_SKEW_MS)) {
            return Err(Error::TokenInvalid("It is not valid yet."));
        }
        let ticket = moment(&members, TICKET)?;
        if ticket.is_none() && self.bytes > TOKEN_BYTES {
            return Err(TOO_LONG);
        }
        let granted = claim(&members, "tidings").map_or("{}", RawValue::get);
        let grants = Grants::parse(granted)
            .map_err(|_| Error::TokenInvalid("Its claim `tidings` does not say what it grants."))?;
        let subject = claim(&members, "sub").map(subject).transpose()?;
        Ok(Claims {
            subject,
            name: string_in(&members, "name").and_then(|name| presentable(&name)),
            grants,
            until: ticket.unwrap_or(expires_at),
            is_ticket: ticket.is_some(),
            granted: granted.to_owned(),
        })
    }
}

const TOO_LONG: Error = Error::TokenInvalid("It is too long.");

/// By how much a ticket may be longer than its token, in bytes: what is added, and what
/// escapes differently.
const TICKET_BYTES: usize = 1_024;

/// The claim that makes a ticket of a token: until when what it opens may stay open.
const TICKET: &str = "tidings_ticket";

impl Claims {
    /// What a ticket for this token says: the same for [`TICKET_SECONDS`], or what it
    /// grants for the one stream or room that is asked for. To be signed.
    #[must_use]
    pub fn ticket(&self, only: Option<(Realm, &Name)>, now: u64) -> String {
        let now = now / 1_000;
        let until = self.until / 1_000;
        let granted = match only {
            None => Cow::Borrowed(self.granted.as_str()),
            Some((realm, name)) => Cow::Owned(self.narrowed(realm, name)),
        };
        let claims = Object::new()
            .maybe_text("sub", self.subject.as_deref())
            .maybe_text("name", self.name.as_deref())
            .number("exp", now.saturating_add(TICKET_SECONDS).min(until))
            .number(TICKET, until)
            .json("tidings", &granted)
            .end();
        format!("{HEADER}.{}", encode(claims.as_bytes()))
    }

    fn narrowed(&self, realm: Realm, name: &Name) -> String {
        let all = Permission::ALL.iter();
        let granted = all.filter(|permission| self.grants.allow(realm, name, **permission));
        let granted: Vec<String> = granted
            .map(|permission| string(permission.as_str()))
            .collect();
        let names = Object::new().json(name.as_str(), &array(&granted)).end();
        Object::new().json(realm.as_str(), &names).end()
    }
}

/// A token from what was signed and its signature.
#[must_use]
pub fn assemble(signed: &str, signature: &[u8]) -> String {
    format!("{signed}.{}", encode(signature))
}

fn encode(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

fn decode(text: &str) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(text).ok()
}

fn text(encoded: &str) -> Option<String> {
    String::from_utf8(decode(encoded)?).ok()
}

fn object(json: &str) -> Option<Members<'_>> {
    serde_json::from_str(json).ok()
}

/// What a claim says; `None` also where that is null, as some write what they do not say.
fn claim<'a>(members: &'a Members<'_>, name: &str) -> Option<&'a RawValue> {
    members.get(name).filter(|raw| raw.get() != "null")
}

fn string_in(members: &Members<'_>, name: &str) -> Option<String> {
    serde_json::from_str(members.get(name)?.get()).ok()
}

/// Whom a token was given to.
fn subject(said: &RawValue) -> Result<String> {
    let subject: Option<String> = serde_json::from_str(said.get()).ok();
    subject
        .filter(|subject| (1..=MEMBER_ID_CHARS).contains(&subject.chars().count()))
        .ok_or(Error::TokenInvalid(
            "Its claim `sub` is not a string of 1 to 128 characters.",
        ))
}

/// A `NumericDate`: seconds of Unix time, maybe with a fraction; in milliseconds.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to what fits"
)]
fn moment(members: &Members<'_>, name: &str) -> Result<Option<u64>> {
    let Some(raw) = claim(members, name) else {
        return Ok(None);
    };
    let seconds: f64 = serde_json::from_str(raw.get())
        .map_err(|_| Error::TokenInvalid("A time in it is not a number of seconds."))?;
    Ok(Some((seconds.clamp(0.0, LATEST_SECONDS) * 1_000.0) as u64))
}

#[cfg(test)]
pub(crate) mod tests;
