//! Times of many repetitions, and what lies at half and at 99 of 100 of them.

use std::hint::black_box;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// The times of single repetitions, ascending.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sample(Vec<Duration>);

impl Sample {
    /// Times each of many inputs once.
    pub(crate) fn of<I, T>(
        inputs: impl IntoIterator<Item = I>,
        mut run: impl FnMut(I) -> T,
    ) -> Self {
        let time = |input| {
            let start = Instant::now();
            black_box(run(input));
            start.elapsed()
        };
        let mut times: Vec<Duration> = inputs.into_iter().map(time).collect();
        times.sort_unstable();
        Self(times)
    }

    /// Returns the time within which so many of 100 were done, in microseconds.
    pub(crate) fn percentile_us(&self, percent: usize) -> f64 {
        let last = self.0.len().saturating_sub(1);
        let at = (self.0.len() * percent).div_ceil(100).saturating_sub(1).min(last);
        self.0.get(at).map_or(0.0, |time| time.as_secs_f64() * 1e6)
    }
}

/// Returns the processor time of one repetition among a few thousand in a row, in microseconds.
///
/// Processor time rather than time: what neighbors on the machine do does not count.
pub(crate) fn each_us(mut run: impl FnMut()) -> f64 {
    const LASTING: Duration = Duration::from_millis(8);
    let mut count: u32 = 1;
    loop {
        let start = processor_time();
        for _ in 0..count {
            run();
        }
        let elapsed = processor_time().saturating_sub(start);
        if elapsed >= LASTING || count >= 1 << 20 {
            return elapsed.as_secs_f64() * 1e6 / f64::from(count);
        }
        count *= 2;
    }
}

/// Returns the processor time that this thread has used.
pub(crate) fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let nanos = u32::try_from(time.tv_nsec).unwrap_or_default();
    Duration::new(u64::try_from(time.tv_sec).unwrap_or_default(), nanos)
}

/// Returns the middle of some figures.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}

/// Returns the resident memory of this process in MB; zero where it is not known.
pub(crate) fn resident_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok());
    kib.unwrap_or_default() * 1024.0 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_sorted_times() {
        let sample = Sample((1..=200).map(Duration::from_micros).collect());
        let rounded = |percent| sample.percentile_us(percent).round();
        assert_eq!((rounded(50), rounded(99), rounded(100)), (100.0, 198.0, 200.0));
        assert_eq!(Sample::default().percentile_us(99).to_string(), "0");
    }

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]).to_string(), "2");
    }
}
