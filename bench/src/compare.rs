//! Two builds in one run: both servers stand side by side, and each load meets them in turn.

use std::{path::Path, time::Duration};

use bench::pairs::{Pairs, Side, order};
use tempfile::TempDir;

use crate::{
    Arguments, IDLE, Part, fill,
    load::{Kind, Load},
    measure, process,
    server::Server,
    workflows::{self, Shape},
};

/// A server of one of the builds.
struct Stand {
    server: Server,
    directory: TempDir,
}

/// What there is of each build.
struct Both<T> {
    new: T,
    old: T,
}

impl<T> Both<T> {
    const fn of(&self, side: Side) -> &T {
        match side {
            Side::New => &self.new,
            Side::Old => &self.old,
        }
    }
}

/// The measurement of two builds.
struct Comparison<'a> {
    arguments: &'a Arguments,
    binaries: Both<&'a Path>,
    pairs: Pairs,
}

/// Measures a build against another.
pub(crate) async fn compare(arguments: &Arguments, against: &Path) -> anyhow::Result<Pairs> {
    let binaries = Both { new: arguments.binary.as_path(), old: against };
    let mut comparison = Comparison { arguments, binaries, pairs: Pairs::default() };
    if arguments.only.contains(&Part::Idle) {
        comparison.starts().await?;
    }
    if arguments.kinds().next().is_some() || arguments.only.contains(&Part::Idle) {
        comparison.loads().await?;
    }
    if arguments.only.contains(&Part::Restart) {
        comparison.restarts().await?;
    }
    Ok(comparison.pairs)
}

impl Comparison<'_> {
    async fn start(&self, side: Side) -> anyhow::Result<Stand> {
        let directory = tempfile::tempdir_in(&self.arguments.directory)?;
        workflows::write_pack(&directory.path().join("data/packs"))?;
        let server = self.start_on(side, directory.path()).await?;
        Ok(Stand { server, directory })
    }

    async fn start_on(&self, side: Side, directory: &Path) -> anyhow::Result<Server> {
        Server::start(self.binaries.of(side), directory, &self.arguments.more).await
    }

    async fn start_both(&self) -> anyhow::Result<Both<Stand>> {
        Ok(Both { new: self.start(Side::New).await?, old: self.start(Side::Old).await? })
    }

    fn add(&mut self, side: Side, name: &str, figures: Vec<measure::Figure>) {
        for (unit, value) in figures {
            self.pairs.add(side, name, unit, value);
        }
    }

    /// Measures cold starts, and the memory of servers that were never asked for anything.
    async fn starts(&mut self) -> anyhow::Result<()> {
        for round in 0..self.arguments.rounds {
            eprintln!("starts, pair {} of {}", round + 1, self.arguments.rounds);
            let mut stands = Vec::new();
            for side in order(round) {
                let stand = self.start(side).await?;
                let ms = stand.server.ready_after.as_secs_f64() * 1e3;
                self.pairs.add(side, "cold start", "ms", ms);
                let used = process::usage(stand.server.pid())?;
                self.pairs.add(side, "cold start", "ms CPU", used.cpu.as_secs_f64() * 1e3);
                stands.push((side, stand));
            }
            crate::pause::pause(IDLE).await;
            for (side, stand) in stands {
                let memory = process::memory(stand.server.pid())?;
                self.pairs.add(side, "idle memory, RSS", "MB", memory.rss_mb);
                self.pairs.add(side, "idle memory, PSS", "MB", memory.pss_mb);
                stand.server.stop().await?;
            }
        }
        Ok(())
    }

    async fn loads(&mut self) -> anyhow::Result<()> {
        let stands = self.start_both().await?;
        for kind in self.arguments.kinds() {
            self.kind(kind, &stands).await?;
        }
        if self.arguments.only.contains(&Part::Workflow) {
            for shape in workflows::SINGLE {
                self.shape(shape, &stands).await?;
            }
        }
        for side in order(0) {
            let memory = process::memory(stands.of(side).server.pid())?;
            self.pairs.add(side, "memory at the end, RSS", "MB", memory.rss_mb);
        }
        stands.new.server.stop().await?;
        stands.old.server.stop().await
    }

    async fn kind(&mut self, kind: Kind, stands: &Both<Stand>) -> anyhow::Result<()> {
        let loads: Both<Load> = Both {
            new: measure::warmed(kind, &stands.new.server).await?,
            old: measure::warmed(kind, &stands.old.server).await?,
        };
        let lasting = Duration::from_secs(self.arguments.seconds);
        for at_once in measure::AT_ONCE {
            let name = format!("{}, {at_once} at once", kind.name());
            eprintln!("{name}");
            for round in 0..self.arguments.rounds {
                for side in order(round) {
                    let server = &stands.of(side).server;
                    let figures = measure::load(loads.of(side), server, at_once, lasting).await?;
                    self.add(side, &name, figures);
                }
            }
        }
        Ok(())
    }

    async fn shape(&mut self, shape: Shape, stands: &Both<Stand>) -> anyhow::Result<()> {
        eprintln!("{}", shape.title());
        for round in 0..self.arguments.rounds {
            for side in order(round) {
                let stand = stands.of(side);
                let data = stand.directory.path().join("data");
                let figures = measure::shape(shape, &stand.server, &data).await?;
                self.add(side, shape.title(), figures);
            }
        }
        Ok(())
    }

    async fn restarts(&mut self) -> anyhow::Result<()> {
        let stands = self.start_both().await?;
        eprintln!("restart: filling two directories");
        for side in order(0) {
            fill(&stands.of(side).server).await?;
        }
        stands.new.server.stop().await?;
        stands.old.server.stop().await?;
        let directories = Both { new: stands.new.directory, old: stands.old.directory };
        for round in 0..self.arguments.rounds {
            for side in order(round) {
                let server = self.start_on(side, directories.of(side).path()).await?;
                let ms = server.ready_after.as_secs_f64() * 1e3;
                self.pairs.add(side, "restart on 10,000 executions", "ms", ms);
                server.stop().await?;
            }
        }
        Ok(())
    }
}
