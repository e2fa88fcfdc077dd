//! The HTTP face: API v1, auth, stream.
