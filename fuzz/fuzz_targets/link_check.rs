//! Searches for what breaks [`tidings_fuzz::link_check`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tidings_fuzz::link_check::check(data));
