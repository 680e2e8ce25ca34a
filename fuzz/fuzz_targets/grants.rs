//! Searches for what breaks [`tidings_fuzz::grants`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tidings_fuzz::grants::check(data));
