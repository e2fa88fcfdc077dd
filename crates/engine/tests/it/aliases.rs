//! Sentences become executions.

use chatops::Sentence;
use model::{Principal, Status};
use serde_json::{Value, json};
use testkit::{House, Plan};

fn sentence(command: &str) -> Sentence {
    Sentence {
        command: command.to_owned(),
        user: json!("alice"),
        source_channel: "#ops".to_owned(),
        source_context: Value::Null,
        route: Some("hubot".to_owned()),
        principal: Principal::system("bot"),
    }
}

fn plan() -> Plan {
    let pack = "name: t\ndescription: d\nversion: 1.0.0\nauthor: a\n".to_owned();
    let alias = |name: &str, rest: &str| format!("name: {name}\naction_ref: t.take\n{rest}");
    let files = vec![
        ("t/pack.yaml", pack),
        (
            "t/actions/take.yaml",
            "name: take\nrunner_type: noop\nparameters:\n  a: {type: integer}\n  b: {type: array}\n  c: {type: string, secret: true}\n  d: {type: string}\n".to_owned(),
        ),
        ("t/aliases/take.yaml", alias("take", "formats: ['take {{a}} and {{b=x, y}}']\nack: {format: 'Taking {{ execution.parameters.a }} for {{ execution.context.api_user }}'}\n")),
        ("t/aliases/immutable.yaml", alias("immutable", "formats: ['fixed {{a}}']\nimmutable_parameters: {d: '{{ source_channel }}'}\n")),
        ("t/aliases/many.yaml", alias("many", "formats:\n  - {display: many, representation: ['(?:\\b|^)(?P<d>[A-Z]+-[0-9]+)(?:\\b|$)'], match_multiple: true}\n")),
        ("t/aliases/secret.yaml", alias("secret", "formats: ['hide {{c}}']\n")),
    ];
    Plan { files, ..Plan::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sentence_is_cast_acknowledged_and_run() {
    let house = House::build(plan()).await.unwrap();
    let accepted =
        house.engine.chatops().match_and_execute(&sentence("take 5 and p,q")).await.unwrap();
    assert_eq!(accepted.len(), 1);
    assert_eq!(accepted[0].message.as_deref(), Some("Taking 5 for alice"));
    let execution = &accepted[0].execution;
    assert_eq!(json!(execution.parameters), json!({"a": 5, "b": ["p", "q"]}));
    assert_eq!(execution.context["api_user"], "alice");
    assert_eq!(execution.context["user"], "bot");
    assert_eq!(execution.context["source_channel"], "#ops");
    let ended = house.engine.executions().ended(execution.id).await.unwrap().unwrap();
    assert_eq!(ended.status, Status::Succeeded);
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_told_in_the_words_of_the_api() {
    let house = House::build(plan()).await.unwrap();
    let refused = async |command: &str| {
        house.engine.chatops().match_and_execute(&sentence(command)).await.unwrap_err().to_string()
    };
    assert_eq!(refused("hello donny").await, "Command 'hello donny' matched no patterns");
    assert_eq!(refused("fixed 1 d=2").await, "Immutable arguments cannot be overriden: d");
    assert_eq!(
        refused("take x and y").await,
        "Failed to cast value \"x\" (type: str) for parameter \"a\" of type \"integer\": invalid literal for int() \
         with base 10: 'x'. Perhaps the value is of an invalid type?"
    );
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn several_matches_run_once_each_and_immutable_parameters_are_rendered() {
    let house = House::build(plan()).await.unwrap();
    let many =
        house.engine.chatops().match_and_execute(&sentence("AB-1, CD-2 and EF-3")).await.unwrap();
    let found: Vec<&Value> = many.iter().map(|one| &one.execution.parameters["d"]).collect();
    assert_eq!(found, [&json!("AB-1"), &json!("CD-2"), &json!("EF-3")]);
    let fixed = house.engine.chatops().match_and_execute(&sentence("fixed 1")).await.unwrap();
    assert_eq!(fixed[0].execution.parameters["d"], "#ops");
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sentence_with_a_secret_is_not_echoed() {
    let house = House::build(plan()).await.unwrap();
    let mut sentence = sentence("hide S3CRET");
    sentence.source_context = json!({"text": "!hide S3CRET", "room": "#ops"});
    let accepted = house.engine.chatops().match_and_execute(&sentence).await.unwrap();
    let shown = accepted[0].execution.to_json(model::execution::Secrets::Masked, "").to_string();
    assert!(!shown.contains("S3CRET"), "{shown}");
    assert!(shown.contains("#ops"));
    house.close().await.unwrap();
}
