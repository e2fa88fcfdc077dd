//! Events from outside: durable, followed once, kept once for each key.

use model::Object;
use serde_json::{Value, json};
use store::execution::{Column, Filter, Results};
use testkit::{House, Plan};

/// A pack with a trigger, and a rule on it that says what the event said.
fn plan() -> Plan {
    let files = [
        ("bell/pack.yaml", "ref: bell\nname: bell\ndescription: d\nversion: 1.0.0\nauthor: a\n"),
        (
            "bell/triggers/rung.yaml",
            "name: rung\npack: bell\ndescription: d\npayload_schema: {type: object}\n",
        ),
        (
            "bell/rules/answer.yaml",
            "name: answer\npack: bell\nenabled: true\ntrigger: {type: bell.rung}\n\
             criteria: {trigger.door: {type: equals, pattern: front}}\n\
             action: {ref: core.echo, parameters: {message: '{{ trigger.who }}'}}\n",
        ),
    ];
    let files = files.map(|(path, text)| (path, text.to_owned())).to_vec();
    Plan { files, ..Plan::default() }
}

fn payload(who: &str, door: &str) -> Object {
    json!({"who": who, "door": door}).as_object().unwrap().clone()
}

/// Returns what the rule's executions said, in the order of their requests.
async fn said(house: &House) -> Vec<String> {
    let filter = Filter {
        equal: vec![(Column::Rule, vec!["bell.answer".to_owned()])],
        order: vec![(Column::Id, false)],
        ..Filter::default()
    };
    let found = house.engine.store().executions(&filter, Results::Left).await.unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    found.iter().map(|execution| text(&execution.parameters["message"])).collect()
}

/// Waits until the rule has requested so many executions.
async fn requested(house: &House, count: usize) -> Vec<String> {
    let look = async || Some(said(house).await).filter(|said| said.len() >= count);
    testkit::eventually(&house.engine, look).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_leads_to_what_its_rules_request_once() {
    let house = House::build(plan()).await.unwrap();
    let events = house.engine.events();
    events.emit("bell.rung", payload("ann", "front"), None).await.unwrap();
    events.emit("bell.rung", payload("bob", "back"), None).await.unwrap();
    events.emit("bell.rung", payload("eve\", \"x\": \"{{ 1 + 1 }}", "front"), None).await.unwrap();
    let said = requested(&house, 2).await;
    house.engine.tick().await;
    let mut sorted = said.clone();
    sorted.sort();
    assert_eq!(sorted, ["ann", "eve\", \"x\": \"{{ 1 + 1 }}"], "the payload is data");
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_events_with_the_same_key_the_first_is_followed() {
    let house = House::build(plan()).await.unwrap();
    let events = house.engine.events();
    let emit = |who: &'static str| events.emit("bell.rung", payload(who, "front"), Some("call 7"));
    let (first, second) = tokio::join!(emit("ann"), emit("bob"));
    assert_eq!(first.unwrap(), second.unwrap());
    let third = emit("eve").await.unwrap();
    events.emit("bell.rung", payload("zoe", "front"), Some("call 8")).await.unwrap();
    let said = requested(&house, 2).await;
    house.engine.tick().await;
    assert_eq!(self::said(&house).await.len(), 2, "{said:?}, {third}");
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_an_unknown_trigger_is_refused_by_name() {
    let house = House::build(plan()).await.unwrap();
    let events = house.engine.events();
    let refused = events.emit("bell.broken", Object::new(), None).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "Trigger \"bell.broken\" is not registered: `squall pack reload` reads the triggers of packs"
    );
    let key = "k".repeat(513);
    let refused = events.emit("bell.rung", Object::new(), Some(&key)).await.unwrap_err();
    assert_eq!(refused.to_string(), "the key of an event has at most 512 bytes");
    house.close().await.unwrap();
}
