//! Searches for what breaks [`tidings_fuzz::digest`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tidings_fuzz::digest::check(data));
