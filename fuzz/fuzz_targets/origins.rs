//! Searches for what breaks [`tidings_fuzz::origins`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tidings_fuzz::origins::check(data));
