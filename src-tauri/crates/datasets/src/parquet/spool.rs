//! Pages of columns in a file of their own, until those of all columns are
//! there: a table's file wants the pages of some rows of all columns together,
//! which a large table does not have in memory.

use super::{Contents, GROUP_ROWS, rows_of};
use crate::cells::exact_at;
use polars::prelude::PolarsResult;
use polars_arrow::datatypes::{ArrowDataType, Field};
use polars_parquet::{
    parquet::{
        CowBuffer,
        compression::Compression,
        metadata::Descriptor,
        page::{CompressedDataPage, CompressedDictPage, DataPageHeader},
    },
    write::{CompressedPage, Page, ParquetType, to_parquet_type},
};
use rayon::prelude::*;
use std::{
    fs::File,
    io::{self, Write},
    ops::Range,
    path::Path,
};

/// The file; it has no name and ends with this.
#[derive(Debug)]
pub(crate) struct Spool {
    file: File,
    at: u64,
}

/// A column's pages in it, group by group.
#[derive(Debug)]
pub(crate) struct Spooled {
    dtype: ArrowDataType,
    groups: Vec<Vec<SpooledPage>>,
}

#[derive(Debug)]
struct SpooledPage {
    header: Header,
    bytes: Range<u64>,
}

#[derive(Debug)]
enum Header {
    Values(Box<ValuesHeader>),
    Dictionary { n_values: usize, is_sorted: bool },
}

#[derive(Debug)]
struct ValuesHeader {
    header: DataPageHeader,
    compression: Compression,
    unpacked_bytes: usize,
    descriptor: Descriptor,
    n_rows: usize,
}

impl Spool {
    /// An empty one, beside where the table will lie.
    pub fn new_in(folder: &Path) -> io::Result<Self> {
        Ok(Self { file: tempfile::tempfile_in(folder)?, at: 0 })
    }

    /// Keeps the pages of some columns with so many rows.
    pub fn keep(&mut self, columns: &[Contents], n_rows: usize) -> PolarsResult<Vec<Spooled>> {
        let none = |contents: &Contents| Spooled { dtype: contents.dtype(), groups: Vec::new() };
        let mut kept: Vec<Spooled> = columns.iter().map(none).collect();
        let types: Vec<ParquetType> =
            columns.iter().map(|c| to_parquet_type(&c.field(""))).collect::<PolarsResult<_>>()?;
        for group in 0..n_rows.div_ceil(GROUP_ROWS) {
            let rows = rows_of(group, n_rows);
            let pages: Vec<Vec<(Header, Vec<u8>)>> = (columns.par_iter().zip(&types))
                .map(|(contents, parquet_type)| {
                    contents
                        .pages(rows.clone(), parquet_type)?
                        .map(|page| taken_apart(contents, page?))
                        .collect()
                })
                .collect::<PolarsResult<_>>()?;
            for (column, pages) in kept.iter_mut().zip(pages) {
                let mut places = Vec::with_capacity(pages.len());
                for (header, bytes) in pages {
                    self.file.write_all(&bytes)?;
                    let start = self.at;
                    self.at += bytes.len() as u64;
                    places.push(SpooledPage { header, bytes: start..self.at });
                }
                column.groups.push(places);
            }
        }
        Ok(kept)
    }

    /// The pages of one group of a column.
    pub(super) fn pages(&self, column: &Spooled, group: usize) -> PolarsResult<Vec<CompressedPage>> {
        let pages = column.groups.get(group).map_or(&[][..], Vec::as_slice);
        pages.iter().map(|page| self.page(page)).collect()
    }

    fn page(&self, page: &SpooledPage) -> PolarsResult<CompressedPage> {
        let mut bytes = vec![0; (page.bytes.end - page.bytes.start) as usize];
        exact_at(&self.file, &mut bytes, page.bytes.start)?;
        let length = bytes.len();
        let buffer = CowBuffer::Owned(bytes);
        Ok(match &page.header {
            Header::Values(of) => CompressedPage::Data(CompressedDataPage::new(
                of.header.clone(),
                buffer,
                of.compression,
                of.unpacked_bytes,
                of.descriptor.clone(),
                of.n_rows,
            )),
            &Header::Dictionary { n_values, is_sorted } => CompressedPage::Dict(CompressedDictPage::new(
                buffer,
                Compression::Uncompressed,
                length,
                n_values,
                is_sorted,
            )),
        })
    }
}

impl Spooled {
    pub(super) fn field(&self, name: &str) -> Field {
        Field::new(name.into(), self.dtype.clone(), true)
    }
}

/// What is said of a page, and its bytes. Columns with dictionaries are not
/// packed.
fn taken_apart(contents: &Contents, page: Page) -> PolarsResult<(Header, Vec<u8>)> {
    let descriptor = match page {
        Page::Dict(page) => {
            let header = Header::Dictionary { n_values: page.num_values, is_sorted: page.is_sorted };
            return Ok((header, page.buffer.into_vec()));
        }
        Page::Data(ref page) => page.descriptor.clone(),
    };
    match contents.packed(page)? {
        CompressedPage::Data(mut page) => {
            let header = ValuesHeader {
                header: page.header().clone(),
                compression: page.compression(),
                unpacked_bytes: page.uncompressed_size(),
                descriptor,
                n_rows: page.num_rows().unwrap_or_default(),
            };
            let bytes = std::mem::replace(page.slice_mut(), CowBuffer::Owned(Vec::new())).into_vec();
            Ok((Header::Values(Box::new(header)), bytes))
        }
        CompressedPage::Dict(_) => Err(io::Error::other("a page of values became a dictionary").into()),
    }
}
