//! The chat networks that the robot is on.

use std::{collections::HashSet, sync::Arc};

use execution::Outlet;
use parking_lot::{Mutex, RwLock};

/// A network, with its outlet.
pub struct Adapter {
    /// The name, the channels and the bell.
    pub outlet: Arc<Outlet>,
    /// The network.
    pub network: chat::Adapter,
    /// The keys of deliveries that are being sent.
    pub(crate) under_way: Mutex<HashSet<String>>,
}

impl std::fmt::Debug for Adapter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Adapter").field("outlet", &self.outlet).finish_non_exhaustive()
    }
}

/// The networks of this process.
#[derive(Debug, Default)]
pub(crate) struct Adapters {
    all: RwLock<Vec<Arc<Adapter>>>,
}

impl Adapters {
    pub(crate) fn add(&self, adapter: Arc<Adapter>) {
        self.all.write().push(adapter);
    }

    pub(crate) fn health(&self) -> Vec<(String, chat::Health)> {
        let all = self.all.read();
        all.iter().map(|adapter| (adapter.outlet.name.clone(), adapter.network.health())).collect()
    }
}
