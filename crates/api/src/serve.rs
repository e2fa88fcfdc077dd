//! The server: connections, each a task of its own, with limits.
//!
//! A client that does not finish the head of a request in time, or keeps a connection without
//! asking anything, is hung up on: it cannot hold a place that others wait for.

use std::{future::Future, io, pin::pin, sync::Arc, time::Duration};

use axum::Router;
use futures_util::future::BoxFuture;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinSet,
};

/// The bounds of a server.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    /// How many connections are open at once; more wait.
    connections_max: usize,
    /// How long the head of a request may take.
    head_time: Duration,
    /// How long to wait when the system refuses a connection.
    pause: Duration,
}

const BOUNDS: Bounds = Bounds {
    connections_max: 10_000,
    head_time: Duration::from_secs(60),
    pause: Duration::from_millis(200),
};

/// Answers requests on a listener until `stop` resolves, and ends when each that is under way has
/// its answer.
///
/// # Errors
/// Fails when the listener does.
pub fn serve(
    listener: TcpListener,
    router: Router,
    stop: BoxFuture<'static, ()>,
) -> BoxFuture<'static, io::Result<()>> {
    Box::pin(serve_within(BOUNDS, listener, router, stop))
}

async fn serve_within(
    bounds: Bounds,
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let places = Arc::new(Semaphore::new(bounds.connections_max));
    let (stopping, _) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        let accepted = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            () = &mut stop => break,
            accepted = accepted => accepted,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, _)) => {
                let connection = answer(bounds, stream, router.clone(), stopping.subscribe());
                connections.spawn(async move {
                    connection.await;
                    drop(place);
                });
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                // Most often there are no more file descriptors: others will end.
                tracing::error!(%error, "A connection could not be accepted");
                crate::pause::pause(bounds.pause).await;
            }
        }
    }
    drop(listener);
    stopping.send_replace(true);
    while connections.join_next().await.is_some() {}
    Ok(())
}

fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
    )
}

async fn answer(
    bounds: Bounds,
    stream: TcpStream,
    router: Router,
    mut stopping: watch::Receiver<bool>,
) {
    // Answers are small and go out at once.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "A connection keeps its delay");
    }
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(bounds.head_time);
    let service = TowerToHyperService::new(router);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = async { drop(stopping.wait_for(|stopping| *stopping).await) } => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "A connection ended early");
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn a_client_that_does_not_finish_its_head_is_hung_up_on_and_its_place_is_free() {
        let bounds = Bounds {
            connections_max: 1,
            head_time: Duration::from_millis(50),
            pause: Duration::ZERO,
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", get(|| async { "here" }));
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let stopped = async { drop(stopped.await) };
        let server = tokio::spawn(serve_within(bounds, listener, router, stopped));
        let mut slow = TcpStream::connect(address).await.unwrap();
        slow.write_all(b"GET / HTT").await.unwrap();
        let mut other = TcpStream::connect(address).await.unwrap();
        other.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
        let mut text = String::new();
        other.read_to_string(&mut text).await.unwrap();
        assert!(text.starts_with("HTTP/1.1 200 OK") && text.ends_with("here"), "{text}");
        let mut rest = Vec::new();
        slow.read_to_end(&mut rest).await.unwrap();
        assert!(!rest.starts_with(b"HTTP/1.1 200"), "{rest:?}");
        stop.send(()).unwrap();
        server.await.unwrap().unwrap();
    }
}
