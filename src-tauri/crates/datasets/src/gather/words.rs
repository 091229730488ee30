//! A column of few different words, each kept once.

use crate::{
    column::Word,
    raw::{Missing, trimmed},
};
use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
};

/// Most different words of a column.
const MAX_WORDS: usize = 1 << 15;
/// Most places that a word is sought in before there are too many words.
const MAX_STEPS: usize = 64;
/// Longest word that is told apart by itself, bytes.
const SHORT: usize = 15;

/// Words of some rows.
pub(super) struct WordPart<'a> {
    codes: &'a mut [u16],
    n_codes: usize,
    words: Vec<Word>,
    /// Cells of each word.
    counts: Vec<u32>,
    /// Short words, as [`key_of`] gives them, and their codes; 0 is a free slot.
    keys: Vec<u128>,
    codes_of_keys: Vec<u16>,
    n_short: usize,
    long: HashMap<Vec<u8>, u16>,
    seed: u64,
}

/// A short word as a number.
fn key_of(text: &[u8], start: usize, end: usize) -> u128 {
    let length = end - start;
    let window = match end.checked_sub(16).and_then(|from| text.get(from..end)?.first_chunk::<16>()) {
        Some(window) => u128::from_le_bytes(*window),
        None => {
            let mut window = [0; 16];
            window[16 - length..].copy_from_slice(&text[start..end]);
            u128::from_le_bytes(window)
        }
    };
    // The first byte is none of the word's. 1 more, so that no word is 0.
    let within = if length == 0 { 0 } else { u128::MAX << (8 * (16 - length)) };
    (window & within) | (length as u128 + 1)
}

impl<'a> WordPart<'a> {
    pub fn new(codes: &'a mut [u16]) -> Self {
        let seed = RandomState::new().hash_one(0_u8) | 1;
        let (words, counts, keys, codes_of_keys) = (Vec::new(), Vec::new(), vec![0; 256], vec![0; 256]);
        Self { codes, n_codes: 0, words, counts, keys, codes_of_keys, n_short: 0, long: HashMap::new(), seed }
    }

    /// Takes the cell between two places of a text. False where there are too
    /// many words.
    #[inline]
    pub fn push(&mut self, text: &[u8], start: usize, end: usize, row: u32, missing: &Missing) -> bool {
        let code = if end - start <= SHORT {
            let key = key_of(text, start, end);
            let mut slot = self.slot_of(key);
            let mut steps = 0;
            loop {
                let found = self.keys[slot];
                if found == key {
                    break Some(self.codes_of_keys[slot]);
                }
                if found == 0 {
                    break self.added(key, &text[start..end], row, missing);
                }
                steps += 1;
                if steps > MAX_STEPS {
                    break None;
                }
                slot = (slot + 1) & (self.keys.len() - 1);
            }
        } else {
            match self.long.get(&text[start..end]) {
                Some(&code) => Some(code),
                None => {
                    let code = self.named(&text[start..end], row, missing);
                    code.inspect(|&code| {
                        self.long.insert(text[start..end].to_vec(), code);
                    })
                }
            }
        };
        match (code, self.codes.get_mut(self.n_codes)) {
            (Some(code), Some(room)) => {
                *room = code;
                self.n_codes += 1;
                self.counts[usize::from(code)] += 1;
                true
            }
            _ => false,
        }
    }

    fn slot_of(&self, key: u128) -> usize {
        const MIXED: u64 = 0x9E37_79B9_7F4A_7C15;
        let folded = u128::from(key as u64 ^ self.seed) * u128::from((key >> 64) as u64 ^ MIXED);
        // Words that differ in a letter or two lie side by side until they are mixed once more.
        let mixed = u128::from(folded as u64 ^ (folded >> 64) as u64) * u128::from(MIXED);
        (mixed as u64 ^ (mixed >> 64) as u64) as usize & (self.keys.len() - 1)
    }

    #[cold]
    fn added(&mut self, key: u128, word: &[u8], row: u32, missing: &Missing) -> Option<u16> {
        let code = self.named(word, row, missing)?;
        self.n_short += 1;
        if self.n_short * 2 > self.keys.len() {
            let n = self.keys.len() * 2;
            let keys = std::mem::replace(&mut self.keys, vec![0; n]);
            let codes = std::mem::replace(&mut self.codes_of_keys, vec![0; n]);
            keys.into_iter()
                .zip(codes)
                .filter(|(key, _)| *key != 0)
                .for_each(|(key, code)| self.place(key, code));
        }
        self.place(key, code);
        Some(code)
    }

    fn place(&mut self, key: u128, code: u16) {
        let mut slot = self.slot_of(key);
        while self.keys[slot] != 0 {
            slot = (slot + 1) & (self.keys.len() - 1);
        }
        (self.keys[slot], self.codes_of_keys[slot]) = (key, code);
    }

    #[cold]
    fn named(&mut self, word: &[u8], row: u32, missing: &Missing) -> Option<u16> {
        if self.words.len() == MAX_WORDS {
            return None;
        }
        let text = std::str::from_utf8(word).ok()?.to_owned();
        let missing = missing.place(trimmed(&text));
        self.words.push(Word { text, missing, count: 0, first_row: row });
        self.counts.push(0);
        u16::try_from(self.words.len() - 1).ok()
    }
}

/// All words of a column in the order in which they first occur, of which these
/// are the parts; their codes become those of all words. None where there are
/// too many.
pub(super) fn joined(parts: Vec<WordPart>) -> Option<Vec<Word>> {
    let mut words: Vec<Word> = Vec::new();
    let mut places: HashMap<String, u16> = HashMap::new();
    for part in parts {
        let mut new_codes = Vec::with_capacity(part.words.len());
        for (word, count) in part.words.into_iter().zip(part.counts) {
            let word = Word { count, ..word };
            let code = match places.get(&word.text) {
                Some(&code) => {
                    let known = &mut words[usize::from(code)];
                    known.count = known.count.saturating_add(word.count);
                    code
                }
                None if words.len() == MAX_WORDS => return None,
                None => {
                    let code = u16::try_from(words.len()).ok()?;
                    places.insert(word.text.clone(), code);
                    words.push(word);
                    code
                }
            };
            new_codes.push(code);
        }
        let is_same = new_codes.iter().enumerate().all(|(i, &code)| i == usize::from(code));
        if !is_same {
            part.codes.iter_mut().for_each(|code| *code = new_codes[usize::from(*code)]);
        }
    }
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_differ_in_few_letters_find_their_slots() {
        let missing = Missing::new(None);
        let days = (1..=28)
            .flat_map(|day| (1..=12).flat_map(move |month| (2010..2020).map(move |year| (day, month, year))));
        let days: Vec<String> =
            days.map(|(day, month, year)| format!("{year}-{month:02}-{day:02}")).collect();
        // Every table has a seed of its own.
        for seed in 0..1_000 {
            let mut codes = vec![0; days.len()];
            let mut part = WordPart::new(&mut codes);
            for (row, day) in (0..).zip(&days) {
                assert!(part.push(day.as_bytes(), 0, day.len(), row, &missing), "row {row} of try {seed}");
            }
        }
    }
}
