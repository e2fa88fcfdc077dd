//! Durable records: one SQL text, a group-committing writer, queue and outbox.
