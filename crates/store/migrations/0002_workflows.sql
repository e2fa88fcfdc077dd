CREATE TABLE workflow_cells (
    workflow_id TEXT NOT NULL,
    key TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (workflow_id, key)
);

CREATE TABLE large_values (
    digest TEXT PRIMARY KEY,
    body TEXT NOT NULL
);
