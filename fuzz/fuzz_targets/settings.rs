//! Searches for what breaks [`tidings_fuzz::settings`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tidings_fuzz::settings::check(data));
