//! The binary `squall`: commands, configuration, telemetry, wiring, exit codes.

fn main() {}
