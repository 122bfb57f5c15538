//! Parameters of requests: no form and no JSON panics or takes long.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = params::form(bytes);
    let _ = params::json(bytes);
});
