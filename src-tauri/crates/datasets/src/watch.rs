//! Work that takes a while tells how far it is and may be stopped.

use crate::{error::DatasetError, profile::GoesOn};
use std::io::{self, Read, Write};

/// A share of some work.
#[derive(Clone, Copy)]
pub(crate) struct Watch<'a> {
    goes_on: GoesOn<'a>,
    from: f64,
    to: f64,
}

/// Work that nobody watches.
pub(crate) const UNWATCHED: Watch<'static> = Watch { goes_on: &|_| true, from: 0.0, to: 1.0 };

impl<'a> Watch<'a> {
    /// All of it.
    pub fn new(goes_on: GoesOn<'a>) -> Self {
        Self { goes_on, from: 0.0, to: 1.0 }
    }

    /// A part of it, as shares from 0 to 1.
    pub fn part(&self, from: f64, to: f64) -> Self {
        let span = self.to - self.from;
        Self { goes_on: self.goes_on, from: self.from + from * span, to: self.from + to * span }
    }

    /// Tells what is done; an error where the work is to stop.
    pub fn tell(&self, done: usize, total: usize) -> Result<(), DatasetError> {
        let share = done.min(total) as f64 / total.max(1) as f64;
        let goes_on = (self.goes_on)(self.from + share * (self.to - self.from));
        if goes_on { Ok(()) } else { Err(DatasetError::Stopped) }
    }

    /// Tells that it is done.
    pub fn done(&self) -> Result<(), DatasetError> {
        self.tell(1, 1)
    }
}

/// Reads or writes as long as the work is wanted. Of so many bytes, the share
/// that has passed is told; of none, only the question is asked.
pub(crate) struct Watched<'a, I> {
    inner: I,
    watch: Watch<'a>,
    passed: usize,
    total: usize,
    /// Why it ended, where that was a wish.
    pub is_stopped: bool,
}

impl<'a, I> Watched<'a, I> {
    pub fn new(inner: I, watch: Watch<'a>, total: usize) -> Self {
        Self { inner, watch, passed: 0, total, is_stopped: false }
    }

    fn pass(&mut self, bytes: usize) -> io::Result<()> {
        self.passed += bytes;
        if self.watch.tell(self.passed.min(self.total), self.total).is_err() {
            self.is_stopped = true;
            return Err(io::Error::other("stopped"));
        }
        Ok(())
    }
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let n_read = self.inner.read(bytes)?;
        self.pass(n_read)?;
        Ok(n_read)
    }
}

impl<W: Write> Write for Watched<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Some writers end what they began when they are dropped, and complain
        // where they cannot.
        if self.is_stopped {
            return Ok(bytes.len());
        }
        let n_written = self.inner.write(bytes)?;
        self.pass(n_written)?;
        Ok(n_written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
