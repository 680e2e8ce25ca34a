//! Searches for what breaks [`tidings_fuzz::room`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tidings_fuzz::room::check(data));
