//! The HTTP server: everything under `/api/v1` through the one endpoint, health beside it, TLS where it is asked for.
//! It must never hand a request to a use case by another road, nor speak plain HTTP beyond loopback.

use super::incoming::Incoming;
use super::{endpoint, health, openapi, problem};
use crate::app::service::Service;
use crate::casework::ids::RequestId;
use crate::error::Kind;
use actix_web::dev::Server;
use actix_web::web::{self, Data, Payload};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use rustls::ServerConfig;
use std::net::TcpListener;
use std::time::Duration;

const BASE: &str = "/api/v1";

/// A read runs in its worker, without a hop, and the worker stands still while the database answers: two of them to a core
/// leave it idle no longer (measured: of two workers on two cores a seventh was lost). The store has a connection for each.
pub const WORKERS: usize = 4;

/// Makes the server on a listener that is bound already.
///
/// # Errors
/// The operating system's, for a listener that cannot be used.
pub fn build(service: Data<Service>, listener: TcpListener, tls: Option<ServerConfig>) -> std::io::Result<Server> {
    let seconds = service.limits.request_seconds;
    let server = HttpServer::new(move || {
        App::new()
            .app_data(service.clone())
            .route("/health/live", web::get().to(health::live))
            .route("/health/ready", web::get().to(health::ready))
            .route("/api/v1/openapi.json", web::get().to(openapi::serve))
            .default_service(web::to(serve))
    })
    .workers(WORKERS)
    .client_request_timeout(Duration::from_secs(seconds))
    .shutdown_timeout(10);
    let server = match tls {
        Some(config) => server.listen_rustls_0_23(listener, config)?,
        None => server.listen(listener)?,
    };
    Ok(server.run())
}

async fn serve(request: HttpRequest, payload: Payload, service: Data<Service>) -> HttpResponse {
    let Some(path) = request.path().strip_prefix(BASE).map(str::to_owned) else {
        // Outside the API there is nothing, and so nothing to record.
        let request = RequestId::new();
        let mut response = problem::response(&Kind::NotFound.into(), request);
        super::headers::stamp(&mut response, request);
        return response;
    };
    let incoming = Incoming::from_http(&request, path, payload);
    endpoint::handle(&service, incoming).await.into_response()
}
