//! The administrator of a data directory: an account, and an API key in a file that only the
//! owner of the process can read.

use std::{fs, io};

use access::{Credential, NewKey, NewUser, key_hash};
use anyhow::Context as _;
use engine::Engine;
use model::{Object, Principal};
use serde_json::json;

use crate::data::{self, Directory};

/// The administrator's name.
const NAME: &str = "admin";
/// The metadata of API keys that were created here.
const MARK: &str = "squall.automatic";

/// Creates the administrator, its key and the user for people in chat, if they do not exist.
pub(crate) async fn prepare(engine: &Engine, directory: &Directory) -> anyhow::Result<()> {
    let path = directory.admin_key();
    let given = match fs::read_to_string(&path) {
        Ok(text) => Some(text.trim().to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error).context(format!("cannot read `{}`", path.display())),
    };
    let is_new = !engine.access().has_user(NAME);
    let place = path.display();
    match given {
        Some(key) if is_new => adopt_key(engine, &key).await?,
        Some(key) => {
            let credential = Credential::ApiKey(key);
            if engine.access().authenticate(&credential).is_err() {
                tracing::warn!(
                    "The key in `{place}` opens nothing: delete the file and start again to get a new one"
                );
            }
        }
        None => {
            disable_old_keys(engine).await?;
            make_key(engine, directory).await?;
            if is_new {
                tracing::info!("The administrator's API key is in `{place}`");
            } else {
                tracing::warn!(
                    "There was no `{place}`: it holds a new key now, and the old automatic key is disabled"
                );
            }
        }
    }
    if is_new {
        let admin = NewUser { name: NAME.to_owned(), is_admin: true, password: None };
        engine.access().put_user(&operator(), admin).await?;
    }
    let chat_user = &engine.settings().chat_user;
    if !engine.access().has_user(chat_user) {
        let user = NewUser { name: chat_user.clone(), is_admin: false, password: None };
        engine.access().put_user(&operator(), user).await?;
    }
    Ok(())
}

/// Returns the principal of whoever starts the process.
fn operator() -> Principal {
    Principal::system(NAME)
}

/// Registers a key that the operator put into a new data directory.
async fn adopt_key(engine: &Engine, key: &str) -> anyhow::Result<()> {
    let hash = key_hash(key);
    if engine.access().api_key(&operator(), key).is_none() {
        engine
            .access()
            .make_api_key(&operator(), NewKey { key_hash: Some(hash), ..automatic_key() })
            .await?;
    }
    Ok(())
}

async fn make_key(engine: &Engine, directory: &Directory) -> anyhow::Result<()> {
    let (_, text) = engine.access().make_api_key(&operator(), automatic_key()).await?;
    let text = text.context("the new API key has no text")?;
    let path = directory.admin_key();
    data::write_private(&path, &format!("{text}\n"))
        .with_context(|| format!("cannot write `{}`", path.display()))
}

fn automatic_key() -> NewKey {
    let metadata = Object::from_iter([(MARK.to_owned(), json!(true))]);
    NewKey { user: NAME.to_owned(), metadata, key_hash: None, id: None, enabled: true }
}

async fn disable_old_keys(engine: &Engine) -> anyhow::Result<()> {
    for mut key in engine.access().api_keys(&operator()) {
        if key.enabled && key.metadata.contains_key(MARK) {
            key.enabled = false;
            engine.access().update_api_key(&operator(), key).await?;
        }
    }
    Ok(())
}
