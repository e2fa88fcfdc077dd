//! Rooms and messages: one module per network, one rich message to each dialect.
