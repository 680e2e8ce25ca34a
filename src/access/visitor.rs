//! Who asks, and whether they may.
//!
//! What the operator has opened to everybody needs no token. Whatever else is asked
//! for needs one that grants it, and says so: 401 without, 403 where it grants
//! something else. On a deployment without a secret there can be no token: 503.

use super::grants::{Grants, Permission, Realm};
use super::token::Claims;
use crate::data::Members;
use crate::error::{Error, Result};
use crate::name::Name;
use crate::room::anonymous::{NAMELESS, SERVER, display_name, presentable};
use crate::room::seat::{Identity, Role};
use crate::sse::session::Pass;
use std::rc::Rc;

/// Whoever sent a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// What everybody may do.
    pub public: Rc<Grants>,
    /// What their token says, if they have one. It has been checked.
    pub claims: Option<Claims>,
    /// Whether the operator has set a secret that tokens are signed with.
    pub has_secret: bool,
}

impl Visitor {
    /// Whether they may do this.
    #[must_use]
    pub fn may(&self, realm: Realm, name: &Name, permission: Permission) -> bool {
        self.public.allow(realm, name, permission) || self.is_granted(realm, name, permission)
    }

    /// Whether their own token grants this.
    fn is_granted(&self, realm: Realm, name: &Name, permission: Permission) -> bool {
        let claims = self.claims.as_ref();
        claims.is_some_and(|claims| claims.grants.allow(realm, name, permission))
    }

    /// Refuses what they may not do: 401, 403 or 503, and how to be allowed to.
    pub fn check(&self, realm: Realm, name: &Name, permission: Permission) -> Result<()> {
        if self.may(realm, name, permission) {
            return Ok(());
        }
        let (realm, word) = (realm.as_str(), permission.as_str());
        Err(if self.claims.is_some() {
            Error::Forbidden(format!(
                "The token does not grant \"{word}\" for this name in \"{realm}\"."
            ))
        } else if self.has_secret {
            Error::TokenMissing(format!(
                "This needs a token that grants \"{word}\" for this name in \"{realm}\"."
            ))
        } else {
            Error::Unavailable(format!(
                "This deployment has not been opened for this. Its operator can grant \"{word}\" to everybody in the var PUBLIC_ACCESS, as in {{\"{realm}\":{{\"*\":[\"{word}\"]}}}}, or set the secret TIDINGS_SECRET, with which tokens are signed."
            ))
        })
    }

    /// What somebody without a token is told where there must be one: 401, or 503 on a
    /// deployment that cannot have any.
    #[must_use]
    pub fn no_token(&self, why: &str) -> Error {
        if self.has_secret {
            Error::TokenMissing(why.to_owned())
        } else {
            Error::Unavailable(format!(
                "{why} This deployment has no secret, TIDINGS_SECRET, with which tokens are signed."
            ))
        }
    }

    /// Refuses a ticket where it is not for opening a connection.
    pub fn check_ticket(&self, opens: bool) -> Result<()> {
        if !opens && self.pass().is_ticket {
            return Err(Error::Forbidden(
                "A ticket opens an EventSource or a WebSocket, and does nothing else.".to_owned(),
            ));
        }
        Ok(())
    }

    /// Whom their token was given to.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.claims.as_ref()?.subject.as_deref()
    }

    /// Until when what they open may stay open, in milliseconds of Unix time.
    #[must_use]
    pub fn until(&self) -> Option<u64> {
        self.claims.as_ref().map(|claims| claims.until)
    }

    /// What they open a response with.
    #[must_use]
    pub fn pass(&self) -> Pass {
        Pass {
            until: self.until(),
            is_ticket: self.claims.as_ref().is_some_and(|claims| claims.is_ticket),
        }
    }

    /// What they are in a room that they may read.
    #[must_use]
    pub fn role(&self, room: &Name) -> Role {
        // What everybody may do makes nobody a moderator over anybody.
        if self.is_granted(Realm::Rooms, room, Permission::Moderate) {
            Role::Moderator
        } else if self.may(Realm::Rooms, room, Permission::Write) {
            Role::Member
        } else {
            Role::Reader
        }
    }

    /// Who they are in a room, by their token; `None` for somebody anonymous. `name` is
    /// what they would like to be called, where their token leaves that open.
    pub fn member(&self, room: &Name, name: Option<&str>) -> Result<Option<Identity>> {
        let Some(claims) = &self.claims else {
            return Ok(None);
        };
        let Some(id) = &claims.subject else {
            return Err(Error::TokenInvalid(
                "To be in a room it must say whose it is: `sub`.",
            ));
        };
        let name = match &claims.name {
            Some(name) => name.clone(),
            None => match name {
                Some(name) => display_name(Some(name), id)?,
                None => presentable(id).unwrap_or_else(|| NAMELESS.to_owned()),
            },
        };
        Ok(Some(Identity {
            id: id.clone(),
            name,
            role: self.role(room),
            trace: None,
            until: Some(claims.until),
        }))
    }

    /// Who posts into a room over HTTP, under a name of their choice.
    pub fn author(&self, room: &Name, name: Option<&str>) -> Result<Identity> {
        if self.subject().is_some()
            && let Some(member) = self.member(room, name)?
        {
            return Ok(Identity {
                until: None,
                ..member
            });
        }
        Ok(Identity {
            id: SERVER.to_owned(),
            name: display_name(name, SERVER)?,
            role: Role::Member,
            trace: None,
            until: None,
        })
    }
}

/// The one stream or room that a ticket is wanted for: the body of a request for one,
/// `{"stream": name}` or `{"room": name}`; an empty body or object for none.
pub fn ticket_for(body: &[u8]) -> Result<Option<(Realm, Name)>> {
    let bad = || {
        Error::bad_request(
            "The body is empty, {\"stream\": name} or {\"room\": name}: what the ticket is for.",
        )
    };
    let text = std::str::from_utf8(body).map_err(|_| bad())?;
    if text.trim().is_empty() {
        return Ok(None);
    }
    let members: Members<'_> = serde_json::from_str(text).map_err(|_| bad())?;
    let name = |member: &str| {
        let Some(raw) = members.get(member) else {
            return Ok(None);
        };
        let name: String = serde_json::from_str(raw.get()).map_err(|_| bad())?;
        Name::parse(&name).map(Some)
    };
    match (name("stream")?, name("room")?) {
        (None, None) => Ok(None),
        (Some(name), None) => Ok(Some((Realm::Streams, name))),
        (None, Some(name)) => Ok(Some((Realm::Rooms, name))),
        (Some(_), Some(_)) => Err(bad()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::token::Unverified;
    use crate::room::anonymous::NAMELESS;

    /// A visitor where `public` is open to everybody, with a token that says `claims`.
    fn visitor(public: &str, claims: Option<&str>) -> Visitor {
        let claims = claims.map(|claims| {
            let token = crate::access::token::tests::token(r#"{"alg":"HS256"}"#, claims);
            Unverified::parse(&token).unwrap().into_claims(0).unwrap()
        });
        Visitor {
            public: Rc::new(Grants::parse(public).unwrap()),
            claims,
            has_secret: true,
        }
    }

    fn lobby() -> Name {
        Name::parse("lobby").unwrap()
    }

    #[test]
    fn what_is_open_and_what_is_granted_add_up() {
        let public = r#"{"rooms":{"lobby":["read"]}}"#;
        let check = |visitor: &Visitor, permission| {
            let checked = visitor.check(Realm::Rooms, &lobby(), permission);
            checked.err().map(|error| error.status())
        };
        let nobody = visitor(public, None);
        assert_eq!(check(&nobody, Permission::Read), None);
        assert_eq!(check(&nobody, Permission::Write), Some(401));
        let token = r#"{"exp":9,"tidings":{"rooms":{"lob*":["write"]}}}"#;
        let ann = visitor(public, Some(token));
        assert_eq!(check(&ann, Permission::Read), None);
        assert_eq!(check(&ann, Permission::Write), None);
        assert_eq!(check(&ann, Permission::Moderate), Some(403));
        let closed = Visitor {
            has_secret: false,
            ..nobody
        };
        assert_eq!(check(&closed, Permission::Write), Some(503));
    }

    #[test]
    fn only_a_token_of_their_own_makes_somebody_a_moderator() {
        let open = r#"{"rooms":{"*":["read","write","moderate"]}}"#;
        assert_eq!(visitor(open, None).role(&lobby()), Role::Member);
        assert_eq!(visitor("{}", None).role(&lobby()), Role::Reader);
        let token = r#"{"exp":9,"tidings":{"rooms":{"lobby":["read","moderate"]}}}"#;
        let moderator = visitor("{}", Some(token));
        assert_eq!(moderator.role(&lobby()), Role::Moderator);
        let elsewhere = Name::parse("elsewhere").unwrap();
        assert_eq!(moderator.role(&elsewhere), Role::Reader);
    }

    #[test]
    fn a_member_is_called_as_the_token_says_or_else_as_they_like() {
        let member = |claims: &str, name| {
            let member = visitor("{}", Some(claims)).member(&lobby(), name);
            member.map(|member| member.map(|member| (member.id, member.name)))
        };
        let said = |id: &str, name: &str| Ok(Some((id.to_owned(), name.to_owned())));
        let named = r#"{"sub":"ann","name":"Ann","exp":9}"#;
        assert_eq!(member(named, Some("Eve")), said("ann", "Ann"));
        let nameless = r#"{"sub":"ann","exp":9}"#;
        assert_eq!(member(nameless, Some("Eve")), said("ann", "Eve"));
        assert_eq!(member(nameless, Some(" ")), said("ann", "ann"));
        assert_eq!(member(nameless, None), said("ann", "ann"));
        let odd = r#"{"sub":"\u0007","exp":9}"#;
        assert_eq!(member(odd, None), said("\u{7}", NAMELESS));
        assert_eq!(member(r#"{"exp":9}"#, None).unwrap_err().status(), 401);
        assert_eq!(visitor("{}", None).member(&lobby(), None), Ok(None));
        let until = visitor("{}", Some(named)).member(&lobby(), None).unwrap();
        assert_eq!(until.unwrap().until, Some(9_000));
    }

    #[test]
    fn a_ticket_is_for_one_thing_or_for_all_that_the_token_grants() {
        assert_eq!(ticket_for(b" "), Ok(None));
        assert_eq!(ticket_for(b"{}"), Ok(None));
        assert_eq!(
            ticket_for(br#"{"room":"lobby"}"#),
            Ok(Some((Realm::Rooms, lobby())))
        );
        for body in [
            &b"[]"[..],
            b"\xff",
            b"x",
            br#"{"room":"/"}"#,
            br#"{"room":null}"#,
            br#"{"room":"a","stream":"a"}"#,
        ] {
            assert_eq!(ticket_for(body).unwrap_err().status(), 400);
        }
    }
}
