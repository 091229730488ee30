//! Where delimiters, line ends and quotes stand, found for 64 bytes at a time.

use wide::u8x16;

/// Bytes looked at together.
pub(super) const BLOCK: usize = 64;

/// Signs of a text in which cells are separated by one byte.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signs {
    delimiter: u8x16,
    quote: u8x16,
}

/// Places within a block, as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Places {
    /// Ends of cells: delimiters and line ends.
    pub ends: u64,
    /// Quotes.
    pub quotes: u64,
}

impl Signs {
    /// Without a quote, none is found.
    pub fn new(delimiter: u8, quote: Option<u8>) -> Self {
        // A delimiter in the quote's place changes nothing: it is asked first.
        Self { delimiter: u8x16::splat(delimiter), quote: u8x16::splat(quote.unwrap_or(delimiter)) }
    }

    /// Looks at the bytes from `at` on, at most 64; those behind the text's end
    /// are no signs.
    #[inline]
    pub fn places(&self, bytes: &[u8], at: usize) -> Places {
        let mut places = match bytes.get(at..).and_then(|rest| rest.first_chunk::<BLOCK>()) {
            Some(block) => self.places_in(block),
            None => {
                let mut block = [0_u8; BLOCK];
                let rest = bytes.get(at..).unwrap_or_default();
                block[..rest.len()].copy_from_slice(rest);
                let within = (1_u64 << rest.len()) - 1;
                let found = self.places_in(&block);
                Places { ends: found.ends & within, quotes: found.quotes & within }
            }
        };
        places.quotes &= !places.ends;
        places
    }

    #[inline]
    fn places_in(&self, block: &[u8; BLOCK]) -> Places {
        let mut places = Places { ends: 0, quotes: 0 };
        let (sixteens, _) = block.as_chunks::<16>();
        for (i, &sixteen) in sixteens.iter().enumerate() {
            let bytes = u8x16::from(sixteen);
            let ends = bytes.simd_eq(self.delimiter)
                | bytes.simd_eq(u8x16::splat(b'\n'))
                | bytes.simd_eq(u8x16::splat(b'\r'));
            places.ends |= u64::from(ends.to_bitmask()) << (16 * i);
            places.quotes |= u64::from(bytes.simd_eq(self.quote).to_bitmask()) << (16 * i);
        }
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_sign_is_found(text in "[ab,\"\\n\\r]{0,150}", at in 0_usize..150) {
            let places = Signs::new(b',', Some(b'"')).places(text.as_bytes(), at);
            for i in 0..BLOCK {
                let byte = text.as_bytes().get(at + i).copied();
                prop_assert_eq!(places.ends >> i & 1 == 1, matches!(byte, Some(b',' | b'\n' | b'\r')));
                prop_assert_eq!(places.quotes >> i & 1 == 1, byte == Some(b'"'));
            }
        }
    }
}
