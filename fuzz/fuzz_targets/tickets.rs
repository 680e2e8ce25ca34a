//! Searches for what breaks [`tidings_fuzz::tickets`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tidings_fuzz::tickets::check(data));
