ALTER TABLE trigger_instances ADD COLUMN key TEXT;
CREATE UNIQUE INDEX trigger_instances_key ON trigger_instances (trigger_ref, key) WHERE key IS NOT NULL;
