//! One measurement of one server: a load with so many clients, a workflow, its memory.

use std::{path::Path, time::Duration};

use crate::{
    load::{Budget, Kind, Load},
    process::{self, Usage},
    server::Server,
    workflows::{self, Shape},
};

/// With how many clients each load is measured.
pub(crate) const AT_ONCE: [usize; 3] = [1, 10, 50];
const WARM_UP: Duration = Duration::from_millis(500);

/// A figure: its unit and its value.
pub(crate) type Figure = (&'static str, f64);

/// Makes a load and lets it run for a moment, before it is measured.
pub(crate) async fn warmed(kind: Kind, server: &Server) -> anyhow::Result<Load> {
    let load = Load::prepare(kind, &server.target).await?;
    load.run(10, &Budget::lasting(WARM_UP)).await?;
    Ok(load)
}

/// Measures a load with so many clients.
pub(crate) async fn load(
    load: &Load,
    server: &Server,
    at_once: usize,
    lasting: Duration,
) -> anyhow::Result<Vec<Figure>> {
    let before = (process::usage(server.pid())?, process::own_cpu()?);
    let sample = load.run(at_once, &Budget::lasting(lasting)).await?;
    let used = process::usage(server.pid())?.since(before.0);
    let own = process::own_cpu()?.saturating_sub(before.1);
    let count = sample.count_f64().max(1.0);
    let mut figures = vec![
        ("per second", sample.per_second()),
        ("ms p50", sample.percentile_ms(50)),
        ("ms p99", sample.percentile_ms(99)),
    ];
    figures.extend(used_each(used, count));
    figures.push(("ms CPU each (load)", own.as_secs_f64() * 1e3 / count));
    Ok(figures)
}

/// Returns what one request cost the server.
#[expect(clippy::cast_precision_loss, reason = "a run counts far less than 2^53 of anything")]
fn used_each(used: Usage, count: f64) -> [Figure; 4] {
    [
        ("ms CPU each", used.cpu.as_secs_f64() * 1e3 / count),
        ("kB written each", used.bytes_written as f64 / 1e3 / count),
        ("writes each", used.writes as f64 / count),
        ("switches each", used.switches as f64 / count),
    ]
}

/// Measures one workflow: how long it takes, and each of its tasks.
pub(crate) async fn shape(
    shape: Shape,
    server: &Server,
    data: &Path,
) -> anyhow::Result<Vec<Figure>> {
    let load = Load::prepare(Kind::Workflow(shape), &server.target).await?;
    let size = workflows::size_mb(data)?;
    let before = process::usage(server.pid())?;
    let count = if shape.parts() > 1_000 { 1 } else { 5 };
    let sample = load.run(1, &Budget::counting(count)).await?;
    let used = process::usage(server.pid())?.since(before);
    let ms = sample.percentile_ms(50);
    #[expect(clippy::cast_precision_loss, reason = "a workflow has few tasks")]
    let tasks = shape.parts() as f64;
    let mut figures = vec![("ms", ms), ("ms each task", ms / tasks)];
    if matches!(shape, Shape::Large(_)) {
        figures.push(("MB on disk, 5 runs", workflows::size_mb(data)? - size));
    }
    figures.extend(used_each(used, sample.count_f64().max(1.0)));
    Ok(figures)
}
