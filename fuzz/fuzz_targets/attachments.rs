//! Searches for what breaks [`tidings_fuzz::attachments`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tidings_fuzz::attachments::check(data));
