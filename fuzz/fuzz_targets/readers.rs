//! Searches for what breaks [`tidings_fuzz::readers`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tidings_fuzz::readers::check(data));
