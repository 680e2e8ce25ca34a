//! Searches for what breaks [`tidings_fuzz::frames`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tidings_fuzz::frames::check(data));
