//! Chat through the API: a line of the terminal is said to the robot, which answers at once;
//! results come on the stream, as announcements whose context names the session.

use std::sync::LazyLock;

use axum::extract::State;
use chatops::Heard;
use model::Object;
use serde_json::{Value, json};

use super::body::{Json, text};
use crate::{
    App,
    answer::{Answer, ok},
    caller::Caller,
};

static LINE: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "type": "object",
        "properties": {
            "text": {"type": "string", "required": true},
            "room": {"type": "string", "default": "terminal"},
            "session": {"type": "string", "required": true},
        },
        "additionalProperties": false,
    })
});

pub(crate) async fn say(State(app): State<App>, caller: Caller, body: Json) -> Answer {
    let given = body.checked(&LINE)?;
    let heard = Heard {
        adapter: "terminal".to_owned(),
        room: text(&given, "room").unwrap_or_else(|| "terminal".to_owned()),
        is_private: true,
        account: caller.principal.name.clone(),
        text: text(&given, "text").unwrap_or_default(),
        message_id: text(&given, "session").unwrap_or_default(),
        principal: caller.principal,
        extra: Object::new(),
    };
    let answers = app.engine.chatops().hear(&heard).await;
    let answers: Vec<Value> = answers
        .iter()
        .map(|reply| json!({"text": reply.text, "tone": reply.tone.as_str(), "more": reply.more, "execution": reply.execution}))
        .collect();
    ok(&json!({"answers": answers}))
}
