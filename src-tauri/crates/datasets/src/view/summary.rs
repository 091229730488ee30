//! Columns at a glance.

use super::{RowBits, View, chunks, counted};
use crate::{
    cells::{Binning, Cells, Chunk, Layout, MAX_LISTED, StillWanted, date_label, go_on, millis},
    error::DatasetError,
    number,
};
use polars::prelude::PlHashMap;
use rayon::prelude::*;
use retort_domain::{Column, ColumnKind, ColumnSpread, ColumnSummary, Dataset, ValueCount};

impl Cells {
    /// A picture of each column, of some by their place in the dataset or of
    /// all, over the rows of a view. Of all rows it is known already.
    pub fn summaries(
        &self,
        dataset: &Dataset,
        view: &View,
        columns: Option<&[u32]>,
        wanted: StillWanted<'_>,
    ) -> Result<Vec<ColumnSummary>, DatasetError> {
        let bits: Option<RowBits> = view.rows.as_ref().map(|rows| {
            let mut bits = vec![0_u64; self.n_rows().div_ceil(64)];
            rows.iter().for_each(|&row| bits[row as usize / 64] |= 1 << (row % 64));
            bits
        });
        let places: Vec<u32> = match columns {
            Some(columns) => columns.to_vec(),
            None => (0..counted(dataset.columns.len())).collect(),
        };
        let stored = self.columns_at(dataset, Some(&places))?;
        let summary = |(&place, column): (&u32, usize)| {
            go_on(wanted)?;
            self.summary(&dataset.columns[place as usize], column, bits.as_deref(), view.n_matching(), wanted)
        };
        places.iter().zip(stored).map(summary).collect()
    }

    fn summary(
        &self,
        column: &Column,
        at: usize,
        bits: Option<&[u64]>,
        n_rows: usize,
        wanted: StillWanted<'_>,
    ) -> Result<ColumnSummary, DatasetError> {
        let stored = self.stored(at);
        let overview = &stored.overview;
        let n_values = self.n_rows() - overview.missing as usize;
        let as_category = column.kind == ColumnKind::Category;
        let (missing, spread) = match &stored.layout {
            _ if n_values == 0 => (counted(n_rows), ColumnSpread::Empty),
            Layout::Numbers { .. } if as_category => {
                self.listed(at, &self.frequent_numbers(at, wanted)?, bits, wanted)?
            }
            Layout::Numbers { .. } | Layout::Moments { .. } => {
                let (missing, counts) = match bits {
                    None => (overview.missing, overview.counts.clone()),
                    Some(bits) => self.binned(at, bits, wanted)?,
                };
                let format = match &stored.layout {
                    Layout::Moments { format, .. } => Some(*format),
                    Layout::Numbers { .. } | Layout::Codes { .. } | Layout::Texts { .. } => None,
                };
                let label = |edge: &f64| match format {
                    Some(format) => date_label(*edge, format),
                    None => number::format(*edge),
                };
                let labels = overview.edges.iter().map(label).collect();
                (
                    missing,
                    ColumnSpread::Histogram {
                        edges: overview.edges.clone(),
                        labels,
                        counts,
                        dates: format.is_some(),
                    },
                )
            }
            Layout::Codes { .. } | Layout::Texts { .. } => match bits {
                None => {
                    let top: Vec<ValueCount> = (overview.top.iter())
                        .map(|(value, count)| ValueCount { value: value.clone(), count: *count })
                        .collect();
                    let listed: u32 = top.iter().map(|v| v.count).sum();
                    let other = counted(n_values).saturating_sub(listed);
                    (overview.missing, ColumnSpread::Values { top, other })
                }
                Some(_) => {
                    let texts: Vec<String> = overview.top.iter().map(|(value, _)| value.clone()).collect();
                    self.listed(at, &texts, bits, wanted)?
                }
            },
        };
        Ok(ColumnSummary {
            name: column.name.clone(),
            kind: column.kind,
            kinds: self.kinds_of(column),
            n_rows: counted(n_rows),
            missing,
            distinct: column.distinct,
            spread,
        })
    }

    /// Kinds that a column's values allow, its own among them.
    pub fn kinds_of(&self, column: &Column) -> Vec<ColumnKind> {
        use ColumnKind::{Boolean, Category, Datetime, Identifier, Numeric, Text};
        let layout = self.position(&column.name).map(|at| &self.stored(at).layout);
        let mut kinds = match layout {
            Some(Layout::Numbers { .. }) => vec![Numeric, Category, Identifier],
            Some(Layout::Moments { .. }) => vec![Datetime, Category, Identifier],
            Some(Layout::Codes { boolean: true, .. }) => vec![Boolean, Category],
            Some(Layout::Codes { boolean: false, .. } | Layout::Texts { .. }) => {
                vec![Category, Text, Identifier]
            }
            None => Vec::new(),
        };
        if !kinds.contains(&column.kind) {
            kinds.insert(0, column.kind);
        }
        kinds
    }

    /// Rows without a value, and rows in each bin, of those whose bit is set.
    fn binned(
        &self,
        at: usize,
        bits: &[u64],
        wanted: StillWanted<'_>,
    ) -> Result<(u32, Vec<u32>), DatasetError> {
        let edges = &self.stored(at).overview.edges;
        let binning = Binning::new(edges);
        self.counted_by(at, Some(bits), edges.len() - 1, wanted, |chunk, row| match chunk {
            Chunk::Numbers(v) => (!v[row].is_nan()).then(|| Some(binning.bin(v[row]))),
            Chunk::Moments(v) => (v[row] != Chunk::NO_MOMENT).then(|| Some(binning.bin(millis(v[row])))),
            Chunk::Codes(_) | Chunk::Texts(_) => None,
        })
        .map(|(missing, counts, _)| (missing, counts))
    }

    /// Rows with each of these texts, and the rest, of those whose bit is set.
    fn listed(
        &self,
        at: usize,
        texts: &[String],
        bits: Option<&[u64]>,
        wanted: StillWanted<'_>,
    ) -> Result<(u32, ColumnSpread), DatasetError> {
        let place: PlHashMap<&str, usize> = texts.iter().enumerate().map(|(i, t)| (t.as_str(), i)).collect();
        let words = self.words(at)?;
        let of_code: Vec<Option<usize>> =
            words.iter().map(|word| place.get(word.as_str()).copied()).collect();
        let of_number: PlHashMap<u64, usize> = (texts.iter().enumerate())
            .filter_map(|(i, text)| Some((text.parse::<f64>().ok()?.to_bits(), i)))
            .collect();
        let (missing, counts, other) =
            self.counted_by(at, bits, texts.len(), wanted, |chunk, row| match chunk {
                Chunk::Numbers(v) => (!v[row].is_nan()).then(|| of_number.get(&v[row].to_bits()).copied()),
                Chunk::Codes(v) => of_code.get(usize::from(v[row])).copied(),
                Chunk::Texts(texts) => texts.get(row).map(|text| place.get(text).copied()),
                Chunk::Moments(_) => None,
            })?;
        let listed = texts.iter().zip(counts);
        let top = listed.map(|(value, count)| ValueCount { value: value.clone(), count }).collect();
        Ok((missing, ColumnSpread::Values { top, other }))
    }

    /// Counts rows by what `sort` says of each: none for a missing cell, and
    /// none within for a value that belongs nowhere. Answers with the missing,
    /// the sorted and the others.
    fn counted_by(
        &self,
        at: usize,
        bits: Option<&[u64]>,
        n: usize,
        wanted: StillWanted<'_>,
        sort: impl Fn(&Chunk, usize) -> Option<Option<usize>> + Sync,
    ) -> Result<(u32, Vec<u32>, u32), DatasetError> {
        let none = || (0_u32, vec![0_u32; n], 0_u32);
        chunks(self.n_rows())
            .into_par_iter()
            .try_fold(none, |(mut missing, mut counts, mut other), rows| {
                go_on(wanted)?;
                let is_counted = |row: usize| bits.is_none_or(|bits| bits[row / 64] >> (row % 64) & 1 == 1);
                for part in self.parts(at, rows)? {
                    let chunk = self.chunk(at, part.clone())?;
                    for row in part.clone().filter(|row| is_counted(*row)) {
                        match sort(&chunk, row - part.start) {
                            None => missing += 1,
                            Some(None) => other += 1,
                            Some(Some(place)) => counts[place] += 1,
                        }
                    }
                }
                Ok::<_, DatasetError>((missing, counts, other))
            })
            .try_reduce(none, |mut a, b| {
                a.1.iter_mut().zip(b.1).for_each(|(a, b)| *a += b);
                Ok((a.0 + b.0, a.1, a.2 + b.2))
            })
    }

    /// The most frequent numbers of a column as they are shown.
    fn frequent_numbers(&self, at: usize, wanted: StillWanted<'_>) -> Result<Vec<String>, DatasetError> {
        let counts = chunks(self.n_rows())
            .into_par_iter()
            .try_fold(PlHashMap::<u64, u32>::default, |mut counts, rows| {
                go_on(wanted)?;
                if let Chunk::Numbers(values) = self.chunk(at, rows)? {
                    values
                        .iter()
                        .filter(|v| !v.is_nan())
                        .for_each(|v| *counts.entry(v.to_bits()).or_default() += 1);
                }
                Ok::<_, DatasetError>(counts)
            })
            .try_reduce(PlHashMap::default, |mut a, b| {
                b.into_iter().for_each(|(value, count)| *a.entry(value).or_default() += count);
                Ok(a)
            })?;
        let mut counts: Vec<(u64, u32)> = counts.into_iter().collect();
        let value = |bits: u64| f64::from_bits(bits);
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| value(a.0).total_cmp(&value(b.0))));
        Ok(counts.into_iter().take(MAX_LISTED).map(|(bits, _)| number::format(value(bits))).collect())
    }
}
