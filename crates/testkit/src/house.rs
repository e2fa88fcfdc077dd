//! The house: an engine and its API on a temporary directory.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use access::{NewKey, NewUser};
use anyhow::{Context as _, Result, ensure};
use engine::{Engine, Parts, Settings};
use execution::Request;
use model::{Execution, Id, Object, Principal, Status};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    clock::SystemClock,
    wait::{self, PATIENCE},
};

/// How a house is built.
#[derive(Debug, Default)]
pub struct Plan {
    /// Files below a folder of packs, with their texts.
    pub files: Vec<(&'static str, String)>,
    /// The settings; the packs are set by the house.
    pub settings: Settings,
}

/// A whole Squall on a temporary directory.
#[derive(Debug)]
pub struct House {
    /// The engine.
    pub engine: Engine,
    /// The address of its API.
    pub url: String,
    /// The administrator's key.
    pub key: String,
    directory: TempDir,
    server: JoinHandle<std::io::Result<()>>,
}

impl House {
    /// Opens a house with the packs that ship.
    ///
    /// # Errors
    /// Fails when it cannot start.
    pub async fn open() -> Result<Self> {
        Self::build(Plan::default()).await
    }

    /// Opens a house to a plan.
    ///
    /// # Errors
    /// Fails when it cannot start.
    pub async fn build(plan: Plan) -> Result<Self> {
        let directory = TempDir::new()?;
        let own = directory.path().join("packs");
        std::fs::create_dir_all(&own)?;
        for (path, text) in &plan.files {
            let path = own.join(path);
            std::fs::create_dir_all(path.parent().context("a file stands in a folder")?)?;
            std::fs::write(path, text)?;
        }
        Self::start(directory, plan.settings).await
    }

    /// Stops the house and opens it again on the same records, as a restart does.
    ///
    /// # Errors
    /// Fails when it does not stop or cannot start.
    pub async fn reopen(self) -> Result<Self> {
        let settings = self.engine.settings().clone();
        let Self { engine, server, directory, .. } = self;
        stop(&engine, server).await?;
        drop(engine);
        Self::start(directory, settings).await
    }

    async fn start(directory: TempDir, settings: Settings) -> Result<Self> {
        let mut settings = settings;
        settings.packs = vec![directory.path().join("packs"), shipped()];
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        settings.execution.api_url = format!("{url}/api/v1");
        let store = wait::open_store(&directory.path().join("data")).await?;
        let parts = Parts { store, bus: bus::Bus::new(), clock: Arc::new(SystemClock), settings };
        let engine = Engine::start(parts).await?;
        let operator = Principal::system("admin");
        let admin = NewUser {
            name: "admin".to_owned(),
            is_admin: true,
            password: Some("let me in".to_owned()),
        };
        engine.access().put_user(&operator, admin).await?;
        let new = NewKey { user: "admin".to_owned(), enabled: true, ..NewKey::default() };
        let (_, key) = engine.access().make_api_key(&operator, new).await?;
        let app =
            api::App { engine: engine.clone(), metrics: Arc::new(String::new), url: url.clone() };
        let stop = engine.clone();
        let server = tokio::spawn(api::serve(
            listener,
            api::router(app),
            Box::pin(async move { stop.stopping().await }),
        ));
        Ok(Self { engine, url, key: key.context("a new key has a text")?, directory, server })
    }

    /// Returns a client of the house's API, as the administrator.
    ///
    /// # Errors
    /// Fails when it cannot be made.
    pub fn client(&self) -> Result<client::Client> {
        Ok(client::Client::new(&self.url, client::Credential::ApiKey(self.key.clone()))?)
    }

    /// Returns the folder of the house's own packs.
    pub fn packs(&self) -> PathBuf {
        self.directory.path().join("packs")
    }

    /// Returns the temporary directory.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Requests an action and waits for its end.
    ///
    /// # Errors
    /// Fails when the request is refused or does not end.
    pub async fn run(&self, action: &str, parameters: Value) -> Result<Arc<Execution>> {
        let parameters = parameters.as_object().cloned().unwrap_or_else(Object::new);
        let request = Request::new(action, parameters, Principal::system("admin"));
        let execution = self.engine.executions().request(request).await?;
        let ended =
            tokio::time::timeout(PATIENCE, self.engine.executions().ended(execution.id)).await;
        let ended = ended.with_context(|| format!("{action} did not end"))??;
        ended.context("the execution is gone")
    }

    /// Waits until an execution has a status.
    ///
    /// # Errors
    /// Fails when it ends with another one, or takes too long.
    pub async fn until(&self, id: Id, status: Status) -> Result<Arc<Execution>> {
        wait::until(&self.engine, id, status).await
    }

    /// Ticks until nothing changes any more.
    ///
    /// # Errors
    /// Fails when the records cannot be read or written.
    pub async fn settle(&self) -> Result<()> {
        wait::settle(&self.engine).await
    }

    /// Stops the house, as a clean stop of the process does.
    ///
    /// # Errors
    /// Fails when something did not stop.
    pub async fn close(self) -> Result<()> {
        stop(&self.engine, self.server).await
    }
}

async fn stop(engine: &Engine, server: JoinHandle<std::io::Result<()>>) -> Result<()> {
    engine.stop(Duration::from_secs(10)).await;
    let served = tokio::time::timeout(PATIENCE, server).await.context("the API did not stop")?;
    ensure!(served?.is_ok(), "the API ended with an error");
    Ok(())
}

fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs")
}
