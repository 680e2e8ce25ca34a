//! Searches for what breaks [`tidings_fuzz::configuration`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tidings_fuzz::configuration::check(data));
