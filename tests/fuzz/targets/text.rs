//! Any bytes, as a text file: its encoding, dialect, header, rows and columns.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};

#[path = "../reading.rs"]
mod reading;

fuzz_target!(init: reading::stop_at_own_panics(), |bytes: &[u8]| -> Corpus {
    // Other readers have targets of their own.
    if reading::is_packed(bytes) || reading::is_workbook(bytes) || reading::has_columns(bytes) {
        return Corpus::Reject;
    }
    reading::read("t.csv", bytes);
    Corpus::Keep
});
