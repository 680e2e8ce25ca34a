//! Tokens, what they grant, and the tickets that are given for them.

use crate::{NOW, json, lines, refused, text};
use tidings::access::grants::{Grants, Permission, Realm};
use tidings::access::token::{CLOCK_SKEW_MS, Claims, Unverified, assemble};
use tidings::access::visitor::Visitor;
use tidings::limit::{MEMBER_ID_CHARS, NAME_DISPLAY_CHARS, TICKET_SECONDS, TOKEN_BYTES};
use tidings::name::Name;
use tidings::room::seat::Role;

const HEADER: &str = r#"{"alg":"HS256"}"#;

/// The year 10000 in milliseconds: later than any token is taken to be good for.
const NEVER_MS: u64 = 253_402_300_800_000;

/// Checks an input of two lines, claims and header; and all of it as a token.
pub fn check(data: &[u8]) {
    let text = text(data);
    let [claims, header] = lines(&text);
    let header = header.unwrap_or(HEADER);
    let signed = |part: &str| encoded(part.as_bytes());
    let token = format!(
        "{}.{}.AAAA",
        signed(header),
        signed(claims.unwrap_or_default())
    );
    taken(&token, Some(header));
    taken(&text, None);
}

/// Base64 as tokens use it, by other means than the parser.
fn encoded(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut out = String::with_capacity(bytes.len() * 4 / 3 + 3);
    for chunk in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, n| {
            bits << 8 | u32::from(chunk.get(n).copied().unwrap_or(0))
        });
        for n in 0..=chunk.len() {
            out.push(char::from(DIGITS[(bits >> (18 - 6 * n) & 63) as usize]));
        }
    }
    out
}

fn taken(token: &str, header: Option<&str>) {
    let unverified = match Unverified::parse(token) {
        Ok(unverified) => unverified,
        Err(error) => return refused::check(&error, &[401]),
    };
    assert!(token.len() <= TOKEN_BYTES && token.starts_with(unverified.signed));
    // Base64 has one form only: who changes a character has another signature.
    assert_eq!(assemble(unverified.signed, &unverified.signature), token);
    if let Some(header) = header.and_then(json::tree) {
        assert_eq!(header["alg"], "HS256");
        assert!(header.get("crit").is_none());
    }
    for now in [0, NOW, u64::MAX] {
        match unverified.clone().into_claims(now) {
            Ok(claims) => {
                said(&claims, now);
                assert_eq!(Ok(claims), unverified.clone().into_claims(now));
            }
            Err(error) => refused::check(&error, &[401]),
        }
    }
}

fn said(claims: &Claims, now: u64) {
    assert!(claims.until < NEVER_MS);
    assert!(claims.is_ticket || claims.until.saturating_add(CLOCK_SKEW_MS) > now);
    if let Some(subject) = &claims.subject {
        assert!((1..=MEMBER_ID_CHARS).contains(&subject.chars().count()));
    }
    if let Some(name) = &claims.name {
        assert!((1..=NAME_DISPLAY_CHARS).contains(&name.chars().count()));
        assert!(!name.chars().any(char::is_control));
    }
    let lobby = Name::parse("lobby").expect("it is a name");
    let other = Name::parse("build-1").expect("it is a name");
    ticket(claims, None, [&lobby, &other], now);
    for realm in [Realm::Streams, Realm::Rooms] {
        ticket(claims, Some((realm, &lobby)), [&lobby, &other], now);
    }
    visit(claims, &lobby);
}

/// A ticket grants what the token grants, or that part of it that it is for.
fn ticket(claims: &Claims, only: Option<(Realm, &Name)>, names: [&Name; 2], now: u64) {
    let token = assemble(&claims.ticket(only, now), b"signature");
    let Ok(unverified) = Unverified::parse(&token) else {
        // The grants are in it as they were: so it may become longer than a token may be.
        assert!(token.len() > TOKEN_BYTES);
        return;
    };
    let ticket = match unverified.into_claims(now) {
        Ok(ticket) => ticket,
        Err(error) => {
            // Given in the last seconds of a token, or by a clock at the end of time.
            assert!(
                claims.until / 1_000 <= now / 1_000 || now > NEVER_MS,
                "{error}"
            );
            return;
        }
    };
    assert!(ticket.is_ticket);
    assert_eq!(
        (&ticket.subject, &ticket.name),
        (&claims.subject, &claims.name)
    );
    assert_eq!(ticket.until, claims.until / 1_000 * 1_000);
    for realm in [Realm::Streams, Realm::Rooms] {
        for name in names {
            for permission in Permission::ALL {
                let of_token = claims.grants.allow(realm, name, permission);
                let is_for = only.is_none_or(|only| only == (realm, name));
                assert_eq!(
                    ticket.grants.allow(realm, name, permission),
                    of_token && is_for
                );
            }
        }
    }
    let later = (now / 1_000)
        .saturating_add(TICKET_SECONDS)
        .saturating_mul(1_000);
    let later = later.saturating_add(CLOCK_SKEW_MS);
    let token = assemble(&claims.ticket(only, now), b"signature");
    let late = Unverified::parse(&token).and_then(|token| token.into_claims(later));
    assert_eq!(late.err().map(|error| error.status()), Some(401));
}

/// Somebody who comes with such a token to a deployment that is closed.
fn visit(claims: &Claims, room: &Name) {
    let visitor = Visitor {
        public: Grants::default().into(),
        claims: Some(claims.clone()),
        has_secret: true,
    };
    for realm in [Realm::Streams, Realm::Rooms] {
        for permission in Permission::ALL {
            match visitor.check(realm, room, permission) {
                Ok(()) => assert!(claims.grants.allow(realm, room, permission)),
                Err(error) => {
                    assert!(!claims.grants.allow(realm, room, permission));
                    refused::check(&error, &[403]);
                }
            }
        }
    }
    match visitor.member(room, Some("Ann")) {
        Ok(member) => {
            let member = member.expect("a token makes a member");
            assert_eq!(Some(&member.id), claims.subject.as_ref());
            assert_eq!(member.until, Some(claims.until));
            let moderates = claims
                .grants
                .allow(Realm::Rooms, room, Permission::Moderate);
            assert_eq!(member.role == Role::Moderator, moderates);
        }
        Err(error) => {
            assert!(claims.subject.is_none());
            refused::check(&error, &[401]);
        }
    }
    assert_eq!(visitor.check_ticket(false).is_err(), claims.is_ticket);
    assert!(visitor.check_ticket(true).is_ok());
}
