//! Whether packed bytes hold as much as they declare.

use std::io::{self, Read};

/// Bytes that may be declared for each packed one, and beside, without being held
/// to it.
const AT_ITS_WORD: u64 = 8;
pub(crate) const ANYWAY: u64 = 1 << 16;

/// True where so little is declared that it costs nothing to believe it.
pub(crate) fn is_taken_at_its_word(declared: u64, packed: &[u8]) -> bool {
    declared <= AT_ITS_WORD * packed.len() as u64 + ANYWAY
}

/// How many bytes come out, at most as many as are asked for.
pub(crate) fn count(decoder: impl Read, most: u64) -> io::Result<u64> {
    io::copy(&mut decoder.take(most), &mut io::sink())
}
