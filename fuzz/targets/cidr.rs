#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ipcond_fuzz::cidr::check(bytes));
