//! Searches for what breaks [`tidings_fuzz::cursors`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tidings_fuzz::cursors::check(data));
