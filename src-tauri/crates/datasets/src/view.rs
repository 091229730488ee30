//! What a query shows of a table: which rows, in which order, and pages of them.

mod condition;
mod find;
mod sort;
mod summary;
mod text;
mod written;

use crate::{
    cells::{CHUNK_ROWS, Cells, StillWanted, go_on},
    error::DatasetError,
};
pub(crate) use condition::CellTest;
use rayon::prelude::*;
use retort_domain::{Dataset, TablePage, TableQuery, TableSort, TableView};
use std::{ops::Range, sync::Arc};
use text::TextTest;
pub use written::written_filter;

/// Rows that a query shows, in their order. Cloning shares them.
#[derive(Debug, Clone)]
pub struct View {
    n_rows: usize,
    /// None for all rows in the file's order.
    rows: Option<Arc<[u32]>>,
}

impl View {
    /// All rows in the file's order.
    pub fn whole(cells: &Cells) -> Self {
        Self { n_rows: cells.n_rows(), rows: None }
    }

    fn listed(n_rows: usize, rows: Vec<u32>) -> Self {
        let whole = rows.len() == n_rows && rows.iter().zip(0..).all(|(row, place)| *row == place);
        Self { n_rows, rows: (!whole).then(|| rows.into()) }
    }

    /// Rows that are shown.
    pub fn n_matching(&self) -> usize {
        self.rows.as_ref().map_or(self.n_rows, |rows| rows.len())
    }

    /// Memory that it takes, bytes.
    pub fn memory_bytes(&self) -> usize {
        self.rows.as_ref().map_or(0, |rows| rows.len() * size_of::<u32>())
    }

    /// What a person is told of it.
    pub fn counts(&self) -> TableView {
        TableView { n_rows: counted(self.n_rows), n_matching: counted(self.n_matching()) }
    }

    /// Numbers of the rows at these places.
    fn row_numbers(&self, places: Range<usize>) -> Vec<u32> {
        match &self.rows {
            Some(rows) => rows[places].to_vec(),
            None => places.map(|place| place as u32).collect(),
        }
    }

    fn row_number(&self, place: usize) -> u32 {
        self.rows.as_ref().map_or(place as u32, |rows| rows[place])
    }
}

fn counted(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// A column in which a text is sought.
struct Searched {
    /// Among the dataset's columns.
    place: u32,
    /// In the file of cells.
    column: usize,
    test: CellTest,
}

/// Most cells that are copied at once.
const MAX_COPIED: u64 = 1_000_000;

fn add_line<'a>(text: &mut String, cells: impl Iterator<Item = &'a str>) {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            text.push('\t');
        }
        if cell.contains(['\t', '"', '\n', '\r']) {
            text.push('"');
            text.push_str(&cell.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(cell);
        }
    }
    text.push('\n');
}

/// One bit a row.
pub(crate) type RowBits = Vec<u64>;

/// Neighbouring rows that are worked on together.
fn chunks(n_rows: usize) -> Vec<Range<usize>> {
    (0..n_rows).step_by(CHUNK_ROWS).map(|start| start..(start + CHUNK_ROWS).min(n_rows)).collect()
}

/// Places of the bits that are set.
fn set_bits(bits: &[u64]) -> impl Iterator<Item = usize> {
    bits.iter().enumerate().flat_map(|(at, &word)| {
        let mut rest = word;
        std::iter::from_fn(move || {
            (rest != 0).then(|| {
                let bit = rest.trailing_zeros() as usize;
                rest &= rest - 1;
                at * 64 + bit
            })
        })
    })
}

impl Cells {
    /// The rows that pass a query's filters and its search, in the file's order.
    /// Takes one pass over each column that it asks about; a search asks about
    /// all of them.
    pub fn matching(
        &self,
        dataset: &Dataset,
        query: &TableQuery,
        wanted: StillWanted<'_>,
    ) -> Result<View, DatasetError> {
        let tests = (query.filters.iter())
            .map(|filter| condition::compile(self, dataset, filter))
            .collect::<Result<Vec<_>, _>>()?;
        let searched = match query.search.as_deref().filter(|text| !text.is_empty()) {
            Some(text) => Some(self.search_tests(dataset, text)?),
            None => None,
        };
        if tests.is_empty() && searched.is_none() {
            return Ok(View::whole(self));
        }
        let chunks = chunks(self.n_rows());
        let bits_of = |rows: &Range<usize>| -> Result<Vec<u32>, DatasetError> {
            let mut bits = vec![u64::MAX; rows.len().div_ceil(64)];
            for (column, test) in &tests {
                go_on(wanted)?;
                let passed = self.passing(*column, test, rows.clone())?;
                bits.iter_mut().zip(passed).for_each(|(bit, passed)| *bit &= passed);
                if bits.iter().all(|word| *word == 0) {
                    return Ok(Vec::new());
                }
            }
            if let Some(searched) = &searched {
                let found = self.any_passing(searched, rows.clone(), wanted)?;
                bits.iter_mut().zip(found).for_each(|(bit, found)| *bit &= found);
            }
            Ok(set_bits(&bits)
                .map(|at| rows.start + at)
                .take_while(|row| *row < rows.end)
                .map(|r| r as u32)
                .collect())
        };
        let parts: Vec<Vec<u32>> = chunks.par_iter().map(bits_of).collect::<Result<_, _>>()?;
        Ok(View::listed(self.n_rows(), parts.concat()))
    }

    /// The rows of a view that is in the file's order, sorted.
    pub fn sorted(
        &self,
        dataset: &Dataset,
        view: &View,
        by: &[TableSort],
        wanted: StillWanted<'_>,
    ) -> Result<View, DatasetError> {
        let by = by
            .iter()
            .map(|sort| {
                Ok((
                    condition::column_of(self, dataset, &sort.column, crate::ColumnUse::Sort)?,
                    sort.descending,
                ))
            })
            .collect::<Result<Vec<_>, DatasetError>>()?;
        if by.is_empty() {
            return Ok(view.clone());
        }
        let rows = sort::sort(self, view.row_numbers(0..view.n_matching()), &by, wanted)?;
        Ok(View::listed(self.n_rows(), rows))
    }

    /// The rows that a query shows, in its order.
    pub fn view(
        &self,
        dataset: &Dataset,
        query: &TableQuery,
        wanted: StillWanted<'_>,
    ) -> Result<View, DatasetError> {
        self.sorted(dataset, &self.matching(dataset, query, wanted)?, &query.sort, wanted)
    }

    /// Rows of a view from `offset` on, at most `limit`; of some columns by
    /// their place in the dataset, or of all.
    pub fn page(
        &self,
        dataset: &Dataset,
        view: &View,
        offset: u32,
        limit: u32,
        columns: Option<&[u32]>,
    ) -> Result<TablePage, DatasetError> {
        let n_matching = view.n_matching();
        if offset as usize > n_matching {
            return Err(DatasetError::OffsetBeyondEnd {
                dataset: dataset.name.clone(),
                offset,
                rows: counted(n_matching),
            });
        }
        let columns = self.columns_at(dataset, columns)?;
        let end = (offset as usize).saturating_add(limit as usize).min(n_matching);
        let row_numbers = view.row_numbers(offset as usize..end);
        let mut rows: Vec<Vec<Option<String>>> =
            row_numbers.iter().map(|_| Vec::with_capacity(columns.len())).collect();
        let shown = columns.par_iter().map(|column| self.shown(*column, &row_numbers));
        for column in shown.collect::<Result<Vec<_>, _>>()? {
            rows.iter_mut().zip(column).for_each(|(row, cell)| row.push(cell));
        }
        let TableView { n_rows, n_matching } = view.counts();
        Ok(TablePage { offset, n_rows, n_matching, row_numbers, rows })
    }

    /// Cells of a view as text that spreadsheets take over: tabs between them,
    /// quotes where a cell holds tabs, quotes or line ends, missing ones empty;
    /// at most a million cells.
    pub fn copied(
        &self,
        dataset: &Dataset,
        view: &View,
        rows: Range<u32>,
        columns: Option<&[u32]>,
        header: bool,
    ) -> Result<String, DatasetError> {
        let places: Vec<u32> = match columns {
            Some(columns) => columns.to_vec(),
            None => (0..counted(dataset.columns.len())).collect(),
        };
        let cells = u64::from(rows.end.saturating_sub(rows.start)) * places.len() as u64;
        if cells > MAX_COPIED {
            return Err(DatasetError::TooManyCopied { cells, limit: MAX_COPIED });
        }
        let page =
            self.page(dataset, view, rows.start, rows.end.saturating_sub(rows.start), Some(&places))?;
        let mut text = String::new();
        if header {
            add_line(&mut text, places.iter().map(|&place| dataset.columns[place as usize].name.as_str()));
        }
        for row in &page.rows {
            add_line(&mut text, row.iter().map(|cell| cell.as_deref().unwrap_or_default()));
        }
        Ok(text)
    }

    /// Places of columns in the file of cells, from their places in the dataset.
    fn columns_at(&self, dataset: &Dataset, columns: Option<&[u32]>) -> Result<Vec<usize>, DatasetError> {
        let place_of = |name: &str| {
            self.position(name).ok_or_else(|| DatasetError::TableDamaged {
                id: dataset.id.to_string(),
                reason: format!("column \"{name}\" is missing"),
            })
        };
        let Some(columns) = columns else {
            return dataset.columns.iter().map(|column| place_of(&column.name)).collect();
        };
        let column_at = |&place: &u32| match dataset.columns.get(place as usize) {
            Some(column) => place_of(&column.name),
            None => Err(DatasetError::NoSuchColumn {
                dataset: dataset.name.clone(),
                place,
                columns: dataset.columns.len(),
            }),
        };
        columns.iter().map(column_at).collect()
    }

    /// A bit for each of these rows, set where the column's cell passes.
    fn passing(&self, column: usize, test: &CellTest, rows: Range<usize>) -> Result<RowBits, DatasetError> {
        let mut bits = vec![0_u64; rows.len().div_ceil(64)];
        if !matches!(test, CellTest::Never) {
            for part in self.parts(column, rows.clone())? {
                let before = part.start - rows.start;
                test.pass(&self.chunk(column, part)?, |at| {
                    bits[(before + at) / 64] |= 1 << ((before + at) % 64)
                });
            }
        }
        Ok(bits)
    }

    /// A bit for each of these rows, set where some column's cell passes.
    fn any_passing(
        &self,
        searched: &[Searched],
        rows: Range<usize>,
        wanted: StillWanted<'_>,
    ) -> Result<RowBits, DatasetError> {
        let mut bits = vec![0_u64; rows.len().div_ceil(64)];
        for Searched { column, test, .. } in searched {
            go_on(wanted)?;
            let passed = self.passing(*column, test, rows.clone())?;
            bits.iter_mut().zip(passed).for_each(|(bit, passed)| *bit |= passed);
        }
        Ok(bits)
    }

    /// For each column in which it can occur, the test for a text.
    fn search_tests(&self, dataset: &Dataset, text: &str) -> Result<Vec<Searched>, DatasetError> {
        let sought = TextTest::contains(text);
        let mut searched = Vec::new();
        for (place, column) in (0..).zip(self.columns_at(dataset, None)?) {
            match condition::shown_text(self, column, sought.clone())? {
                CellTest::Never => {}
                test => searched.push(Searched { place, column, test }),
            }
        }
        Ok(searched)
    }
}
