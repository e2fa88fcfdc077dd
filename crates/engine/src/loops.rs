//! The loops: what the rooms do as time passes.
//!
//! Each is a `tick(now) -> Wake` of a room. The loop around it is shared: it ticks at the moment
//! that the last tick asked for, when the bell rings, and from time to time in any case, since the
//! clock may be set and a bell may be missed.

use std::{sync::Arc, time::Duration};

use chatops::Adapter;
use futures_util::{FutureExt as _, future::BoxFuture};
use model::{Timestamp, Wake};
use tokio::sync::Notify;

use crate::engine::Engine;

/// The longest time between two ticks.
const LOOK_MAX: Duration = Duration::from_mins(1);

/// A loop: its bell, and its tick.
struct Loop {
    bell: Arc<Notify>,
    tick: Box<dyn Fn(Timestamp) -> BoxFuture<'static, Wake> + Send + Sync>,
}

impl Engine {
    /// Runs the loops of the rooms.
    pub(crate) fn start_loops(&self) {
        for one in self.loops() {
            self.keep(one);
        }
    }

    /// Runs the loop of a network's deliveries.
    pub(crate) fn keep_delivering(&self, adapter: &Arc<Adapter>) {
        let (chatops, of_tick) = (self.chatops().clone(), Arc::clone(adapter));
        self.keep(Loop {
            bell: Arc::clone(&adapter.outlet.bell),
            tick: Box::new(move |now| {
                let (chatops, adapter) = (chatops.clone(), Arc::clone(&of_tick));
                async move { chatops.tick(&adapter, now).await }.boxed()
            }),
        });
    }

    /// Ticks every loop once, as of the present moment.
    pub async fn tick(&self) {
        let now = self.now();
        for one in self.loops() {
            (one.tick)(now).await;
        }
    }

    /// Rings every bell: the clock was set.
    pub fn look_at_clock(&self) {
        for one in self.loops() {
            one.bell.notify_one();
        }
    }

    fn loops(&self) -> [Loop; 4] {
        let (delays, gate) = (self.executions().clone(), self.executions().clone());
        let (events, workflows) = (self.events().clone(), self.workflows().clone());
        [
            Loop {
                bell: Arc::clone(delays.delays_bell()),
                tick: Box::new(move |now| std::future::ready(delays.tick_delays(now)).boxed()),
            },
            Loop {
                bell: Arc::clone(self.content().bell()),
                tick: Box::new(move |now| std::future::ready(gate.tick_gate(now)).boxed()),
            },
            Loop {
                bell: Arc::clone(events.bell()),
                tick: Box::new(move |now| {
                    let events = events.clone();
                    async move { events.tick(now).await }.boxed()
                }),
            },
            Loop {
                bell: Arc::clone(workflows.bell()),
                tick: Box::new(move |now| {
                    let workflows = workflows.clone();
                    async move { workflows.tick(now).await }.boxed()
                }),
            },
        ]
    }

    fn keep(&self, one: Loop) {
        let engine = self.clone();
        self.executions().spawn(async move {
            loop {
                let wake = (one.tick)(engine.now()).await;
                let wait = wait(wake, engine.now());
                tokio::select! {
                    () = pause(wait) => {}
                    () = one.bell.notified() => {}
                    () = engine.stopping() => return,
                }
            }
        });
    }
}

/// Returns how long to wait before the next tick.
fn wait(wake: Wake, now: Timestamp) -> Duration {
    match wake {
        Wake::At(at) => {
            let left = at.seconds_since(now).clamp(0.0, LOOK_MAX.as_secs_f64());
            Duration::from_secs_f64(left)
        }
        Wake::Rung => LOOK_MAX,
    }
}

/// The one place where a loop waits for wall time.
#[expect(clippy::disallowed_methods, reason = "every loop waits here")]
async fn pause(wait: Duration) {
    tokio::time::sleep(wait).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_never_waits_for_a_moment_that_is_over_nor_longer_than_it_may() {
        let now = Timestamp::from_micros(10_000_000);
        let check = |wake, expected_ms| {
            assert_eq!(wait(wake, now), Duration::from_millis(expected_ms), "{wake:?}");
        };
        check(Wake::At(now.plus_ms(-5_000)), 0);
        check(Wake::At(now), 0);
        check(Wake::At(now.plus_ms(1_500)), 1_500);
        check(Wake::At(now.plus_ms(3_600_000)), 60_000);
        check(Wake::Rung, 60_000);
    }
}
