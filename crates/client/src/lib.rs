//! A typed client of Squall's HTTP API.
