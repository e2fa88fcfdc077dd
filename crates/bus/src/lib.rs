//! Wake-ups and the live event stream, in the process.
