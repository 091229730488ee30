//! The next cell, or the one before, that contains a text.

use super::{Searched, View, counted, set_bits};
use crate::{
    cells::{CHUNK_ROWS, Cells, StillWanted},
    error::DatasetError,
    view::text::TextTest,
};
use rayon::prelude::*;
use retort_domain::{CellPosition, Dataset, SearchDirection, SearchHit};
use std::ops::Range;

/// Rows that are searched first; then more and more at a time.
const FIRST_ROWS: usize = 1 << 10;
/// A view that lists fewer rows is searched row by row, not the whole table.
const FEW_ROWS: usize = 1 << 14;

impl Cells {
    /// The nearest cell of a view in one direction whose shown text contains
    /// `text`, whatever the case. The search begins beside `from`, or at the
    /// start (backwards: the end), passes the end and comes back to `from`
    /// itself. No cell contains the empty text.
    pub fn find(
        &self,
        dataset: &Dataset,
        view: &View,
        text: &str,
        from: Option<CellPosition>,
        direction: SearchDirection,
        wanted: StillWanted<'_>,
    ) -> Result<Option<SearchHit>, DatasetError> {
        let n = view.n_matching();
        if let Some(from) = from
            && from.row as usize >= n
        {
            return Err(DatasetError::OffsetBeyondEnd {
                dataset: dataset.name.clone(),
                offset: from.row,
                rows: counted(n),
            });
        }
        if text.is_empty() {
            return Ok(None);
        }
        let searched = self.search_tests(dataset, text)?;
        if searched.is_empty() || n == 0 {
            return Ok(None);
        }
        let search =
            Search { cells: self, view, searched, sought: TextTest::contains(text), direction, wanted };
        search.run(from)
    }
}

struct Search<'a> {
    cells: &'a Cells,
    view: &'a View,
    searched: Vec<Searched>,
    sought: TextTest,
    direction: SearchDirection,
    wanted: StillWanted<'a>,
}

impl Search<'_> {
    fn run(&self, from: Option<CellPosition>) -> Result<Option<SearchHit>, DatasetError> {
        let n = self.view.n_matching();
        let all = 0..u32::MAX;
        let Some(from) = from else {
            return self.in_rows(0..n, false);
        };
        let row = from.row as usize;
        let (beside, beyond) = match self.direction {
            SearchDirection::Next => {
                (from.column.saturating_add(1)..all.end, 0..from.column.saturating_add(1))
            }
            SearchDirection::Previous => (0..from.column, from.column..all.end),
        };
        if let Some(hit) = self.in_row(row, &beside, false)? {
            return Ok(Some(hit));
        }
        let (ahead, behind) = match self.direction {
            SearchDirection::Next => (row + 1..n, 0..row),
            SearchDirection::Previous => (0..row, row + 1..n),
        };
        if let Some(hit) = self.in_rows(ahead, false)? {
            return Ok(Some(hit));
        }
        if let Some(hit) = self.in_rows(behind, true)? {
            return Ok(Some(hit));
        }
        self.in_row(row, &beyond, true)
    }

    /// The nearest hit in the row at a place, in some of its columns.
    fn in_row(
        &self,
        place: usize,
        columns: &Range<u32>,
        wrapped: bool,
    ) -> Result<Option<SearchHit>, DatasetError> {
        let row_number = self.view.row_number(place);
        let mut hit = None;
        for searched in self.searched.iter().filter(|s| columns.contains(&s.place)) {
            let row = row_number as usize;
            let found = self.cells.passing(searched.column, &searched.test, row..row + 1)?[0] != 0;
            if found {
                let position = CellPosition { row: counted(place), column: searched.place };
                hit = Some(SearchHit { position, row_number, wrapped });
                if self.direction == SearchDirection::Next {
                    break;
                }
            }
        }
        Ok(hit)
    }

    /// The nearest hit in rows at some places.
    fn in_rows(&self, places: Range<usize>, wrapped: bool) -> Result<Option<SearchHit>, DatasetError> {
        let place = match &self.view.rows {
            None => self.among(places, |block| self.hits_in_order(block))?,
            Some(rows) if rows.len() <= FEW_ROWS => self.among(places, |block| self.hits_listed(block))?,
            Some(rows) => {
                let bits = self.all_hits()?;
                let is_hit = |place: &usize| {
                    let row = rows[*place] as usize;
                    bits[row / 64] >> (row % 64) & 1 == 1
                };
                match self.direction {
                    SearchDirection::Next => { places }.find(is_hit),
                    SearchDirection::Previous => places.rev().find(is_hit),
                }
            }
        };
        place.map_or(Ok(None), |place| self.in_row(place, &(0..u32::MAX), wrapped))
    }

    /// Goes through places block by block until one holds a hit.
    fn among(
        &self,
        mut places: Range<usize>,
        hits: impl Fn(Range<usize>) -> Result<Vec<usize>, DatasetError>,
    ) -> Result<Option<usize>, DatasetError> {
        let mut size = FIRST_ROWS;
        while !places.is_empty() {
            let n = size.min(places.len());
            let block = match self.direction {
                SearchDirection::Next => places.start..places.start + n,
                SearchDirection::Previous => places.end - n..places.end,
            };
            let found = hits(block)?;
            let nearest = match self.direction {
                SearchDirection::Next => found.first(),
                SearchDirection::Previous => found.last(),
            };
            if let Some(&place) = nearest {
                return Ok(Some(place));
            }
            match self.direction {
                SearchDirection::Next => places.start += n,
                SearchDirection::Previous => places.end -= n,
            }
            size = (size * 4).min(CHUNK_ROWS * rayon::current_num_threads());
        }
        Ok(None)
    }

    /// Places with a hit where places are row numbers; ascending.
    fn hits_in_order(&self, block: Range<usize>) -> Result<Vec<usize>, DatasetError> {
        let part = block.len().div_ceil(rayon::current_num_threads()).next_multiple_of(64);
        let parts: Vec<Range<usize>> =
            block.clone().step_by(part).map(|start| start..(start + part).min(block.end)).collect();
        let hits = parts.into_par_iter().map(|rows| {
            let bits = self.cells.any_passing(&self.searched, rows.clone(), self.wanted)?;
            Ok(set_bits(&bits).map(|at| rows.start + at).collect::<Vec<_>>())
        });
        Ok(hits.collect::<Result<Vec<_>, DatasetError>>()?.concat())
    }

    /// Places with a hit in a view of few rows; ascending.
    fn hits_listed(&self, block: Range<usize>) -> Result<Vec<usize>, DatasetError> {
        let rows = self.view.row_numbers(block.clone());
        let mut hit = vec![false; rows.len()];
        for searched in &self.searched {
            crate::cells::go_on(self.wanted)?;
            let shown = self.cells.shown(searched.column, &rows)?;
            let holds = |cell: &Option<String>| cell.as_ref().is_some_and(|text| self.sought.holds(text));
            hit.iter_mut().zip(&shown).for_each(|(hit, cell)| *hit |= holds(cell));
        }
        Ok(block.zip(hit).filter(|(_, hit)| *hit).map(|(place, _)| place).collect())
    }

    /// A bit for each row of the table that holds a hit; kept for the next
    /// search for the same text.
    fn all_hits(&self) -> Result<std::sync::Arc<[u64]>, DatasetError> {
        self.cells.hits(self.sought.sought(), || {
            let parts = super::chunks(self.cells.n_rows())
                .into_par_iter()
                .map(|rows| self.cells.any_passing(&self.searched, rows, self.wanted));
            Ok(parts.collect::<Result<Vec<_>, _>>()?.concat())
        })
    }
}
