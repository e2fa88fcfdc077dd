//! The hooks of the executions: where they reach the rooms above.

use std::sync::{Arc, Weak};

use chatops::Chatops;
use events::Rules;
use execution::{Hooks, Lead};
use futures_util::FutureExt as _;
use model::{Execution, Object};
use runner::{Native, native::Returned};

use crate::rooms::Rooms;

/// Why a native action is not carried out.
#[derive(Debug, thiserror::Error)]
#[error("Squall is stopping")]
struct Stopping;

/// Returns the hooks. They hold the rooms weakly, since the rooms hold the executions.
pub(crate) fn of(rules: Rules, rooms: &Arc<Rooms>) -> Hooks {
    let (for_lead, for_native) = (Arc::downgrade(rooms), Arc::downgrade(rooms));
    Hooks {
        follow: Box::new(move |executions, happened| rules.follow(executions, happened)),
        lead: Box::new(move |lead| lead_by(&for_lead, lead)),
        native: Box::new(move |action, execution, parameters| {
            native_by(&for_native, action, (execution, parameters))
        }),
    }
}

fn lead_by(rooms: &Weak<Rooms>, lead: Lead) -> futures_util::future::BoxFuture<'static, ()> {
    let workflows = rooms.upgrade().map(|rooms| rooms.workflows.clone());
    async move {
        if let Some(workflows) = workflows {
            workflows.lead(lead).await;
        }
    }
    .boxed()
}

fn native_by(
    rooms: &Weak<Rooms>,
    action: Native,
    (execution, parameters): (Arc<Execution>, Object),
) -> Returned {
    let chatops: Option<Chatops> = rooms.upgrade().map(|rooms| rooms.chatops.clone());
    match chatops {
        Some(chatops) => chatops.native(action, execution, parameters),
        None => async { Err(Stopping.into()) }.boxed(),
    }
}
