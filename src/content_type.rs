//! What the body of a request is, by its `Content-Type`.

use crate::error::{Error, Result};

/// The media type in lower case, without parameters. A 415 that names what we do read
/// (`read`) where there is none, and for a charset that is not UTF-8.
pub fn media_type(content_type: Option<&str>, read: &'static str) -> Result<String> {
    let value = content_type.ok_or(Error::UnsupportedMediaType(read))?;
    let mut parts = value.split(';');
    let media_type = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
    for parameter in parts {
        if let Some((name, value)) = parameter.split_once('=')
            && name.trim().eq_ignore_ascii_case("charset")
            && !matches!(
                value.trim().trim_matches('"').to_ascii_lowercase().as_str(),
                "utf-8" | "utf8" | "us-ascii"
            )
        {
            return Err(Error::UnsupportedMediaType(read));
        }
    }
    Ok(media_type)
}
