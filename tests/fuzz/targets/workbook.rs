//! Any bytes that begin like a workbook: `.xlsx`, `.xlsb`, `.ods` (ZIP) or
//! `.xls` (compound file).
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};

#[path = "../reading.rs"]
mod reading;

fuzz_target!(|bytes: &[u8]| -> Corpus {
    if !reading::is_workbook(bytes) {
        return Corpus::Reject;
    }
    reading::read("t.xlsx", bytes);
    Corpus::Keep
});
