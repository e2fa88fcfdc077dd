//! The test house: a whole Squall on a temporary directory, and real servers on demand.
