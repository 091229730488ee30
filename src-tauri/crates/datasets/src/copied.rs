//! Large files are copied beside the tables before they are read: unpacked, and
//! as UTF-8. The copy is mapped, so that it takes no memory, and does not change
//! under the reader when somebody goes on writing to the file.

use crate::{
    container::{Content, Packed, content},
    encoding::{
        Decoded, are_too_many, damaged_utf16, encoding_of, guessed, line_behind, looks_binary, marked,
        mended_utf8, not_utf8, replaced, without,
    },
    error::DatasetError,
    mapped::MappedFile,
    watch::{Watch, Watched},
};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use retort_domain::{DataWarning, Packing};
use std::{
    borrow::Cow,
    fs::{self, File},
    io::{self, Read, Write},
    ops::Range,
    path::Path,
};

/// Bytes that are read, looked at and written at a time.
const PART_BYTES: usize = 4 * 1024 * 1024;
/// Bytes by which the content is told.
const START_BYTES: usize = 1024 * 1024;
/// Share of the work until all is copied.
const COPIED: f64 = 0.6;

/// A file's bytes, unpacked.
pub(crate) struct Copied {
    pub file: MappedFile,
    pub packing: Option<Packing>,
    pub content: Content,
    /// Of the file as it is.
    pub hasher: blake3::Hasher,
    looked_at: Utf8,
}

/// The text of a copied file.
pub(crate) enum CopiedText<'a> {
    /// These bytes of the copy.
    As(&'a MappedFile, Range<usize>, Vec<DataWarning>),
    /// Written once more.
    Again(MappedFile, &'static Encoding, Vec<DataWarning>),
}

/// Copies a file of so many bytes, from its start, into a nameless one in
/// `folder`.
pub(crate) fn copy(
    opened: File,
    bytes: u64,
    packed: Option<Packed>,
    file: &str,
    folder: &Path,
    watch: Watch<'_>,
) -> Result<Copied, DatasetError> {
    let unreadable = |source| DatasetError::FileUnreadable { file: file.to_owned(), source };
    let unwritten = |e: io::Error| DatasetError::write(folder, e);
    let watched = Watched::new(opened, watch, usize::try_from(bytes).unwrap_or(usize::MAX));
    let mut source = Hashing { inner: watched, hasher: blake3::Hasher::new() };
    let mut out = new_file(folder)?;
    let mut looked_at = Utf8::default();
    let poured = match packed {
        None => pour(&mut source, &mut out, u64::MAX, &mut looked_at),
        Some(packed) => {
            let limit = packed.limit(bytes);
            let mut unpacking = packed.reader(&mut source).map_err(unreadable)?;
            let poured = pour(&mut unpacking, &mut out, limit, &mut looked_at);
            drop(unpacking);
            // What follows a packed file is no part of the table, but of the file.
            poured.and_then(|n| io::copy(&mut source, &mut io::sink()).map(|_| n).map_err(Poured::Unread))
        }
    };
    let n_poured = poured.map_err(|failed| match failed {
        Poured::Unread(_) | Poured::TooMuch if source.inner.is_stopped => DatasetError::Stopped,
        Poured::Unread(e) if packed.is_some() => {
            DatasetError::DamagedArchive { file: file.to_owned(), reason: e.to_string() }
        }
        Poured::Unread(e) => unreadable(e),
        Poured::Unwritten(e) => unwritten(e),
        Poured::TooMuch => {
            let limit = packed.map_or(u64::MAX, |packed| packed.limit(bytes));
            DatasetError::Overpacked { file: file.to_owned(), limit }
        }
    })?;
    if n_poured == 0 {
        return Err(DatasetError::Empty { file: file.to_owned() });
    }
    looked_at.end();
    let mapped = MappedFile::new(out).map_err(unreadable)?;
    let content = content(&mapped.bytes()[..mapped.bytes().len().min(START_BYTES)]);
    Ok(Copied {
        file: mapped,
        packing: packed.map(Packed::packing),
        content,
        hasher: source.hasher,
        looked_at,
    })
}

fn new_file(folder: &Path) -> Result<File, DatasetError> {
    let failed = |e: io::Error| DatasetError::write(folder, e);
    fs::create_dir_all(folder).map_err(failed)?;
    tempfile::tempfile_in(folder).map_err(failed)
}

enum Poured {
    Unread(io::Error),
    Unwritten(io::Error),
    TooMuch,
}

/// Copies what can be read, at most so many bytes.
fn pour(from: &mut dyn Read, to: &mut File, limit: u64, looked_at: &mut Utf8) -> Result<u64, Poured> {
    let mut part = vec![0; PART_BYTES];
    let mut n_poured = 0;
    loop {
        let mut filled = 0;
        while filled < part.len() {
            match from.read(&mut part[filled..]) {
                Ok(0) => break,
                Ok(n) => filled += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(Poured::Unread(e)),
            }
        }
        if filled == 0 {
            return Ok(n_poured);
        }
        n_poured += filled as u64;
        if n_poured > limit {
            return Err(Poured::TooMuch);
        }
        looked_at.take(&part[..filled]);
        to.write_all(&part[..filled]).map_err(Poured::Unwritten)?;
    }
}

/// Hashes what is read.
struct Hashing<R> {
    inner: R,
    hasher: blake3::Hasher,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(bytes)?;
        self.hasher.update(&bytes[..n]);
        Ok(n)
    }
}

/// How far the bytes that pass are UTF-8.
#[derive(Debug, Default)]
struct Utf8 {
    /// The beginning of a character that goes on in the next bytes.
    begun: Vec<u8>,
    n_passed: usize,
    valid_up_to: Option<usize>,
    n_nuls: usize,
}

impl Utf8 {
    fn take(&mut self, bytes: &[u8]) {
        self.n_nuls += memchr::memchr_iter(0, bytes).count();
        if self.valid_up_to.is_none() {
            self.check(bytes);
        }
        self.n_passed += bytes.len();
    }

    fn check(&mut self, bytes: &[u8]) {
        let n_begun = self.begun.len();
        let mut rest = bytes;
        if n_begun > 0 {
            // No character has more than four bytes.
            let n_more = bytes.len().min(4 - n_begun);
            self.begun.extend_from_slice(&bytes[..n_more]);
            let character = std::mem::take(&mut self.begun);
            let valid = match std::str::from_utf8(&character) {
                Ok(_) => character.len(),
                Err(e) if e.valid_up_to() > 0 => e.valid_up_to(),
                Err(e) if e.error_len().is_none() && n_more == bytes.len() => {
                    self.begun = character;
                    return;
                }
                Err(_) => {
                    self.valid_up_to = Some(self.n_passed - n_begun);
                    return;
                }
            };
            rest = &bytes[valid - n_begun..];
        }
        if let Err(e) = std::str::from_utf8(rest) {
            let left = &rest[e.valid_up_to()..];
            if e.error_len().is_none() {
                self.begun = left.to_vec();
            } else {
                self.valid_up_to = Some(self.n_passed + bytes.len() - left.len());
            }
        }
    }

    /// No more bytes come.
    fn end(&mut self) {
        if !self.begun.is_empty() && self.valid_up_to.is_none() {
            self.valid_up_to = Some(self.n_passed - self.begun.len());
        }
    }
}

impl Copied {
    /// The text, in the encoding of that label where one is given.
    pub fn text(
        &self,
        label: Option<&str>,
        file: &str,
        folder: &Path,
        watch: Watch<'_>,
    ) -> Result<CopiedText<'_>, DatasetError> {
        let bytes = self.file.bytes();
        let again = |from: usize, way: Way| self.again(from, way, file, folder, watch);
        if let Some(label) = label {
            let encoding = encoding_of(label, file)?;
            let mark = Encoding::for_bom(bytes).filter(|mark| mark.0 == encoding).map_or(0, |mark| mark.1);
            if encoding == UTF_8 && self.is_plain() {
                return Ok(CopiedText::As(&self.file, mark..bytes.len(), Vec::new()));
            }
            let written = again(mark, Way::Of(encoding))?;
            let noticed = written.damaged.then(|| replaced(encoding));
            return Ok(written.text(encoding, noticed));
        }
        let found = marked(bytes);
        let from = found.map_or(0, |mark| mark.1);
        if let Some((encoding, _)) = found.filter(|&(e, _)| e == UTF_16LE || e == UTF_16BE) {
            let written = again(from, Way::Of(encoding))?;
            let noticed = written.damaged.then(damaged_utf16);
            return Ok(written.text(encoding, noticed));
        }
        if looks_binary(&bytes[from..]) {
            return Err(DatasetError::Binary { file: file.to_owned() });
        }
        if self.is_plain() {
            return Ok(CopiedText::As(&self.file, from..bytes.len(), Vec::new()));
        }
        let Some(valid) = self.looked_at.valid_up_to else {
            return Ok(again(from, Way::Of(UTF_8))?.text(UTF_8, None));
        };
        let line = line_behind(&bytes[from..valid.max(from)]);
        if self.is_mostly_utf8(from, watch.part(0.0, 1.0 - COPIED))? {
            return Ok(again(from, Way::MendedUtf8)?.text(UTF_8, Some(mended_utf8(line))));
        }
        let encoding = guessed(&bytes[from..], valid - from);
        self.file.give_back(bytes);
        Ok(again(from, Way::Of(encoding))?.text(encoding, Some(not_utf8(encoding, line))))
    }

    /// True where it is text as it is.
    fn is_plain(&self) -> bool {
        self.looked_at.valid_up_to.is_none() && self.looked_at.n_nuls == 0
    }

    /// True where multi-byte characters far outnumber the bytes that are none.
    fn is_mostly_utf8(&self, from: usize, watch: Watch<'_>) -> Result<bool, DatasetError> {
        let (mut odd, mut wide) = (0_usize, 0_usize);
        let bytes = self.file.bytes();
        for part in Lines(&bytes[from..]) {
            for chunk in part.utf8_chunks() {
                wide += chunk.valid().bytes().filter(|&b| b >= 0xC0).count();
                odd += chunk.invalid().len();
            }
            self.file.give_back(part);
            watch.tell(part.as_ptr().addr() - bytes.as_ptr().addr(), bytes.len())?;
        }
        Ok(wide >= 4 && wide > odd * 4)
    }

    /// Writes the text once more as UTF-8, without NULs.
    fn again(
        &self,
        from: usize,
        way: Way,
        file: &str,
        folder: &Path,
        watch: Watch<'_>,
    ) -> Result<Written, DatasetError> {
        let watch = watch.part(1.0 - COPIED, 1.0);
        let mut out = new_file(folder)?;
        let bytes = self.file.bytes();
        let mut decoder = match way {
            Way::Of(encoding) => Some(encoding.new_decoder_without_bom_handling()),
            Way::MendedUtf8 => None,
        };
        let (mut text, mut damaged) = (String::new(), false);
        let (mut n_nuls, mut at_end, mut n_bytes) = (0, 0, 0);
        for part in Lines(&bytes[from..]) {
            text.clear();
            let is_last = part.as_ptr_range().end == bytes.as_ptr_range().end;
            match &mut decoder {
                Some(decoder) => {
                    text.reserve(decoder.max_utf8_buffer_length(part.len()).unwrap_or(part.len() * 3));
                    damaged |= decoder.decode_to_string(part, &mut text, is_last).2;
                }
                None => {
                    for chunk in part.utf8_chunks() {
                        text.push_str(chunk.valid());
                        text.push_str(&WINDOWS_1252.decode_without_bom_handling(chunk.invalid()).0);
                    }
                }
            }
            let nuls = memchr::memchr_iter(0, text.as_bytes()).count();
            let end = text.trim_end_matches('\0').len();
            at_end = if end == 0 { at_end + text.len() } else { text.len() - end };
            n_nuls += nuls;
            n_bytes += text.len();
            let kept = if nuls > 0 { Cow::Owned(text.replace('\0', "")) } else { Cow::Borrowed(&text) };
            out.write_all(kept.as_bytes()).map_err(|e| DatasetError::write(folder, e))?;
            self.file.give_back(part);
            watch.tell(part.as_ptr().addr() - bytes.as_ptr().addr(), bytes.len())?;
        }
        if are_too_many(n_nuls, at_end, n_bytes) {
            return Err(DatasetError::Binary { file: file.to_owned() });
        }
        if n_bytes == n_nuls {
            return Err(DatasetError::Empty { file: file.to_owned() });
        }
        let mapped = MappedFile::new(out);
        let file = mapped.map_err(|source| DatasetError::FileUnreadable { file: file.to_owned(), source })?;
        Ok(Written { file, damaged, n_nuls })
    }
}

/// How bytes become text.
enum Way {
    Of(&'static Encoding),
    /// Bytes that are no UTF-8 are Windows-1252.
    MendedUtf8,
}

struct Written {
    file: MappedFile,
    damaged: bool,
    n_nuls: usize,
}

impl Written {
    fn text<'a>(self, encoding: &'static Encoding, noticed: Option<DataWarning>) -> CopiedText<'a> {
        let nuls = (self.n_nuls > 0).then(|| without(self.n_nuls));
        CopiedText::Again(self.file, encoding, noticed.into_iter().chain(nuls).collect())
    }
}

/// Bytes in parts that end with their lines, where lines are no longer.
struct Lines<'a>(&'a [u8]);

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let part = &self.0[..self.0.len().min(PART_BYTES)];
        let is_last = part.len() == self.0.len();
        let end = memchr::memrchr(b'\n', part).filter(|_| !is_last).map_or(part.len(), |at| at + 1);
        let (part, rest) = self.0.split_at(end);
        self.0 = rest;
        (!part.is_empty()).then_some(part)
    }
}

impl CopiedText<'_> {
    /// The text, to be cut.
    pub fn decoded(&self) -> Decoded<'_> {
        let (file, bytes, encoding, warnings) = match self {
            Self::As(file, range, warnings) => (*file, &file.bytes()[range.clone()], UTF_8, warnings),
            Self::Again(file, encoding, warnings) => (file, file.bytes(), *encoding, warnings),
        };
        // SAFETY: Either all of it was found to be UTF-8 when it was copied, and
        // begins at a character, or it was written from texts.
        let text = unsafe { std::str::from_utf8_unchecked(bytes) };
        Decoded { text: Cow::Borrowed(text), file: Some(file), encoding, warnings: warnings.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{encoding::decode, watch::UNWATCHED};
    use proptest::prelude::*;

    fn copied(bytes: &[u8], folder: &Path) -> Result<Copied, DatasetError> {
        let path = folder.join("copied.csv");
        fs::write(&path, bytes).expect("written");
        let (opened, packed) = (File::open(&path).expect("opened"), Packed::sniff(bytes));
        copy(opened, bytes.len() as u64, packed, "t.csv", folder, UNWATCHED)
    }

    /// What is read of a file's copy is what is read of the file itself.
    fn reads_alike(bytes: &[u8], label: Option<&str>) {
        let folder = tempfile::tempdir().expect("a folder");
        let held = decode(bytes, label, "t.csv");
        let copy = copied(bytes, folder.path()).expect("copied");
        let text = copy.text(label, "t.csv", folder.path(), UNWATCHED);
        match (held, text) {
            (Ok(held), Ok(text)) => {
                let copied = text.decoded();
                assert_eq!(held.text, copied.text);
                assert_eq!((held.encoding, held.warnings), (copied.encoding, copied.warnings));
            }
            (Err(held), Err(copied)) => assert_eq!(held.to_string(), copied.to_string()),
            (held, copied) => panic!("{:?} and {:?}", held.map(|d| d.text), copied.map(|_| ())),
        }
    }

    proptest! {
        #[test]
        fn copies_are_read_as_their_files(
            text in "([a-zé€ä0-9,\"\0]{0,12}\n){1,40}",
            encoding in prop::sample::select(vec!["utf-8", "windows-1252", "utf-16le", "utf-16be", "iso-8859-2"]),
            marked in any::<bool>(),
            broken in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
            labelled in any::<bool>(),
        ) {
            let found = Encoding::for_label(encoding.as_bytes()).expect("an encoding");
            let mut bytes = match encoding {
                "utf-16le" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
                "utf-16be" => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
                _ => found.encode(&text).0.into_owned(),
            };
            if marked {
                let mark: &[u8] = match encoding {
                    "utf-16le" => &[0xFF, 0xFE],
                    "utf-16be" => &[0xFE, 0xFF],
                    "utf-8" => &[0xEF, 0xBB, 0xBF],
                    _ => &[],
                };
                bytes.splice(0..0, mark.iter().copied());
            }
            for (place, byte) in broken {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
            reads_alike(&bytes, labelled.then_some(encoding));
        }

        #[test]
        fn utf8_is_known_however_it_arrives(
            text in "[a€😀é]{0,30}",
            broken in prop::option::of((any::<prop::sample::Index>(), 0x80_u8..)),
            cuts in prop::collection::vec(1_usize..5, 1..60),
        ) {
            let mut bytes = text.into_bytes();
            if let Some((place, byte)) = broken.filter(|_| !bytes.is_empty()) {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
            let mut looked_at = Utf8::default();
            let mut rest = &bytes[..];
            for cut in cuts.iter().cycle() {
                let (part, more) = rest.split_at(rest.len().min(*cut));
                looked_at.take(part);
                rest = more;
                if rest.is_empty() {
                    break;
                }
            }
            looked_at.end();
            let valid = std::str::from_utf8(&bytes).err().map(|e| e.valid_up_to());
            prop_assert_eq!(looked_at.valid_up_to, valid);
        }
    }

    #[test]
    fn packed_files_are_copied_unpacked() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = "a,b\n1,2\n".repeat(20_000);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(text.as_bytes()).expect("packed");
        let gzip = gzip.finish().expect("packed");
        let zstandard = zstd::encode_all(text.as_bytes(), 1).expect("packed");
        for (bytes, packing) in [(gzip, Packing::Gzip), (zstandard, Packing::Zstandard)] {
            let copy = copied(&bytes, folder.path()).expect("copied");
            assert_eq!(copy.packing, Some(packing));
            assert!(copy.file.bytes() == text.as_bytes());
            assert_eq!(copy.hasher.finalize(), blake3::hash(&bytes));
            let half = copied(&bytes[..bytes.len() / 2], folder.path());
            assert!(matches!(half, Err(DatasetError::DamagedArchive { .. })));
        }
    }
}
