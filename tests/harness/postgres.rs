//! A PostgreSQL cluster of the test process's own, made at first use, with a database for each test.
//! It must never be durable: nothing in it is meant to outlive the process, and tests would wait for the disk.

use super::Schema;
use super::server::Server;
use diesel::prelude::*;
use std::collections::BTreeSet;
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

const SETTINGS: &str = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c shared_buffers=32MB \
    -c max_connections=200 -c autovacuum=off";

struct Cluster {
    server: Server,
    templates: Mutex<BTreeSet<&'static str>>,
    databases: Mutex<u32>,
}

/// A new database, cloned from the schema's template.
pub fn create(schema: &Schema) -> String {
    cluster().clone_of(schema)
}

/// Drops a database made by `create`, whoever is still connected to it.
pub fn remove(url: &str) {
    let name = url.split(['/', '?']).nth(3).unwrap();
    let _ = cluster().admin(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
}

fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(Cluster::start)
}

impl Cluster {
    fn start() -> Self {
        Self { server: Server::start(SETTINGS), templates: Mutex::default(), databases: Mutex::default() }
    }

    fn admin(&self, statement: &str) -> QueryResult<usize> {
        let mut connection = PgConnection::establish(&self.server.url("postgres")).unwrap();
        diesel::sql_query(statement).execute(&mut connection)
    }

    fn clone_of(&self, schema: &Schema) -> String {
        // Poisoned by a failed migration: the next test shall report it again, not a poisoned lock.
        let mut templates = self.templates.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let template = format!("template_{}", schema.name);
        if !templates.contains(schema.name) {
            self.admin(&format!("DROP DATABASE IF EXISTS {template} WITH (FORCE)")).unwrap();
            self.admin(&format!("CREATE DATABASE {template} TEMPLATE template0")).unwrap();
            (schema.migrate)(&self.server.url(&template));
            templates.insert(schema.name);
        }
        let name = {
            let mut count = self.databases.lock().unwrap();
            *count += 1;
            format!("test_{count}")
        };
        self.copy(&template, &name);
        self.server.url(&name)
    }

    /// A template cannot be copied while someone is connected to it, and a server process ends a little after its client.
    fn copy(&self, template: &str, name: &str) {
        let began = Instant::now();
        while let Err(failure) = self.admin(&format!("CREATE DATABASE {name} TEMPLATE {template}")) {
            assert!(began.elapsed() < Duration::from_secs(10), "{template} cannot be copied: {failure}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
