//! Searches for what breaks [`tidings_fuzz::tokens`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tidings_fuzz::tokens::check(data));
