//! Searches for what breaks [`tidings_fuzz::requests`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tidings_fuzz::requests::check(data));
