//! Orquesta and ActionChain: definition, graph, conductor; events in, commands out.

pub mod spec;
