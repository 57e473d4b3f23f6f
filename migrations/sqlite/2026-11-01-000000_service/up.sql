-- Who may act: panels, agencies, people, memberships, agreements; and the answers already given.

-- Facts that decide access. `facts` is canonical text, authenticated by `tag`; the other columns are copies for queries.
CREATE TABLE panel (
  id TEXT NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  facts TEXT NOT NULL,
  tag BINARY NOT NULL
);
CREATE TABLE agency (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  version BIGINT NOT NULL,
  facts TEXT NOT NULL,
  tag BINARY NOT NULL
);
CREATE TABLE person (
  id TEXT NOT NULL PRIMARY KEY,
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  version BIGINT NOT NULL,
  facts TEXT NOT NULL,
  tag BINARY NOT NULL,
  UNIQUE (issuer, subject)
);
-- Only of issuers that were ever suspended; the id follows from the issuer, so that a row that is gone is missed.
CREATE TABLE issuer_state (
  id TEXT NOT NULL PRIMARY KEY,
  issuer TEXT NOT NULL UNIQUE,
  version BIGINT NOT NULL,
  facts TEXT NOT NULL,
  tag BINARY NOT NULL
);
CREATE TABLE membership (
  id TEXT NOT NULL PRIMARY KEY,
  person TEXT NOT NULL REFERENCES person (id),
  agency TEXT NOT NULL REFERENCES agency (id),
  role TEXT NOT NULL,
  -- Empty for a role of the whole service.
  panel TEXT REFERENCES panel (id),
  version BIGINT NOT NULL,
  facts TEXT NOT NULL,
  tag BINARY NOT NULL
);
CREATE INDEX membership_by_person ON membership (person);
CREATE INDEX membership_by_panel ON membership (panel, agency);
CREATE TABLE agreement (
  id TEXT NOT NULL PRIMARY KEY,
  agency TEXT NOT NULL REFERENCES agency (id),
  panel TEXT NOT NULL REFERENCES panel (id),
  version BIGINT NOT NULL,
  facts TEXT NOT NULL,
  tag BINARY NOT NULL
);
CREATE INDEX agreement_by_agency ON agreement (agency);
CREATE INDEX agreement_by_panel ON agreement (panel);
-- A key is remembered by its MAC, for a client may put anything into it.
CREATE TABLE idempotency (
  scope TEXT NOT NULL,
  key_mac BINARY NOT NULL,
  body_mac BINARY NOT NULL,
  result TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (scope, key_mac)
);
CREATE INDEX idempotency_by_age ON idempotency (at);
