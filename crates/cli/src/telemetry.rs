//! Telemetry: the log and the metrics.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

use crate::{config::LogFormat, exit::Usage, print};

/// The histogram buckets of durations, in seconds.
const SECONDS: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 600.0];
/// The size from which a log is rotated when it is opened.
const LOG_BYTES_MAX: u64 = 10 << 20;
/// The interval of the recorder's upkeep.
const UPKEEP: Duration = Duration::from_secs(10);

/// Renders the metrics in the text format of Prometheus.
pub(crate) type Metrics = Arc<dyn Fn() -> String + Send + Sync>;

/// Writes the log to stderr.
pub(crate) fn log_to_stderr(format: LogFormat, filter: Option<&str>) -> anyhow::Result<()> {
    let filter = read_filter(filter)?;
    let is_colored = print::talk_is_colored();
    match format {
        LogFormat::Text => text(filter, is_colored, io::stderr),
        LogFormat::Json => {
            tracing_subscriber::fmt()
                .json()
                .flatten_event(true)
                .with_env_filter(filter)
                .with_writer(io::stderr)
                .init();
        }
    }
    Ok(())
}

/// Appends the log to a file.
pub(crate) fn log_to_file(path: &Path, filter: Option<&str>) -> anyhow::Result<()> {
    if fs::metadata(path).is_ok_and(|found| found.len() > LOG_BYTES_MAX) {
        // If the old log cannot be renamed, it is appended to.
        drop(fs::rename(path, path.with_added_extension("1")));
    }
    let file = File::options().create(true).append(true).mode(0o600).open(path);
    let file = file.with_context(|| format!("cannot write the log `{}`", path.display()))?;
    text(read_filter(filter)?, false, Arc::new(file));
    Ok(())
}

fn text<W>(filter: EnvFilter, is_colored: bool, writer: W)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .with_ansi(is_colored)
        .with_writer(writer)
        .init();
}

fn read_filter(filter: Option<&str>) -> anyhow::Result<EnvFilter> {
    let text = filter.unwrap_or("info");
    // Statements are noise, and their values must not be logged.
    let text = format!("sqlx=warn,{text}");
    EnvFilter::try_new(&text)
        .with_context(|| Usage(format!("the log filter `{text}` cannot be used")))
}

/// Installs the metrics recorder; must be called within a runtime.
pub(crate) fn start_metrics() -> anyhow::Result<Metrics> {
    let name = Matcher::Full(execution::metrics::EXECUTION_SECONDS.to_owned());
    let recorder = PrometheusBuilder::new().set_buckets_for_metric(name, SECONDS)?.build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).context("metrics are counted already")?;
    engine::metrics::describe();
    let upkeep = handle.clone();
    tokio::spawn(async move {
        loop {
            crate::pause::pause(UPKEEP).await;
            upkeep.run_upkeep();
        }
    });
    Ok(Arc::new(move || handle.render()))
}
