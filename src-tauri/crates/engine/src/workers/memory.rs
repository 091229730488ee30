//! How much memory is there, and how much of it a process holds. Known on
//! Linux; elsewhere nothing is watched.

/// Share of the free memory that one worker may hold.
const SHARE_OF_FREE: f64 = 0.8;

/// 80 % of the memory that is free now, bytes.
pub(crate) fn default_limit_bytes() -> Option<u64> {
    let free = figure_of(&read("/proc/meminfo")?, "MemAvailable:")?;
    Some((free as f64 * SHARE_OF_FREE) as u64)
}

/// Resident memory of a process, bytes.
pub(crate) fn resident_bytes(process_id: u32) -> Option<u64> {
    figure_of(&read(&format!("/proc/{process_id}/status"))?, "VmRSS:")
}

#[cfg(target_os = "linux")]
fn read(path: &str) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

#[cfg(not(target_os = "linux"))]
fn read(_path: &str) -> Option<String> {
    None
}

/// `Name:   123 kB` as bytes.
fn figure_of(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_in_bytes() {
        let text = "Name:\tretort\nVmRSS:\t    2048 kB\nThreads:\t3\n";
        assert_eq!(figure_of(text, "VmRSS:"), Some(2 * 1024 * 1024));
        assert_eq!(figure_of(text, "VmSwap:"), None);
        assert_eq!(figure_of("VmRSS: many kB", "VmRSS:"), None);
    }
}
