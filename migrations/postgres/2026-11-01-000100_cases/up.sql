-- Cases and contacts. Content is sealed before it comes here; nothing in these tables names a person.

-- One row a case: an agenda of forty loads in one scan of forty rows (a row per field costs fifteen times as much).
CREATE TABLE case_file (
  id TEXT NOT NULL PRIMARY KEY,
  panel_id TEXT NOT NULL REFERENCES panel (id),
  subject_id TEXT NOT NULL,
  ledger_id TEXT NOT NULL UNIQUE,
  version BIGINT NOT NULL,
  stage TEXT NOT NULL,
  -- ISO date; 9999-12-31 where nothing is due, so that both databases sort it last.
  due_on TEXT NOT NULL,
  -- Of a closed case: when somebody must look whether it is still needed; 9999-12-31 of every other.
  review_on TEXT NOT NULL,
  header TEXT NOT NULL,
  header_tag BYTEA NOT NULL,
  wrapped_keys TEXT NOT NULL,
  identity TEXT,
  contact TEXT,
  source TEXT,
  concern TEXT,
  ideology TEXT,
  monitoring TEXT,
  social_care TEXT,
  social_care_summary TEXT,
  health TEXT,
  health_summary TEXT,
  education TEXT,
  education_summary TEXT,
  police TEXT,
  plan TEXT,
  safety TEXT
);
CREATE INDEX case_file_by_due ON case_file (panel_id, due_on, id);
CREATE INDEX case_file_by_stage ON case_file (panel_id, stage, due_on, id);
CREATE INDEX case_file_by_review ON case_file (panel_id, review_on, id);
CREATE INDEX case_file_by_subject ON case_file (subject_id);
-- A sealed row is over the stock 2 kB threshold and does not compress: keep it in its page (half the load time).
ALTER TABLE case_file SET (toast_tuple_target = 8160);
ALTER TABLE case_file ALTER COLUMN identity SET STORAGE EXTERNAL;
ALTER TABLE case_file ALTER COLUMN contact SET STORAGE EXTERNAL;
ALTER TABLE case_file ALTER COLUMN source SET STORAGE EXTERNAL;
ALTER TABLE case_file ALTER COLUMN concern SET STORAGE EXTERNAL;
ALTER TABLE case_file ALTER COLUMN ideology SET STORAGE EXTERNAL;
ALTER TABLE case_file ALTER COLUMN monitoring SET STORAGE EXTERNAL;
ALTER TABLE case_file ALTER COLUMN social_care SET STORAGE EXTERNAL;
ALTER TABLE case_file ALTER COLUMN social_care_summary SET STORAGE EXTERNAL;
ALTER TABLE case_file ALTER COLUMN health SET STORAGE EXTERNAL;
ALTER TABLE case_file ALTER COLUMN health_summary SET STORAGE EXTERNAL;
ALTER TABLE case_file ALTER COLUMN education SET STORAGE EXTERNAL;
ALTER TABLE case_file ALTER COLUMN education_summary SET STORAGE EXTERNAL;
ALTER TABLE case_file ALTER COLUMN police SET STORAGE EXTERNAL;
ALTER TABLE case_file ALTER COLUMN plan SET STORAGE EXTERNAL;
ALTER TABLE case_file ALTER COLUMN safety SET STORAGE EXTERNAL;

CREATE TABLE case_version (
  case_id TEXT NOT NULL REFERENCES case_file (id),
  category TEXT NOT NULL,
  version INTEGER NOT NULL,
  sealed TEXT NOT NULL,
  recorded_at BIGINT NOT NULL,
  membership TEXT,
  PRIMARY KEY (case_id, category, version)
);
CREATE TABLE case_header_version (
  case_id TEXT NOT NULL REFERENCES case_file (id),
  version BIGINT NOT NULL,
  header TEXT NOT NULL,
  header_tag BYTEA NOT NULL,
  recorded_at BIGINT NOT NULL,
  PRIMARY KEY (case_id, version)
);
CREATE TABLE case_record (
  case_id TEXT NOT NULL REFERENCES case_file (id),
  seq BIGINT NOT NULL,
  category TEXT NOT NULL,
  record_id TEXT NOT NULL,
  record_version INTEGER NOT NULL,
  kind TEXT NOT NULL,
  occurred_on TEXT,
  recorded_at BIGINT NOT NULL,
  by_membership TEXT,
  agency TEXT,
  on_behalf TEXT,
  sealed TEXT NOT NULL,
  PRIMARY KEY (case_id, seq),
  UNIQUE (case_id, record_id, record_version)
);
-- As of a case's own row: an assessment is over 2 kB, and would be fetched from beside each time.
ALTER TABLE case_record SET (toast_tuple_target = 8160);
ALTER TABLE case_record ALTER COLUMN sealed SET STORAGE EXTERNAL;
-- What happened, without content.
CREATE TABLE event (
  case_id TEXT NOT NULL REFERENCES case_file (id),
  seq BIGINT NOT NULL,
  name TEXT NOT NULL,
  occurred_on TEXT NOT NULL,
  recorded_at BIGINT NOT NULL,
  membership TEXT,
  agency TEXT,
  role TEXT,
  PRIMARY KEY (case_id, seq)
);
CREATE TABLE referral (
  id TEXT NOT NULL PRIMARY KEY,
  panel_id TEXT NOT NULL REFERENCES panel (id),
  sender_person TEXT NOT NULL,
  sender_agency TEXT NOT NULL,
  received_at BIGINT NOT NULL,
  wrapped_keys TEXT NOT NULL,
  sealed TEXT NOT NULL,
  header TEXT NOT NULL,
  header_tag BYTEA NOT NULL,
  -- pending, matched or failed: matching runs after commit.
  match_state TEXT NOT NULL
);
CREATE INDEX referral_by_sender ON referral (sender_person, received_at, id);
CREATE INDEX referral_by_agency ON referral (sender_agency, received_at, id);
CREATE INDEX referral_by_panel ON referral (panel_id, received_at, id);
CREATE INDEX referral_by_match ON referral (match_state, received_at, id);
CREATE TABLE referral_case (
  referral_id TEXT NOT NULL REFERENCES referral (id),
  case_id TEXT NOT NULL UNIQUE REFERENCES case_file (id),
  person_index INTEGER NOT NULL,
  PRIMARY KEY (referral_id, person_index)
);
CREATE TABLE consultation (
  id TEXT NOT NULL PRIMARY KEY,
  panel_id TEXT NOT NULL REFERENCES panel (id),
  occurred_on TEXT NOT NULL,
  recorded_at BIGINT NOT NULL,
  membership TEXT NOT NULL,
  wrapped_keys TEXT NOT NULL,
  sealed TEXT NOT NULL,
  header TEXT NOT NULL,
  header_tag BYTEA NOT NULL
);
CREATE INDEX consultation_by_panel ON consultation (panel_id, occurred_on, id);
-- A case on its way from one panel of the service to another: the row of the panel it is for, with keys of its own while there is
-- something sealed in it. Facts under a tag; panel, stage and version are copies for queries.
CREATE TABLE transfer (
  id TEXT NOT NULL PRIMARY KEY,
  panel_id TEXT NOT NULL REFERENCES panel (id),
  -- offered, accepted, declined or withdrawn.
  stage TEXT NOT NULL,
  -- Whether the sender's case still waits to hear of it.
  waits TEXT NOT NULL,
  offered_on TEXT NOT NULL,
  version BIGINT NOT NULL,
  wrapped_keys TEXT NOT NULL,
  sealed TEXT NOT NULL,
  facts TEXT NOT NULL,
  tag BYTEA NOT NULL
);
CREATE INDEX transfer_by_panel ON transfer (panel_id, offered_on, id);
CREATE INDEX transfer_by_waiting ON transfer (waits, stage, id);
CREATE TABLE match_candidate (
  case_id TEXT NOT NULL REFERENCES case_file (id),
  other_case_id TEXT NOT NULL REFERENCES case_file (id),
  score INTEGER NOT NULL,
  reasons TEXT NOT NULL,
  rule_version TEXT NOT NULL,
  -- proposed, joined or dismissed: a person's decision.
  state TEXT NOT NULL,
  PRIMARY KEY (case_id, other_case_id)
);
CREATE INDEX match_candidate_by_other ON match_candidate (other_case_id);
CREATE TABLE case_link (
  case_a TEXT NOT NULL REFERENCES case_file (id),
  case_b TEXT NOT NULL REFERENCES case_file (id),
  kind TEXT NOT NULL,
  recorded_at BIGINT NOT NULL,
  membership TEXT,
  PRIMARY KEY (case_a, case_b, kind)
);
CREATE INDEX case_link_by_b ON case_link (case_b);

-- The panel's meetings: facts under a tag, like the registry's rows; the other columns are copies for queries.
CREATE TABLE meeting (
  id TEXT NOT NULL PRIMARY KEY,
  panel_id TEXT NOT NULL REFERENCES panel (id),
  held_on TEXT NOT NULL,
  stage TEXT NOT NULL,
  version BIGINT NOT NULL,
  facts TEXT NOT NULL,
  tag BYTEA NOT NULL
);
CREATE INDEX meeting_by_panel ON meeting (panel_id, held_on, id);
CREATE INDEX meeting_by_stage ON meeting (stage, held_on, id);
-- Which cases lie before it: derived from the facts, so that an agenda is one join.
CREATE TABLE meeting_item (
  meeting_id TEXT NOT NULL REFERENCES meeting (id),
  case_id TEXT NOT NULL REFERENCES case_file (id),
  PRIMARY KEY (meeting_id, case_id)
);
CREATE INDEX meeting_item_by_case ON meeting_item (case_id);
-- Cases that were erased: a database restored from before is compared with this, and with the list that lies outside it.
-- It must not say under which name the log knew the case.
CREATE TABLE erasure (
  case_id TEXT NOT NULL PRIMARY KEY,
  panel_id TEXT NOT NULL,
  erased_on TEXT NOT NULL,
  -- The key-encryption keys under which its keys lay: backups open until these are destroyed.
  keks TEXT NOT NULL,
  tag BYTEA NOT NULL
);
-- What a job of the service did for a panel on one day of its calendar: done once, whoever comes first. Tagged, so that
-- nobody can keep a job from its work by saying that it was done.
CREATE TABLE job_turn (
  job TEXT NOT NULL,
  panel_id TEXT NOT NULL REFERENCES panel (id),
  day TEXT NOT NULL,
  tag BYTEA NOT NULL,
  PRIMARY KEY (job, panel_id, day)
);

-- Letters to people of ours, without a word of any case, until they are sent: one for each person, kind, thing and, where the
-- thing comes around, round of it.
-- What a letter says is tagged; how far its sending has come is not.
CREATE TABLE notice (
  id TEXT NOT NULL PRIMARY KEY,
  panel_id TEXT NOT NULL REFERENCES panel (id),
  person TEXT NOT NULL REFERENCES person (id),
  kind TEXT NOT NULL,
  thing TEXT NOT NULL,
  round TEXT NOT NULL,
  made_at BIGINT NOT NULL,
  payload TEXT NOT NULL,
  tag BYTEA NOT NULL,
  -- waiting, sent, refused, dropped or covered.
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  next_at BIGINT NOT NULL,
  UNIQUE (person, kind, thing, round)
);
CREATE INDEX notice_by_state ON notice (state, next_at, id);

-- Append-only: these bind everyone but whoever may drop a trigger, and that one is found by the ledger.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;
-- Of a case that is erased, and of no other, rows may go.
CREATE FUNCTION refuse_change_unless_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND EXISTS (SELECT 1 FROM case_file WHERE id = OLD.case_id AND stage = 'erased') THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;
CREATE TRIGGER case_version_no_change BEFORE UPDATE OR DELETE ON case_version FOR EACH ROW EXECUTE FUNCTION refuse_change_unless_erased();
CREATE TRIGGER case_version_no_truncate BEFORE TRUNCATE ON case_version FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER case_header_version_no_change BEFORE UPDATE OR DELETE ON case_header_version FOR EACH ROW EXECUTE FUNCTION refuse_change_unless_erased();
CREATE TRIGGER case_header_version_no_truncate BEFORE TRUNCATE ON case_header_version FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER case_record_no_change BEFORE UPDATE OR DELETE ON case_record FOR EACH ROW EXECUTE FUNCTION refuse_change_unless_erased();
CREATE TRIGGER case_record_no_truncate BEFORE TRUNCATE ON case_record FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER event_no_change BEFORE UPDATE OR DELETE ON event FOR EACH ROW EXECUTE FUNCTION refuse_change_unless_erased();
CREATE TRIGGER event_no_truncate BEFORE TRUNCATE ON event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER erasure_no_change BEFORE UPDATE OR DELETE ON erasure FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER erasure_no_truncate BEFORE TRUNCATE ON erasure FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
