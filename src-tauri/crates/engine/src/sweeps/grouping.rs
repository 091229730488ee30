//! Which trials train together. Decided by what is asked for alone, never by
//! which worker is free: the same sweep makes the same groups everywhere.

use retort_domain::{Activation, Optimizer, Platform, TrainingConfig, TrialRef};

/// Most trials of a group; beyond it nothing more is won.
pub(crate) const MAX_GROUP_SIZE: u32 = 32;
/// Weights and biases of all trials of a group, at most: with gradients, two
/// moments and the best epoch's, 20 bytes each.
const MAX_GROUP_PARAMETERS: usize = 4 << 20;
/// A few trials of one shape are spread over this many groups, so that the
/// cores of a small machine share them, as long as each holds some.
const SPREAD: usize = 4;
const WORTH_SPREADING: usize = 8;

/// A trial that is to be trained, from this epoch on.
pub(super) struct Member<'a> {
    pub key: TrialRef,
    pub config: &'a TrainingConfig,
    pub epoch: u32,
}

/// What the trials of a group share.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Shape<'a> {
    epoch: u32,
    platform: Platform,
    hidden_layers: &'a [u32],
    activation: u8,
    optimizer: u8,
    batch_norm: bool,
    batch_size: u32,
}

impl<'a> Shape<'a> {
    fn of(member: &Member<'a>) -> Self {
        let config = member.config;
        let activation = match config.activation {
            Activation::Relu => 0,
            Activation::Tanh => 1,
            Activation::Sigmoid => 2,
            Activation::Gelu => 3,
            Activation::Silu => 4,
        };
        let optimizer = match config.optimizer {
            Optimizer::Sgd => 0,
            Optimizer::Adam => 1,
            Optimizer::Adamw => 2,
            Optimizer::Rmsprop => 3,
        };
        Self {
            epoch: member.epoch,
            platform: member.key.platform,
            hidden_layers: &config.hidden_layers,
            activation,
            optimizer,
            batch_norm: config.batch_norm,
            batch_size: config.batch_size,
        }
    }

    fn parameter_count(&self, n_features: usize, n_outputs: usize) -> usize {
        let mut width = n_features;
        let mut count = 0;
        for &units in self.hidden_layers.iter().chain([&(n_outputs as u32)]) {
            count += (width + 1) * units as usize;
            width = units as usize;
        }
        count
    }
}

/// Sorts trials into groups: those of one shape, in order of number, in groups
/// of about equal size. Each trial is a network a fold, all in the same group.
pub(super) fn groups(
    members: &[Member<'_>],
    n_features: usize,
    n_outputs: usize,
    n_folds: usize,
    max_size: u32,
) -> Vec<Vec<TrialRef>> {
    let mut sorted: Vec<(Shape<'_>, TrialRef)> = members.iter().map(|m| (Shape::of(m), m.key)).collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.number.cmp(&b.1.number)));
    let mut groups = Vec::new();
    for alike in sorted.chunk_by(|a, b| a.0 == b.0) {
        let parameters = alike[0].0.parameter_count(n_features, n_outputs).max(1);
        let most = (MAX_GROUP_PARAMETERS / parameters).clamp(1, max_size.max(1) as usize);
        // Folds of a trial stay together, however many they are.
        let most = (most / n_folds).max(1);
        let spread = (alike.len() * n_folds / WORTH_SPREADING).clamp(1, SPREAD.min(alike.len()));
        let n_groups = alike.len().div_ceil(most).max(spread);
        let size = alike.len().div_ceil(n_groups);
        groups.extend(alike.chunks(size).map(|chunk| chunk.iter().map(|(_, key)| *key).collect()));
    }
    // Early trials first, so that the first results come soon.
    groups.sort_by_key(|group: &Vec<TrialRef>| group.first().map(|key| (key.number, key.platform)));
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(numbers: std::ops::RangeInclusive<u32>, platform: Platform) -> Vec<TrialRef> {
        numbers.map(|number| TrialRef { number, platform }).collect()
    }

    #[test]
    fn only_trials_of_one_shape_share_a_group_and_groups_are_even() {
        let narrow = TrainingConfig { hidden_layers: vec![16], ..Default::default() };
        let wide = TrainingConfig { hidden_layers: vec![2048, 2048], ..Default::default() };
        let mut members = Vec::new();
        for number in 1..=70 {
            for platform in Platform::ALL {
                let config = if number > 66 { &wide } else { &narrow };
                members.push(Member { key: TrialRef { number, platform }, config, epoch: 0 });
            }
        }
        let groups = groups(&members, 10, 2, 1, MAX_GROUP_SIZE);
        let sizes: Vec<usize> = groups.iter().map(Vec::len).collect();
        assert_eq!(groups.iter().flatten().count(), 140);
        assert_eq!(sizes, [17, 17, 17, 17, 17, 17, 15, 15, 1, 1, 1, 1, 1, 1, 1, 1]);
        assert_eq!(groups[0], keys(1..=17, Platform::Pytorch));
        assert_eq!(groups[1], keys(1..=17, Platform::Tensorflow));
    }

    #[test]
    fn trials_at_different_epochs_are_apart() {
        let config = TrainingConfig::default();
        let member = |number, epoch| Member {
            key: TrialRef { number, platform: Platform::Pytorch },
            config: &config,
            epoch,
        };
        let groups = groups(&[member(1, 3), member(2, 1), member(3, 3)], 10, 2, 1, MAX_GROUP_SIZE);
        assert_eq!(groups.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
    }

    #[test]
    fn folds_of_a_trial_are_together_and_count() {
        let config = TrainingConfig { hidden_layers: vec![16], ..Default::default() };
        let members: Vec<Member<'_>> = keys(1..=12, Platform::Pytorch)
            .into_iter()
            .map(|key| Member { key, config: &config, epoch: 0 })
            .collect();
        for (n_folds, expected) in [(1, vec![12]), (5, vec![3; 4]), (20, vec![1; 12])] {
            let groups = groups(&members, 10, 2, n_folds, MAX_GROUP_SIZE);
            assert_eq!(groups.iter().map(Vec::len).collect::<Vec<_>>(), expected, "{n_folds} folds");
        }
    }
}
