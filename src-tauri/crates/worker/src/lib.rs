//! The worker's side of the protocol: requests as JSON lines on stdin, frames
//! as JSON lines on stdout, logs on stderr. What a request does is the
//! trainer's business; which framework does it, the binary's.

mod self_test;
mod stdio;

use retort_domain::protocol::{Frame, GroupRequest, MeasuredNetwork, PROTOCOL_VERSION, Promotion, Request};
use retort_trainer::Backend;
use std::any::Any;
use std::io::BufRead;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use stdio::FrameWriter;

/// The whole life of a worker: loads the framework, says `Ready`, and answers
/// requests in their order until stdin closes or `Shutdown` comes; either ends
/// the process at once, whatever is under way.
///
/// `load` is called once, with stdout already kept for frames: whatever a
/// library prints there goes to stderr.
pub fn run(load: impl FnOnce() -> Result<Box<dyn Backend>, String>) -> ExitCode {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("RETORT_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn")),
        )
        .init();
    let frames = match FrameWriter::take_stdout() {
        Ok(frames) => Arc::new(frames),
        Err(error) => {
            tracing::error!(%error, "stdout cannot be kept for frames");
            return ExitCode::FAILURE;
        }
    };
    // Reading begins before the framework is loaded, so that a worker whose
    // parent dies meanwhile does not linger.
    let (sender, receiver) = channel();
    let cancelled = Arc::new(Cancelled::default());
    let reader = Reader { orders: sender, cancelled: Arc::clone(&cancelled), frames: Arc::clone(&frames) };
    std::thread::spawn(move || reader.read(std::io::stdin().lock()));

    match catch_unwind(AssertUnwindSafe(|| serve(load, &frames, &receiver, &cancelled))) {
        Ok(code) => code,
        Err(panic) => {
            frames.send(&Frame::Failed {
                message: format!("the worker broke down: {}", panic_message(&*panic)),
            });
            ExitCode::FAILURE
        }
    }
}

fn serve(
    load: impl FnOnce() -> Result<Box<dyn Backend>, String>,
    frames: &FrameWriter,
    orders: &Receiver<Order>,
    cancelled: &Cancelled,
) -> ExitCode {
    let backend = match load() {
        Ok(backend) => backend,
        Err(reason) => {
            frames.send(&Frame::Failed { message: one_line(&reason) });
            return ExitCode::FAILURE;
        }
    };
    let (platform, version) = (backend.platform(), backend.version());
    frames.send(&Frame::Ready { protocol: PROTOCOL_VERSION, platform, version });
    while let Ok(order) = orders.recv() {
        carry_out(backend.as_ref(), order, frames, cancelled);
    }
    ExitCode::SUCCESS
}

fn carry_out(backend: &dyn Backend, order: Order, frames: &FrameWriter, cancelled: &Cancelled) {
    let failed = |reason: String| frames.send(&Frame::Failed { message: one_line(&reason) });
    match order {
        Order::Unreadable { reason } => failed(format!("a request cannot be read: {reason}")),
        Order::SelfTest => match self_test::run(backend) {
            Ok(secs) => frames.send(&Frame::SelfTestPassed { secs }),
            Err(error) => failed(error.to_string()),
        },
        Order::Train { number, group } => {
            let stop = || cancelled.covers(number);
            let trained =
                retort_trainer::train_group(backend, &group, &mut |frame| frames.send(&frame), &stop);
            if let Err(error) = trained {
                failed(error.to_string());
                frames.send(&Frame::GroupDone { cancelled: false });
            }
        }
        Order::Promote(promotion) => match retort_trainer::train::promote(backend, &promotion, &|| false) {
            Ok(frame) => frames.send(&frame),
            Err(error) => failed(error.to_string()),
        },
        Order::Measure { networks, batch_sizes, most_calls } => {
            match retort_trainer::speed::measure(backend, &networks, &batch_sizes, most_calls, &|| false) {
                Ok(samples) => frames.send(&Frame::Measured { samples }),
                Err(error) => failed(error.to_string()),
            }
        }
        Order::Predict { artifact_dir, input, output } => {
            match retort_trainer::predict::predict(backend, &artifact_dir, &input, &output, &|| false) {
                Ok(n_rows) => frames.send(&Frame::Predicted { n_rows }),
                Err(error) => failed(error.to_string()),
            }
        }
    }
}

/// What is left to do after the reader has dealt with a line.
enum Order {
    SelfTest,
    Train { number: u64, group: Box<GroupRequest> },
    Promote(Box<Promotion>),
    Predict { artifact_dir: std::path::PathBuf, input: std::path::PathBuf, output: std::path::PathBuf },
    Measure { networks: Vec<MeasuredNetwork>, batch_sizes: Vec<u32>, most_calls: u32 },
    Unreadable { reason: String },
}

/// Groups are numbered from 1 as they are read; `Cancel` covers those read
/// before it. A cancel that arrives after its group has ended thus leaves the
/// next one alone.
#[derive(Default)]
struct Cancelled(AtomicU64);

impl Cancelled {
    fn cancel_up_to(&self, number: u64) {
        self.0.store(number, Ordering::Relaxed);
    }

    fn covers(&self, number: u64) -> bool {
        number <= self.0.load(Ordering::Relaxed)
    }
}

struct Reader {
    orders: Sender<Order>,
    cancelled: Arc<Cancelled>,
    frames: Arc<FrameWriter>,
}

impl Reader {
    /// Reads until stdin ends, then ends the process: nobody is left to train
    /// for, and training would go on for hours.
    fn read(self, mut stdin: impl BufRead) {
        let mut groups_read = 0;
        let mut line = Vec::new();
        loop {
            line.clear();
            match stdin.read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => self.frames.exit(),
                Ok(_) => {}
            }
            if line.trim_ascii().is_empty() {
                continue;
            }
            let order = match serde_json::from_slice(&line) {
                Ok(Request::Shutdown) => self.frames.exit(),
                Ok(Request::Cancel) => {
                    self.cancelled.cancel_up_to(groups_read);
                    continue;
                }
                Ok(Request::SelfTest) => Order::SelfTest,
                Ok(Request::Train(group)) => {
                    groups_read += 1;
                    Order::Train { number: groups_read, group: Box::new(group) }
                }
                Ok(Request::Promote(promotion)) => Order::Promote(promotion),
                Ok(Request::Predict { artifact_dir, input, output }) => {
                    Order::Predict { artifact_dir, input, output }
                }
                Ok(Request::Measure { networks, batch_sizes, most_calls }) => {
                    Order::Measure { networks, batch_sizes, most_calls }
                }
                Err(error) => Order::Unreadable { reason: error.to_string() },
            };
            if self.orders.send(order).is_err() {
                return;
            }
        }
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text =
        panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    one_line(text.unwrap_or("no message"))
}

/// The first line that says anything; frameworks add stack traces below it.
fn one_line(text: &str) -> String {
    text.lines().map(str::trim).find(|l| !l.is_empty()).unwrap_or("no message").to_owned()
}

#[cfg(test)]
mod tests;
