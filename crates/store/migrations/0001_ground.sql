CREATE TABLE snapshots (
    key TEXT PRIMARY KEY,
    body TEXT NOT NULL
);

CREATE TABLE executions (
    id TEXT PRIMARY KEY,
    liveaction_id TEXT NOT NULL,
    snapshot TEXT NOT NULL,
    status TEXT NOT NULL,
    is_final BIGINT NOT NULL,
    action_ref TEXT NOT NULL,
    runner TEXT NOT NULL,
    user_name TEXT NOT NULL,
    parent TEXT,
    rule_ref TEXT,
    trigger_ref TEXT,
    trigger_type TEXT,
    trigger_instance TEXT,
    start_us BIGINT NOT NULL,
    end_us BIGINT,
    run_at_us BIGINT NOT NULL,
    version BIGINT NOT NULL,
    result_size BIGINT NOT NULL,
    body TEXT NOT NULL,
    result TEXT
);
CREATE INDEX executions_start ON executions (start_us);
CREATE INDEX executions_action ON executions (action_ref, start_us);
CREATE INDEX executions_open ON executions (run_at_us) WHERE is_final = 0;
CREATE INDEX executions_parent ON executions (parent) WHERE parent IS NOT NULL;

CREATE TABLE results (
    execution_id TEXT PRIMARY KEY,
    body TEXT NOT NULL
);

CREATE TABLE outputs (
    execution_id TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    id TEXT NOT NULL,
    stream TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (execution_id, sequence)
);

CREATE TABLE trigger_instances (
    id TEXT PRIMARY KEY,
    trigger_ref TEXT NOT NULL,
    status TEXT NOT NULL,
    occurred_us BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX trigger_instances_pending ON trigger_instances (occurred_us) WHERE status = 'pending';

CREATE TABLE rule_enforcements (
    id TEXT PRIMARY KEY,
    rule_ref TEXT NOT NULL,
    trigger_instance TEXT NOT NULL,
    execution_id TEXT,
    failure_reason TEXT,
    enforced_us BIGINT NOT NULL
);
CREATE INDEX rule_enforcements_rule ON rule_enforcements (rule_ref, enforced_us);

CREATE TABLE announcements (
    sequence BIGINT PRIMARY KEY,
    execution_id TEXT NOT NULL,
    route TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    is_heard BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX announcements_unheard ON announcements (sequence) WHERE is_heard = 0;

CREATE TABLE deliveries (
    key TEXT PRIMARY KEY,
    adapter TEXT NOT NULL,
    state TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX deliveries_open ON deliveries (adapter, at_us) WHERE state <> 'sent';

CREATE TABLE content (
    kind TEXT NOT NULL,
    ref TEXT NOT NULL,
    id TEXT NOT NULL,
    origin TEXT NOT NULL,
    body TEXT,
    PRIMARY KEY (kind, ref)
);

CREATE TABLE users (
    name TEXT PRIMARY KEY,
    is_admin BIGINT NOT NULL,
    password_hash TEXT,
    created_us BIGINT NOT NULL
);

CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    key_hash TEXT NOT NULL UNIQUE,
    user_name TEXT NOT NULL,
    is_enabled BIGINT NOT NULL,
    created_us BIGINT NOT NULL,
    metadata TEXT NOT NULL
);

CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    user_name TEXT NOT NULL,
    expiry_us BIGINT NOT NULL,
    metadata TEXT NOT NULL
);
