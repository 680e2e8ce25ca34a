//! The query of a URL.

use std::borrow::Cow;

/// The parameters of a query, decoded as `application/x-www-form-urlencoded`
/// ([URL standard](https://url.spec.whatwg.org/#urlencoded-parsing)): what is not
/// valid becomes U+FFFD, nothing is an error.
#[derive(Debug)]
pub struct Query<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Query<'a> {
    /// Reads the query of a URL.
    #[must_use]
    pub fn of_url(url: &'a str) -> Self {
        let url = url.split_once('#').map_or(url, |(url, _)| url);
        let query = url.split_once('?').map_or("", |(_, query)| query);
        Self(form_urlencoded::parse(query.as_bytes()).collect())
    }

    /// The first value with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_ref())
    }
}

/// A URL with one parameter added; `url` has none.
#[must_use]
pub fn with_parameter(url: &str, name: &str, value: &str) -> String {
    let url = format!("{url}?");
    let query = url.len();
    let mut query = form_urlencoded::Serializer::for_suffix(url, query);
    query.append_pair(name, value);
    query.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_of_each_name_decoded() {
        let query = Query::of_url("http://h/p?a=1+2&b=%C3%A9&a=3&c&=x#?a=4");
        assert_eq!(query.get("a"), Some("1 2"));
        assert_eq!(query.get("b"), Some("é"));
        assert_eq!(query.get("c"), Some(""));
        assert_eq!(query.get("d"), None);
        assert_eq!(Query::of_url("http://h/p").get("a"), None);
        assert_eq!(
            Query::of_url("http://h/?a=%ff%").get("a"),
            Some("\u{fffd}%")
        );
    }

    proptest! {
        #[test]
        fn what_was_added_is_found(value in any::<String>()) {
            let url = with_parameter("https://h/", "command", &value);
            prop_assert!(url.is_ascii());
            let query = Query::of_url(&url);
            prop_assert_eq!(query.get("command"), Some(value.as_str()));
        }
    }
}
