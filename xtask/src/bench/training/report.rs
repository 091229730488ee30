//! The table: how many times as many steps a second as each peer, with the
//! spread over repetitions. A ratio is taken within a repetition, where both
//! sides ran side by side.

use super::super::report::{Machine, Spread};
use super::{Contender, Measurement, Network, Peer};
use retort_domain::Platform;
use serde_json::{Value, json};
use std::fmt::Write as _;

const INTRODUCTION: &str = "\
# Training speed

How many times as many steps a second as Python: one thread each, the same rows, Adam, the first epoch left out. By the
wall clock our shuffling and evaluation count, though no peer evaluates; by steps alone they do not, though the peers
shuffle. The truth lies between; the bar is held against the first. Initial weights are each program's own defaults, so
final losses (cross-entropy over training rows, ours over at most 10,000 of them) show that all learn, not who learns
better.

";

struct Rate {
    network: &'static str,
    contender: String,
    version: String,
    steps_per_second: Spread,
    final_loss: f64,
}

struct Ratio {
    network: &'static str,
    platform: Platform,
    peer: &'static str,
    /// By steps alone.
    steps: Spread,
    /// By the clock on the wall, our shuffling and evaluation included: never
    /// above `steps`, and what the bar is held against.
    wall: Spread,
    bar: f64,
}

impl Ratio {
    fn verdict(&self) -> &'static str {
        if self.wall.median >= self.bar {
            "met"
        } else if self.steps.median >= self.bar {
            "met by steps alone"
        } else {
            "missed"
        }
    }
}

/// What a run of the benchmark came to.
pub struct Report {
    rates: Vec<Rate>,
    ratios: Vec<Ratio>,
    networks: Vec<String>,
    machine: Machine,
}

impl Report {
    /// Sums up the measurements.
    pub fn new(
        machine: Machine,
        measurements: &[Measurement],
        peers: &'static [Peer],
        networks: &'static [Network],
    ) -> Self {
        let measured = |network: &Network| measurements.iter().any(|m| m.network == network.name);
        let mut report = Self { rates: Vec::new(), ratios: Vec::new(), networks: Vec::new(), machine };
        for network in networks.iter().filter(|network| measured(network)) {
            report.networks.push(format!(
                "{}: {}, batch {}",
                network.name,
                network.shape(),
                network.batch_size
            ));
            report
                .rates
                .extend(Contender::all().into_iter().filter_map(|who| rate(measurements, network.name, who)));
            report.ratios.extend(peers.iter().filter_map(|peer| ratio(measurements, network.name, peer)));
        }
        report
    }

    /// For people.
    pub fn markdown(&self) -> String {
        let mut text = String::from(INTRODUCTION);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "Machine: {}. Networks: {}.\n", self.machine, self.networks.join("; "));
        text.push_str("| network | ours | against | by wall clock: median | min | max |");
        text.push_str(" by steps alone: median | min | max | bar | |\n");
        text.push_str("| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |\n");
        for ratio in &self.ratios {
            let Ratio { network, platform, peer, steps, wall, bar } = ratio;
            let _ = writeln!(
                text,
                "| {network} | {platform} | {peer} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {bar:.1} | {} |",
                wall.median,
                wall.min,
                wall.max,
                steps.median,
                steps.min,
                steps.max,
                ratio.verdict()
            );
        }
        text.push_str("\n| network | contender | version | steps/s, median | min | max | final loss |\n");
        text.push_str("| --- | --- | --- | ---: | ---: | ---: | ---: |\n");
        for Rate { network, contender, version, steps_per_second, final_loss } in &self.rates {
            let _ = writeln!(
                text,
                "| {network} | {contender} | {version} | {:.0} | {:.0} | {:.0} | {final_loss:.4} |",
                steps_per_second.median, steps_per_second.min, steps_per_second.max
            );
        }
        text
    }

    /// For programs, with every single measurement.
    pub fn json(&self, measurements: &[Measurement]) -> Value {
        json!({
            "machine": self.machine.json(),
            "networks": self.networks,
            "ratios": self.ratios.iter().map(|r| json!({
                "network": r.network, "platform": r.platform, "peer": r.peer,
                "ratio_wall": r.wall.json(), "ratio_steps": r.steps.json(), "bar": r.bar, "verdict": r.verdict(),
            })).collect::<Vec<_>>(),
            "rates": self.rates.iter().map(|r| json!({
                "network": r.network, "contender": r.contender, "version": r.version,
                "steps_per_second": r.steps_per_second.json(), "final_loss": r.final_loss,
            })).collect::<Vec<_>>(),
            "measurements": measurements.iter().map(|m| json!({
                "network": m.network, "contender": m.contender.title(), "repetition": m.repetition,
                "steps_per_second": m.steps_per_second,
                "steps_per_wall_second": m.steps_per_wall_second, "final_loss": m.final_loss,
            })).collect::<Vec<_>>(),
        })
    }
}

fn of<'m>(
    measurements: &'m [Measurement],
    network: &'static str,
    contender: Contender,
) -> impl Iterator<Item = &'m Measurement> {
    measurements.iter().filter(move |m| m.network == network && m.contender == contender)
}

fn rate(measurements: &[Measurement], network: &'static str, contender: Contender) -> Option<Rate> {
    let last = of(measurements, network, contender).last()?;
    let rates = of(measurements, network, contender).map(|m| m.steps_per_second);
    Some(Rate {
        network,
        contender: contender.title(),
        version: last.version.clone(),
        steps_per_second: Spread::of(rates)?,
        final_loss: last.final_loss,
    })
}

fn ratio(measurements: &[Measurement], network: &'static str, peer: &'static Peer) -> Option<Ratio> {
    let side_by_side = |figure: fn(&Measurement) -> f64| {
        let ratios = of(measurements, network, Contender::Peer(peer)).filter_map(|theirs| {
            let ours = of(measurements, network, Contender::Ours(peer.platform))
                .find(|m| m.repetition == theirs.repetition)?;
            Some(figure(ours) / figure(theirs))
        });
        Spread::of(ratios)
    };
    let (_, tenths) = peer.bars_tenths.iter().find(|(name, _)| *name == network)?;
    Some(Ratio {
        network,
        platform: peer.platform,
        peer: peer.title,
        steps: side_by_side(|m| m.steps_per_second)?,
        wall: side_by_side(|m| m.steps_per_wall_second)?,
        bar: f64::from(*tenths) / 10.0,
    })
}
