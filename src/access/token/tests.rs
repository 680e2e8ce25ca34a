use super::*;
use proptest::prelude::*;

const NOW: u64 = 1_700_000_000_000;

pub(crate) fn token(header: &str, claims: &str) -> String {
    let (header, claims) = (encode(header.as_bytes()), encode(claims.as_bytes()));
    format!("{header}.{claims}.{}", encode(b"signature"))
}

fn claims(json: &str) -> Result<Claims> {
    let token = token(r#"{"alg":"HS256"}"#, json);
    Unverified::parse(&token)?.into_claims(NOW)
}

fn refused(json: &str) -> String {
    let error = claims(json).unwrap_err();
    assert_eq!(error.status(), 401, "{json}");
    error.to_string()
}

#[test]
fn the_example_of_rfc_7515_is_taken_apart() {
    // Appendix A.1.
    let token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let unverified = Unverified::parse(token).unwrap();
    assert_eq!(unverified.signature.len(), 32);
    assert_eq!(unverified.signature.first(), Some(&116));
    assert!(token.starts_with(unverified.signed));
    let claims = unverified.clone().into_claims(1_300_819_379_000).unwrap();
    assert_eq!(claims.until, 1_300_819_380_000);
    assert_eq!(assemble(unverified.signed, &unverified.signature), token);
}

#[test]
fn what_it_says() {
    let claims = claims(
        r#"{"sub":"ann","name":"Ann\u0000 ","exp":1700000060,"iat":1,"aud":["x"],
            "tidings":{"streams":{"build-*":["read"]},"rooms":{"lobby":["read","moderate"]}}}"#,
    )
    .unwrap();
    assert_eq!(claims.subject.as_deref(), Some("ann"));
    assert_eq!(claims.name.as_deref(), Some("Ann"));
    assert_eq!(claims.until, 1_700_000_060_000);
    assert!(!claims.is_ticket);
    let lobby = Name::parse("lobby").unwrap();
    let allow = |permission| claims.grants.allow(Realm::Rooms, &lobby, permission);
    assert!(allow(Permission::Moderate) && !allow(Permission::Write));
}

#[test]
fn only_hs256_and_nothing_that_is_not_understood() {
    for header in [
        r#"{"alg":"none"}"#,
        r#"{"alg":"None"}"#,
        r#"{"alg":"hs256"}"#,
        r#"{"alg":"HS512"}"#,
        r#"{"alg":"RS256"}"#,
        r#"{"alg":["HS256"]}"#,
        r#"{"alg":"HS256","alg":"none"}"#,
        r#"{"typ":"JWT"}"#,
        r#"{"alg":"HS256","crit":["b64"],"b64":false}"#,
        "[]",
        "",
    ] {
        let token = token(header, r#"{"exp":9999999999}"#);
        let error = Unverified::parse(&token).unwrap_err();
        assert_eq!(error.status(), 401, "{header}");
    }
    for token in [
        "",
        ".",
        "..",
        "a.b",
        "a.b.c",
        "....",
        "eyJhbGciOiJIUzI1NiJ9.e30",
        // Padding, and the other alphabet.
        "eyJhbGciOiJIUzI1NiJ9.e30=.AAAA",
        "eyJhbGciOiJIUzI1NiJ9.e30.++//",
        // The unencrypted form of RFC 7519, 6.1.
        "eyJhbGciOiJub25lIn0.e30.",
    ] {
        assert_eq!(
            Unverified::parse(token).unwrap_err().status(),
            401,
            "{token}"
        );
    }
    let long = token(r#"{"alg":"HS256"}"#, &" ".repeat(TOKEN_BYTES));
    assert_eq!(Unverified::parse(&long).unwrap_err().status(), 401);
}

#[test]
fn it_must_say_when_it_runs_out() {
    for json in [
        "{}",
        r#"{"exp":null}"#,
        r#"{"exp":"1700000060"}"#,
        r#"{"exp":[]}"#,
        r#"{"exp":1700000060,"nbf":"x"}"#,
        "[]",
        "1",
        "",
    ] {
        refused(json);
    }
    let alive = |exp: &str| claims(&format!(r#"{{"exp":{exp}}}"#)).is_ok();
    assert!(alive("1700000000.5"));
    assert!(!alive("1700000000"));
    assert!(!alive("-1"));
    assert!(alive("1e300"));
    let begun = |nbf: &str| claims(&format!(r#"{{"exp":9999999999,"nbf":{nbf}}}"#)).is_ok();
    assert!(begun("1700000005"));
    assert!(!begun("1700000006"));
    assert!(refused(r#"{"exp":1}"#).contains("run out"));
}

#[test]
fn a_subject_that_is_none_is_refused_and_a_long_name_is_cut() {
    for sub in [r#""""#, "7", "{}"] {
        refused(&format!(r#"{{"exp":9999999999,"sub":{sub}}}"#));
    }
    refused(&format!(
        r#"{{"exp":9999999999,"sub":"{}"}}"#,
        "x".repeat(129)
    ));
    refused(r#"{"exp":9999999999,"tidings":{"rooms":["lobby"]}}"#);
    refused(r#"{"exp":9999999999,"tidings":[]}"#);
    let name = |name: &str| {
        claims(&format!(r#"{{"exp":9999999999,"name":{name}}}"#))
            .unwrap()
            .name
    };
    assert_eq!(
        name(&format!("\"{}\"", "é".repeat(99))),
        Some("é".repeat(64))
    );
    assert_eq!(name("7"), None);
    assert_eq!(name(r#"" ""#), None);
}

#[test]
fn what_is_null_is_not_said() {
    let all = r#"{"exp":9999999999,"sub":null,"nbf":null,"name":null,"tidings":null}"#;
    assert_eq!(
        claims(all),
        claims(r#"{"exp":9999999999}"#).map(|c| Claims {
            granted: "{}".into(),
            ..c
        })
    );
}

#[test]
fn a_ticket_is_short_and_what_it_opens_lives_as_long_as_the_token() {
    let granted = r#"{"streams":{"*":["read"]},"rooms":{"a*":["read","write"],"ab":["moderate"]}}"#;
    let token = claims(&format!(
        r#"{{"sub":"ann","exp":1700003600,"tidings":{granted}}}"#
    ))
    .unwrap();
    let read = |signed: &str, now| {
        let token = assemble(signed, b"signature");
        Unverified::parse(&token).unwrap().into_claims(now)
    };
    let ticket = read(&token.ticket(None, NOW), NOW).unwrap();
    assert!(ticket.is_ticket);
    assert_eq!(ticket.until, token.until);
    assert_eq!(
        (&ticket.subject, &ticket.grants),
        (&token.subject, &token.grants)
    );
    let later = NOW + TICKET_SECONDS * 1_000;
    assert!(read(&token.ticket(None, NOW), later).is_err());
    assert!(read(&token.ticket(None, NOW), later - 1).is_ok());

    let room = Name::parse("ab").unwrap();
    let signed = token.ticket(Some((Realm::Rooms, &room)), NOW);
    let ticket = read(&signed, NOW).unwrap();
    let other = Name::parse("ac").unwrap();
    for permission in Permission::ALL {
        let allow = |grants: &Grants, name| grants.allow(Realm::Rooms, name, permission);
        assert_eq!(allow(&ticket.grants, &room), allow(&token.grants, &room));
        assert!(!allow(&ticket.grants, &other));
        assert!(!ticket.grants.allow(Realm::Streams, &room, permission));
    }

    // The longest token there may be.
    let sub = "\u{7f}".repeat(MEMBER_ID_CHARS);
    let longest = |granted: usize| {
        let name = "x".repeat(granted);
        let json =
            format!(r#"{{"sub":"{sub}","exp":9999999999,"tidings":{{"rooms":{{"{name}":[]}}}}}}"#);
        format!("{HEADER}.{}", encode(json.as_bytes()))
    };
    let length = |signed: &str| assemble(signed, &[0; 32]).len();
    let granted = (1..TOKEN_BYTES)
        .rev()
        .find(|n| length(&longest(*n)) <= TOKEN_BYTES);
    let granted = granted.unwrap();
    let token = read(&longest(granted), NOW).unwrap();
    let ticket = token.ticket(None, NOW);
    assert!(length(&ticket) > TOKEN_BYTES);
    assert_eq!(read(&ticket, NOW).unwrap().grants, token.grants);
    assert!(
        read(&longest(granted + 300), NOW).is_err(),
        "only a ticket is longer"
    );

    // Never longer than the token itself.
    let short = claims(r#"{"exp":1700000010}"#).unwrap();
    assert!(read(&short.ticket(None, NOW), NOW + 15_000).is_err());
}

proptest! {
    #[test]
    fn never_panics(token in any::<String>()) {
        let _ = Unverified::parse(&token);
    }

    #[test]
    fn never_panics_on_claims(json in any::<String>(), now in any::<u64>()) {
        let token = token(r#"{"alg":"HS256"}"#, &json);
        let _ = Unverified::parse(&token).unwrap().into_claims(now);
    }

    #[test]
    fn never_panics_on_what_looks_like_claims(
        exp in "-?[0-9]{1,25}(\\.[0-9]{0,3})?(e-?[0-9]{1,3})?",
        realm in "streams|rooms|x", names in "[\\[\\]{}\":,a-z*]{0,20}", now in any::<u64>(),
    ) {
        let json = format!(r#"{{"exp":{exp},"nbf":{exp},"tidings":{{"{realm}":{names}}}}}"#);
        let token = token(r#"{"alg":"HS256"}"#, &json);
        if let Ok(claims) = Unverified::parse(&token).unwrap().into_claims(now) {
            prop_assert!(claims.until > now);
            let name = Name::parse("a").unwrap();
            let _ = claims.ticket(Some((Realm::Rooms, &name)), now);
        }
    }

    #[test]
    fn a_token_survives_being_taken_apart(json in "\\{\"exp\":[1-9]{9}\\}", signature in proptest::collection::vec(any::<u8>(), 0..64)) {
        let signed = format!("{HEADER}.{}", encode(json.as_bytes()));
        let token = assemble(&signed, &signature);
        let read = Unverified::parse(&token).unwrap();
        prop_assert_eq!(read.signed, signed.as_str());
        prop_assert_eq!(read.signature, signature);
    }
}
