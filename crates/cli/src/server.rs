//! Start and stop of a Squall: store, engine, chat networks and listeners.
//!
//! The ports are bound before the engine starts, so that it knows its own address. They listen
//! only after its start, so that every accepted connection is answered.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context as _;
use bus::Bus;
use engine::{Engine, Parts};
use store::Store;
use tokio::{
    net::{TcpListener, TcpSocket, lookup_host},
    sync::mpsc,
    task::JoinSet,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use crate::{
    admin,
    clock::Machine,
    config::Config,
    data::{Directory, Run},
    shipped,
    telemetry::Metrics,
};

/// StackStorm's ports.
const ST2_PORTS: [u16; 3] = [9100, 9101, 9102];
/// The listen backlog.
const BACKLOG: u32 = 1_024;
/// The capacity of the channel for the events of a chat network.
const EVENTS_MAX: usize = 256;
/// The time for requests to end before the engine stops, and for streams after that.
const REQUEST_GRACE: Duration = Duration::from_millis(500);
/// The time for executions to end.
const ENGINE_GRACE: Duration = Duration::from_secs(7);

/// A running Squall.
#[derive(Debug)]
pub(crate) struct Server {
    /// The engine.
    pub(crate) engine: Engine,
    /// The address.
    pub(crate) url: String,
    directory: Directory,
    stop: CancellationToken,
    listeners: JoinSet<std::io::Result<()>>,
}

impl Server {
    /// Starts a Squall on a data directory.
    pub(crate) async fn start(
        config: &Config,
        directory: &Directory,
        metrics: Metrics,
    ) -> anyhow::Result<Self> {
        directory.prepare(config.actions.run_as.is_some())?;
        let store = Store::open(directory.path()).await?;
        let shipped = directory.shipped();
        shipped::unpack(&shipped).with_context(|| {
            format!("cannot write the shipped packs to `{}`", shipped.display())
        })?;
        let sockets = bind(config).await?;
        let address = sockets.first().context("no address to listen on")?.local_addr()?;
        let url = format!("http://{}", reachable(address));
        let networks = config.networks()?;
        let parts = Parts {
            store,
            bus: Bus::new(),
            clock: Arc::new(Machine),
            settings: config.settings(directory, &url)?,
        };
        let engine = Engine::start(parts).await?;
        admin::prepare(&engine, directory).await?;
        for network in networks {
            attach(&engine, network)?;
        }
        let app = api::App { engine: engine.clone(), metrics, url: url.clone() };
        let mut server = Self {
            engine,
            url,
            directory: directory.clone(),
            stop: CancellationToken::new(),
            listeners: JoinSet::new(),
        };
        for socket in sockets {
            server.serve(socket.listen(BACKLOG)?, app.clone());
        }
        server.tell()?;
        Ok(server)
    }

    fn serve(&mut self, listener: TcpListener, app: api::App) {
        let stop = Box::pin(self.stop.clone().cancelled_owned());
        self.listeners.spawn(api::serve(listener, api::router(app), stop));
    }

    /// Writes the address for other processes.
    fn tell(&self) -> anyhow::Result<()> {
        let started = self.engine.now().to_string();
        let run = Run { url: self.url.clone(), pid: std::process::id(), started };
        self.directory.write_run(&run)
    }

    /// Resolves when a listener has failed.
    pub(crate) async fn failed(&mut self) -> anyhow::Error {
        match self.listeners.join_next().await {
            Some(Ok(Err(error))) => anyhow::Error::from(error).context("the listener failed"),
            Some(_) | None => anyhow::anyhow!("the listener ended"),
        }
    }

    /// Stops: accepts no more requests, waits for running executions, then cuts them off.
    pub(crate) async fn stop(mut self) {
        self.directory.remove_run();
        self.stop.cancel();
        // Streams end with the engine; all other requests end here.
        drop(timeout(REQUEST_GRACE, ended(&mut self.listeners)).await);
        self.engine.stop(ENGINE_GRACE).await;
        drop(timeout(REQUEST_GRACE, ended(&mut self.listeners)).await);
    }
}

async fn ended(listeners: &mut JoinSet<std::io::Result<()>>) {
    while listeners.join_next().await.is_some() {}
}

/// Starts a chat network and puts the robot on it.
fn attach(engine: &Engine, network: chat::Config) -> Result<(), chat::config::Error> {
    let (sender, events) = mpsc::channel(EVENTS_MAX);
    let channels = network.channels();
    engine.attach(network.start(sender)?, channels, events);
    Ok(())
}

/// Binds the ports without listening; the main one is first.
async fn bind(config: &Config) -> anyhow::Result<Vec<TcpSocket>> {
    let listen = config.listen();
    let unusable = || format!("cannot listen on `{listen}`");
    let main = lookup_host(listen).await.with_context(unusable)?.next().with_context(unusable)?;
    let mut addresses = vec![main];
    if config.st2_ports {
        let others = ST2_PORTS.into_iter().filter(|port| *port != main.port());
        addresses.extend(others.map(|port| SocketAddr::new(main.ip(), port)));
    }
    addresses.into_iter().map(bind_one).collect()
}

fn bind_one(address: SocketAddr) -> anyhow::Result<TcpSocket> {
    let make = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        Ok::<_, std::io::Error>(socket)
    };
    make().with_context(|| format!("cannot listen on `{address}`: choose another with `--listen`"))
}

/// Returns the address that this machine can connect to.
fn reachable(address: SocketAddr) -> SocketAddr {
    let mut address = address;
    if address.ip().is_unspecified() {
        let local = if address.is_ipv4() {
            std::net::Ipv4Addr::LOCALHOST.into()
        } else {
            std::net::Ipv6Addr::LOCALHOST.into()
        };
        address.set_ip(local);
    }
    address
}
