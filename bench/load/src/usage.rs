//! What processes take, from /proc: CPU time and resident memory.

use std::collections::HashMap;
use std::fs;

use anyhow::{Context, Result};

/// The kernel's unit of CPU time in /proc; 100 a second on every Linux that we know.
pub(crate) const TICKS_PER_SECOND: u64 = 100;

/// CPU time and memory of a process and all its descendants.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// User and system time in ms, of children that have ended too.
    pub(crate) cpu_ms: u64,
    /// Resident memory in kB.
    pub(crate) rss_kb: u64,
}

/// What of /proc/PID/stat is asked for.
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    parent: u32,
    ticks: u64,
    started: u64,
}

/// The usage of `pid` and its descendants now.
pub(crate) fn of(pid: u32) -> Result<Usage> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for entry in fs::read_dir("/proc")?.flatten() {
        let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        // One that has ended meanwhile is none of ours.
        if let Ok(stat) = stat_of(pid) {
            children.entry(stat.parent).or_default().push(pid);
        }
    }
    let mut usage = Usage::default();
    let mut pids = vec![pid];
    while let Some(pid) = pids.pop() {
        let stat = stat_of(pid).with_context(|| format!("process {pid} has ended"))?;
        usage.cpu_ms += stat.ticks * 1_000 / TICKS_PER_SECOND;
        usage.rss_kb += rss_of(pid)?;
        pids.extend(children.remove(&pid).unwrap_or_default());
    }
    Ok(usage)
}

/// How long ago `pid` was started, in ms.
pub(crate) fn age_ms(pid: u32) -> Result<u64> {
    let uptime = fs::read_to_string("/proc/uptime")?;
    let seconds: f64 = uptime.split(' ').next().unwrap_or_default().parse()?;
    let started = stat_of(pid)?.started * 1_000 / TICKS_PER_SECOND;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an uptime"
    )]
    let now = (seconds * 1_000.0) as u64;
    Ok(now.saturating_sub(started))
}

fn stat_of(pid: u32) -> Result<Stat> {
    parse(&fs::read_to_string(format!("/proc/{pid}/stat"))?)
}

fn parse(stat: &str) -> Result<Stat> {
    // The name in brackets may hold anything; the state is the first word after.
    let (_, rest) = stat.rsplit_once(") ").context("no name")?;
    let fields: Vec<&str> = rest.split(' ').collect();
    let field = |n: usize| -> Result<u64> { Ok(fields.get(n).context("too short")?.parse()?) };
    Ok(Stat {
        parent: u32::try_from(field(1)?)?,
        ticks: (11..=14).map(field).sum::<Result<u64>>()?,
        started: field(19)?,
    })
}

fn rss_of(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap_or("0 kB");
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_confuse() {
        let line = "42 (a ) S (b) S 7 42 42 0 -1 4194560 1 2 3 4 50 6 2 1 20 0 9 0 12345 1 2";
        assert_eq!(
            parse(line).unwrap(),
            Stat {
                parent: 7,
                ticks: 59,
                started: 12_345
            }
        );
    }

    #[test]
    fn this_process_has_memory_and_an_age() {
        assert!(of(std::process::id()).unwrap().rss_kb > 0);
        assert!(age_ms(std::process::id()).unwrap() < 3_600_000);
    }
}
