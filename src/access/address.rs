//! Where a request comes from, as far as flood control wants to know.

/// By what requests from an address are counted; `None` where they are not.
///
/// On Cloudflare every request has an address that its client cannot choose
/// (`CF-Connecting-IP`). One that has none, or the machine's own, comes from
/// `wrangler dev` or a test. An IPv6 client has a whole /64 to choose from, so that
/// counts as one.
#[must_use]
pub fn counted(address: Option<&str>) -> Option<String> {
    // Not `IpAddr`: 0.8 KiB of the compressed bundle, to read what Cloudflare has written.
    let address = address?.trim();
    let address = address.strip_prefix("::ffff:").unwrap_or(address);
    let known = |c: char| c.is_ascii_hexdigit() || matches!(c, '.' | ':');
    let is_local = address == "::1" || address.starts_with("127.");
    if is_local || !address.chars().all(known) || !address.contains(['.', ':']) {
        return None;
    }
    if !address.contains(':') {
        return Some(address.to_owned());
    }
    // Where groups of zeros are left out there is an empty one: RFC 4291, section 2.2.
    let groups = || address.split(':').filter(|group| !group.is_empty());
    let before = address.split(':').take_while(|group| !group.is_empty());
    let before = before.count();
    let zeros = std::iter::repeat_n("0", 8_usize.saturating_sub(groups().count()));
    let all = groups()
        .take(before)
        .chain(zeros)
        .chain(groups().skip(before));
    let network: Vec<&str> = all.take(4).collect();
    Some(network.join(":"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_its_address_or_its_network() {
        for (address, counts) in [
            ("203.0.113.7", Some("203.0.113.7")),
            (" 203.0.113.7 ", Some("203.0.113.7")),
            ("::ffff:203.0.113.7", Some("203.0.113.7")),
            ("2001:db8::1", Some("2001:db8:0:0")),
            ("2001:db8:0:0:ffff::2", Some("2001:db8:0:0")),
            ("2001:db8:0:1::1", Some("2001:db8:0:1")),
            ("127.0.0.1", None),
            ("127.3.0.1", None),
            ("::1", None),
            ("::ffff:127.0.0.1", None),
            ("", None),
            ("localhost", None),
        ] {
            assert_eq!(counted(Some(address)).as_deref(), counts, "{address}");
        }
        assert_eq!(counted(None), None);
    }
}
