//! Any bytes as a line of the protocol between engine and worker; what is
//! understood is written and understood again, alike.
#![no_main]

use libfuzzer_sys::fuzz_target;
use retort_domain::protocol::{Frame, Request};
use serde::{Serialize, de::DeserializeOwned};

fuzz_target!(|line: &[u8]| {
    repeats::<Request>(line);
    repeats::<Frame>(line);
});

fn repeats<T: Serialize + DeserializeOwned>(line: &[u8]) {
    let Ok(message) = serde_json::from_slice::<T>(line) else { return };
    let written = serde_json::to_string(&message).expect("a message can be written");
    let again: T = serde_json::from_str(&written).expect("what was written can be read");
    assert_eq!(written, serde_json::to_string(&again).expect("a message can be written"));
}
