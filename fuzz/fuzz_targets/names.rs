//! Searches for what breaks [`tidings_fuzz::names`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tidings_fuzz::names::check(data));
