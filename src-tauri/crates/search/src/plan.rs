//! In which portions a sweep's trials are proposed and judged. Both follow from
//! a trial's number alone, so the same sweep gives the same trials and results
//! however many workers run, and in whatever order they finish.

use crate::pruning::{self, Bracket};
use retort_domain::{PrunerKind, SamplerKind};
use std::ops::Range;

/// A sweep's sampler and pruner, and the most epochs that a trial trains
/// ([`crate::Space::max_epochs`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    sampler: SamplerKind,
    pruner: PrunerKind,
    max_epochs: u32,
}

/// Trials that are proposed together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wave {
    /// Their numbers, from 0; more than a sweep may want.
    pub numbers: Range<u32>,
    /// Trials numbered below this must have ended before the wave is asked
    /// for; what became of later ones makes no difference.
    pub known: u32,
}

/// Trials in a bracket, or in the first of a round, that nobody waits for.
const BRACKET: u32 = 81;

/// The same where each is a wave that later ones learn from.
const ADAPTIVE_BRACKET: u32 = 27;

/// Members whose median is a trial's bar.
const MEDIAN_BRACKET: u32 = 16;

/// Fewest and most trials of a wave without a pruner.
const WAVE: Range<u32> = 8..64;

impl Plan {
    /// What follows from the three is fixed for ever.
    pub fn new(sampler: SamplerKind, pruner: PrunerKind, max_epochs: u32) -> Self {
        Self { sampler, pruner, max_epochs }
    }

    /// Who proposes.
    pub fn sampler(self) -> SamplerKind {
        self.sampler
    }

    /// The wave of a trial. Grid, random and Sobol propose everything at once.
    /// TPE proposes as a wave what is judged as a bracket, or without a pruner
    /// 8 trials, growing to an eighth of those before and to 64; it knows what
    /// became of the waves up to the last but one, so two can be trained at a
    /// time.
    pub fn wave_of(self, number: u32) -> Wave {
        match self.sampler {
            SamplerKind::Grid | SamplerKind::Random | SamplerKind::Sobol => {
                Wave { numbers: 0..u32::MAX, known: 0 }
            }
            SamplerKind::Tpe => {
                let numbers = self.adaptive_wave(number);
                let before = numbers.start.checked_sub(1).map(|last| self.adaptive_wave(last).start);
                Wave { numbers, known: before.unwrap_or(0) }
            }
        }
    }

    /// The bracket of a trial; whole waves or within one.
    pub fn bracket_of(self, number: u32) -> Bracket {
        match (self.pruner, self.sampler) {
            (PrunerKind::None, _) => {
                let numbers = self.wave_of(number).numbers;
                Bracket { members: numbers, rungs: Vec::new() }
            }
            (PrunerKind::Median, _) => self.bracket(number, MEDIAN_BRACKET),
            (PrunerKind::Halving | PrunerKind::Hyperband, SamplerKind::Tpe) => {
                self.bracket(number, ADAPTIVE_BRACKET)
            }
            (PrunerKind::Halving | PrunerKind::Hyperband, _) => self.bracket(number, BRACKET),
        }
    }

    fn bracket(self, number: u32, size: u32) -> Bracket {
        pruning::bracket_of(self.pruner, number, self.max_epochs, size)
    }

    fn adaptive_wave(self, number: u32) -> Range<u32> {
        if self.pruner != PrunerKind::None {
            return self.bracket_of(number).members;
        }
        let mut wave = 0..WAVE.start;
        while wave.end <= number {
            let size = (wave.end / 8 / WAVE.start * WAVE.start).clamp(WAVE.start, WAVE.end);
            wave = wave.end..wave.end + size;
            if size == WAVE.end {
                let n_more = (number - wave.start) / size * size;
                return wave.start + n_more..wave.end + n_more;
            }
        }
        wave
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn waves_of_tpe_grow_with_what_is_known() {
        let plan = Plan::new(SamplerKind::Tpe, PrunerKind::None, 20);
        let mut waves = Vec::new();
        let mut next = 0;
        while next < 160 {
            let wave = plan.wave_of(next);
            next = wave.numbers.end;
            waves.push((wave.numbers.len(), wave.known));
        }
        assert_eq!(waves[..4], [(8, 0), (8, 0), (8, 8), (8, 16)]);
        assert_eq!(waves[15..], [(8, 112), (16, 120), (16, 128)]);
        assert_eq!(plan.wave_of(70_000), Wave { numbers: 69_952..70_016, known: 69_888 });
    }

    #[test]
    fn what_needs_no_outcomes_comes_at_once() {
        let wave = Plan::new(SamplerKind::Sobol, PrunerKind::Hyperband, 20).wave_of(5);
        assert_eq!(wave, Wave { numbers: 0..u32::MAX, known: 0 });
    }

    proptest! {
        /// Otherwise a bracket would wait for members that wait for it.
        #[test]
        fn a_wave_holds_whole_brackets(number in 0_u32..100_000, max_epochs in 1_u32..200) {
            for pruner in [PrunerKind::None, PrunerKind::Halving, PrunerKind::Hyperband, PrunerKind::Median] {
                for sampler in [SamplerKind::Tpe, SamplerKind::Sobol] {
                    let plan = Plan::new(sampler, pruner, max_epochs);
                    let (wave, bracket) = (plan.wave_of(number), plan.bracket_of(number));
                    prop_assert!(wave.numbers.contains(&number) && bracket.members.contains(&number));
                    prop_assert!(wave.numbers.start <= bracket.members.start);
                    prop_assert!(bracket.members.end <= wave.numbers.end);
                    prop_assert!(wave.known <= wave.numbers.start);
                    prop_assert_eq!(plan.wave_of(wave.numbers.start), wave);
                }
            }
        }
    }
}
