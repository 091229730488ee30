//! What this process has taken so far, where the system says so: on Linux.

/// Processor time of all threads, seconds, to a hundredth.
pub fn cpu_secs() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind_name = stat.rsplit_once(')').map_or("", |s| s.1);
    let ticks: u64 = behind_name.split_whitespace().skip(11).take(2).flat_map(str::parse::<u64>).sum();
    // Linux counts a hundred a second.
    ticks as f64 / 100.0
}

/// The most memory that it has had.
pub fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("peak unknown").to_owned()
}
