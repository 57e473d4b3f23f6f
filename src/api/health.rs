//! Whether the process lives, and whether it can do its work. Neither says anything of a case or a person.

use crate::app::service::Service;
use actix_web::{HttpResponse, web};
use serde::Serialize;

#[derive(Serialize, Default)]
struct Health {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<&'static str>,
    /// Whether this instance has the log's signer.
    #[serde(skip_serializing_if = "Option::is_none")]
    signs: Option<bool>,
    /// Whether checkpoints still leave the host: `delivered` or `overdue`.
    #[serde(skip_serializing_if = "Option::is_none")]
    checkpoints: Option<&'static str>,
}

pub async fn live() -> HttpResponse {
    HttpResponse::Ok().json(Health { status: "live", ..Health::default() })
}

/// 503 with the name of the first part that cannot do its work. Checkpoints that nobody takes are said, and are no reason to
/// take the service from people: they are signed and kept, and whoever fills a mailbox elsewhere would shut the panel.
pub async fn ready(service: web::Data<Service>) -> HttpResponse {
    let checkpoints = service.checkpoints_overdue().map(|overdue| if overdue { "overdue" } else { "delivered" });
    let health = Health { signs: Some(service.signs), checkpoints, ..Health::default() };
    match service.ready() {
        Ok(()) => HttpResponse::Ok().json(Health { status: "ready", ..health }),
        Err(part) => {
            HttpResponse::ServiceUnavailable().json(Health { status: "not ready", missing: Some(part), ..health })
        }
    }
}
