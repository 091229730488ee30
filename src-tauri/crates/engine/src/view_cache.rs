//! Tables on screen: their opened cells, and the views that were used last. A
//! view that is wanted twice is computed once, and one that is not wanted any
//! more, because a person has asked something newer of the same table, is given
//! up.

use crate::blocking::blocking;
use retort_datasets::{Cells, DatasetError, View};
use retort_domain::{AppError, Dataset, DatasetId, TableQuery};
use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{OnceCell, watch};

/// Opened cells cost a file handle and little else.
const N_TABLES: usize = 8;
/// Of all views that are kept together.
const MAX_VIEW_BYTES: usize = 256 << 20;
/// Views of small tables take nearly nothing, but are looked through.
const MAX_VIEWS: usize = 64;

/// A table and a question about it.
type Key = (DatasetId, String);
type Slot = Arc<OnceCell<Cells>>;
type Computed = Option<Result<View, AppError>>;

/// Work whose result only the person's last question needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Work {
    Find,
    Summaries,
}

#[derive(Default)]
struct State {
    /// Used last first.
    cells: VecDeque<(DatasetId, Slot)>,
    /// Used last first.
    views: VecDeque<(Key, View)>,
    under_way: HashMap<DatasetId, UnderWay>,
    /// What else is under way, with what it is about.
    works: HashMap<(DatasetId, Work), (String, Arc<AtomicBool>)>,
}

struct UnderWay {
    question: String,
    superseded: Arc<AtomicBool>,
    computed: watch::Receiver<Computed>,
}

/// Cloning it gives another handle on the same.
#[derive(Clone)]
pub(crate) struct ViewCache {
    folder: PathBuf,
    state: Arc<Mutex<State>>,
}

impl ViewCache {
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, state: Arc::default() }
    }

    /// A table's cells; who comes while they are written waits.
    pub async fn cells(&self, id: &DatasetId) -> Result<Cells, AppError> {
        let slot = self.slot(id);
        let open = || {
            let (folder, id) = (self.folder.clone(), id.clone());
            blocking(move || Cells::open(&folder, &id, &|| true))
        };
        slot.get_or_try_init(open).await.cloned()
    }

    fn slot(&self, id: &DatasetId) -> Slot {
        let mut state = self.state();
        let at = state.cells.iter().position(|(kept, _)| kept == id);
        let entry = at.and_then(|at| state.cells.remove(at)).unwrap_or_else(|| (id.clone(), Slot::default()));
        let slot = entry.1.clone();
        state.cells.push_front(entry);
        state.cells.truncate(N_TABLES);
        slot
    }

    /// The rows that a query shows. A query still under way on the same table is
    /// given up for another one.
    pub async fn view(&self, dataset: &Dataset, query: &TableQuery) -> Result<(Cells, View), AppError> {
        let cells = self.cells(&dataset.id).await?;
        if *query == TableQuery::default() {
            let view = View::whole(&cells);
            return Ok((cells, view));
        }
        let key = key_of(&dataset.id, query);
        let mut computed = {
            let mut state = self.state();
            let known = state.recall(&key);
            let same = state.under_way.get(&key.0).filter(|work| work.question == key.1);
            match (known, same) {
                // Pages of what is known hold up nothing.
                (Some(view), _) => return Ok((cells, view)),
                (None, Some(work)) => work.computed.clone(),
                (None, None) => self.begin(&mut state, &cells, dataset, query, key),
            }
        };
        let view = match computed.wait_for(Option::is_some).await {
            Ok(ready) => ready.clone().unwrap_or_else(|| Err(DatasetError::Superseded.into())),
            Err(_) => Err(DatasetError::Superseded.into()),
        };
        Ok((cells, view?))
    }

    fn begin(
        &self,
        state: &mut State,
        cells: &Cells,
        dataset: &Dataset,
        query: &TableQuery,
        key: Key,
    ) -> watch::Receiver<Computed> {
        let (tell, computed) = watch::channel(None);
        let superseded = Arc::new(AtomicBool::new(false));
        let under_way =
            UnderWay { question: key.1.clone(), superseded: superseded.clone(), computed: computed.clone() };
        if let Some(older) = state.under_way.insert(key.0.clone(), under_way) {
            older.superseded.store(true, Ordering::Relaxed);
        }
        let (this, cells, dataset, query) = (self.clone(), cells.clone(), dataset.clone(), query.clone());
        tokio::spawn(async move {
            let (cache, raised) = (this.clone(), superseded.clone());
            let view = blocking(move || {
                cache.compute(&cells, &dataset, &query, &|| !raised.load(Ordering::Relaxed))
            })
            .await;
            let mut state = this.state();
            if let Ok(view) = &view {
                state.keep(key.clone(), view);
            }
            if state.under_way.get(&key.0).is_some_and(|work| Arc::ptr_eq(&work.superseded, &superseded)) {
                state.under_way.remove(&key.0);
            }
            // Nobody may be waiting any more.
            let _ = tell.send(Some(view));
        });
        computed
    }

    /// Sorting again does not filter again.
    fn compute(
        &self,
        cells: &Cells,
        dataset: &Dataset,
        query: &TableQuery,
        wanted: &(dyn Fn() -> bool + Sync),
    ) -> Result<View, DatasetError> {
        let unsorted = TableQuery { sort: Vec::new(), ..query.clone() };
        let key = key_of(&dataset.id, &unsorted);
        let known = self.state().recall(&key);
        let matching = match known {
            Some(matching) => matching,
            None => {
                let matching = cells.matching(dataset, query, wanted)?;
                self.state().keep(key, &matching);
                matching
            }
        };
        cells.sorted(dataset, &matching, &query.sort, wanted)
    }

    /// Begins work that is given up when the same is asked about something else;
    /// the answer says whether it was. The same question again gives up nothing,
    /// being asked about other columns.
    pub fn begin_work(&self, id: &DatasetId, work: Work, about: String) -> Arc<AtomicBool> {
        let mut state = self.state();
        if let Some((question, superseded)) = state.works.get(&(id.clone(), work)) {
            if *question == about {
                return superseded.clone();
            }
            superseded.store(true, Ordering::Relaxed);
        }
        let superseded = Arc::new(AtomicBool::new(false));
        state.works.insert((id.clone(), work), (about, superseded.clone()));
        superseded
    }

    /// Takes a table out, and gives up what is under way on it.
    pub fn forget(&self, id: &DatasetId) {
        let mut state = self.state();
        state.cells.retain(|(kept, _)| kept != id);
        state.views.retain(|((kept, _), _)| kept != id);
        if let Some(work) = state.under_way.remove(id) {
            work.superseded.store(true, Ordering::Relaxed);
        }
        for work in [Work::Find, Work::Summaries] {
            if let Some((_, superseded)) = state.works.remove(&(id.clone(), work)) {
                superseded.store(true, Ordering::Relaxed);
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Queries that differ in their words differ here.
pub(crate) fn key_of(id: &DatasetId, query: &TableQuery) -> Key {
    // A query is plain data and always has a JSON form.
    (id.clone(), serde_json::to_string(query).unwrap_or_default())
}

impl State {
    fn recall(&mut self, key: &Key) -> Option<View> {
        let at = self.views.iter().position(|(kept, _)| kept == key)?;
        let entry = self.views.remove(at)?;
        let view = entry.1.clone();
        self.views.push_front(entry);
        Some(view)
    }

    fn keep(&mut self, key: Key, view: &View) {
        self.views.retain(|(kept, _)| *kept != key);
        self.views.push_front((key, view.clone()));
        let mut bytes = 0;
        let fits = |(_, view): &&(Key, View)| {
            bytes += view.memory_bytes();
            bytes <= MAX_VIEW_BYTES
        };
        let kept = self.views.iter().take_while(fits).count().clamp(1, MAX_VIEWS);
        self.views.truncate(kept);
    }
}
