//! Files that nobody else knows of, read through a map: of a file larger than
//! the memory, no more is in memory than is being read.

use memmap2::Mmap;
use std::{fs::File, io};

/// A nameless file that was written and will not be written to again.
#[derive(Debug)]
pub(crate) struct MappedFile {
    map: Mmap,
}

impl MappedFile {
    /// Maps a file from [`tempfile::tempfile_in`], once all of it is written.
    pub fn new(written: File) -> io::Result<Self> {
        // SAFETY: The file has no name by which others could change or shorten
        // it, and the only handle to it ends here.
        let map = unsafe { Mmap::map(&written) }?;
        Ok(Self { map })
    }

    /// All of it.
    pub fn bytes(&self) -> &[u8] {
        &self.map
    }

    /// Frees the memory of a part of it, which is read from the file again where
    /// it is asked for later.
    #[cfg(unix)]
    pub fn give_back(&self, part: &[u8]) {
        // Linux maps whole large pages around a byte that is wanted, and keeps
        // those of which a part is given back. What is wanted elsewhere comes back.
        const AROUND_BYTES: usize = 2 * 1024 * 1024;
        let first = part.as_ptr().addr() - self.map.as_ptr().addr();
        let start = first / AROUND_BYTES * AROUND_BYTES;
        let end = (first + part.len()).next_multiple_of(AROUND_BYTES).min(self.map.len());
        if start < end {
            // SAFETY: The map is shared and never written to, so the pages come
            // back from the file as they were. Where this fails, nothing is freed.
            let _ = unsafe {
                self.map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, start, end - start)
            };
        }
    }

    /// Here the system decides what stays in memory.
    #[cfg(not(unix))]
    pub fn give_back(&self, _part: &[u8]) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn what_was_given_back_is_there_when_it_is_wanted() {
        let bytes: Vec<u8> = (0..3_000_000_u32).map(|i| (i % 251) as u8).collect();
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(&bytes).expect("written");
        let mapped = MappedFile::new(file).expect("mapped");
        for range in [0..3_000_000, 70_000..2_500_000, 5..9, 2_999_999..3_000_000] {
            mapped.give_back(&mapped.bytes()[range]);
            assert!(mapped.bytes() == bytes);
        }
    }
}
