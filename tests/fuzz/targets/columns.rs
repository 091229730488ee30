//! Any bytes that begin like a Parquet or Arrow file.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};

#[path = "../reading.rs"]
mod reading;

fuzz_target!(init: reading::stop_at_own_panics(), |bytes: &[u8]| -> Corpus {
    if !reading::has_columns(bytes) {
        return Corpus::Reject;
    }
    reading::read("t.parquet", bytes);
    Corpus::Keep
});
