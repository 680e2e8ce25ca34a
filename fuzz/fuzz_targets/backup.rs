//! Searches for what breaks [`tidings_fuzz::backup`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tidings_fuzz::backup::check(data));
