//! Searches for what breaks [`tidings_fuzz::stream`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tidings_fuzz::stream::check(data));
