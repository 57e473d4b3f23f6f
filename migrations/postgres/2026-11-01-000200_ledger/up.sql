-- The access ledger: entries, the queue to the sequencer, the tree and its checkpoints.

-- Entries lie beside the tree: the tree commits to `leaf`, and can be shown to anyone; `body` is shown by right. When its time is
-- over an entry expires: what stays is what the tree and its writer's chain need, and `expired_by`, the request of the entry that
-- says so. `commitment` is then the leaf's own bytes, which nothing else gives any more.
CREATE TABLE ledger_entry (
  id BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,
  writer TEXT NOT NULL,
  n BIGINT NOT NULL,
  at BIGINT,
  panel TEXT,
  actor TEXT,
  agency TEXT,
  role TEXT,
  operation TEXT,
  outcome TEXT,
  problem TEXT,
  purpose TEXT,
  case_lid TEXT,
  several BOOLEAN NOT NULL DEFAULT FALSE,
  body TEXT CHECK (octet_length(body) <= 65535),
  salt BYTEA,
  leaf BYTEA NOT NULL,
  commitment BYTEA,
  expired_by TEXT,
  UNIQUE (writer, n),
  CONSTRAINT ledger_entry_whole_or_expired CHECK (
    (expired_by IS NULL AND commitment IS NULL
      AND at IS NOT NULL AND operation IS NOT NULL AND outcome IS NOT NULL AND body IS NOT NULL AND salt IS NOT NULL)
    OR (expired_by IS NOT NULL AND commitment IS NOT NULL
      AND at IS NULL AND panel IS NULL AND actor IS NULL AND agency IS NULL AND role IS NULL AND operation IS NULL
      AND outcome IS NULL AND problem IS NULL AND purpose IS NULL AND case_lid IS NULL AND NOT several AND body IS NULL AND salt IS NULL)
  )
);
-- The entry of a reading may be over the stock threshold of 2 kB: it stays as it is in its page, for to compress it takes nearly
-- as much as all the rest of its insert (measured). What is longer than a page, as of an agenda, is compressed.
ALTER TABLE ledger_entry SET (toast_tuple_target = 8160);
-- One for each thing that a list of entries asks for, in the order of its pages: none reads the log to its end. Every index is
-- written with every entry; of role and outcome there are few, so they are looked for among the panel's entries of some days.
CREATE INDEX ledger_entry_by_time ON ledger_entry (panel, at, id);
CREATE INDEX ledger_entry_by_case ON ledger_entry (case_lid, at, id);
-- `case_lid` is the first case of an entry. One of several is looked for by the others in the bodies of those, of which there are
-- few: a row for each case of an agenda would cost more than the whole entry.
CREATE INDEX ledger_entry_of_several ON ledger_entry (panel, at, id) WHERE several;
CREATE INDEX ledger_entry_by_actor ON ledger_entry (actor, at, id);
CREATE INDEX ledger_entry_by_agency ON ledger_entry (panel, agency, at, id);
CREATE INDEX ledger_entry_by_operation ON ledger_entry (panel, operation, at, id);
-- What was read behind a broken glass is a set of its own.
CREATE INDEX ledger_entry_by_purpose ON ledger_entry (panel, purpose, at, id);
-- Committed and not yet in the tree. Rows are deleted, so a late commit is never passed over.
CREATE TABLE ledger_queue (
  id BIGINT NOT NULL PRIMARY KEY
);
-- The version of a case that a change's entry attested: a case row older than its mark was put back.
CREATE TABLE ledger_mark (
  case_lid TEXT NOT NULL,
  version BIGINT NOT NULL,
  header_hash BYTEA NOT NULL,
  panel TEXT,
  PRIMARY KEY (case_lid, version)
);
CREATE INDEX ledger_mark_by_panel ON ledger_mark (panel);
CREATE TABLE ledger_leaf (
  seq BIGINT NOT NULL PRIMARY KEY,
  entry_id BIGINT NOT NULL UNIQUE,
  leaf BYTEA NOT NULL
);
-- Roots of the complete subtrees of 256 leaves (level 1), of 65,536 (level 2) and so on: the hashes of the tiles above the leaves.
CREATE TABLE ledger_node (
  level INTEGER NOT NULL,
  idx BIGINT NOT NULL,
  hash BYTEA NOT NULL,
  PRIMARY KEY (level, idx)
);
-- One row: the head that every sequencer must swap from the size it read.
CREATE TABLE ledger_tree (
  one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
  size BIGINT NOT NULL,
  root BYTEA NOT NULL,
  frontier BYTEA NOT NULL
);
-- The empty tree: its root is the hash of nothing (RFC 9162 2.1.1).
INSERT INTO ledger_tree (one, size, root, frontier)
VALUES (1, 0, '\xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', '\x');
CREATE TABLE ledger_checkpoint (
  size BIGINT NOT NULL PRIMARY KEY,
  root BYTEA NOT NULL,
  -- Of the tree at this size: with it a proof reads one tile of a level.
  frontier BYTEA NOT NULL,
  note TEXT NOT NULL,
  at BIGINT NOT NULL
);
-- Where witnesses are asked for: the checkpoints that enough of them cosigned, with their signatures in the note.
CREATE TABLE ledger_cosigned (
  size BIGINT NOT NULL PRIMARY KEY,
  note TEXT NOT NULL,
  at BIGINT NOT NULL
);

-- Append-only: these bind everyone but whoever may drop a trigger, and that one is found by the ledger.
-- Of entries, one change is possible, once: to expire. Not before the entry has its place, and not of what the log says of itself or
-- of a case's end. The constraint has it that nothing of the body stays.
CREATE FUNCTION refuse_change_but_expiry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.expired_by IS NULL AND NEW.expired_by IS NOT NULL
    AND NEW.id = OLD.id AND NEW.writer = OLD.writer AND NEW.n = OLD.n AND NEW.leaf = OLD.leaf
    AND OLD.operation NOT LIKE 'ledger.%' AND OLD.operation NOT IN ('eraseCase', 'eraseCaseAgain')
    AND EXISTS (SELECT 1 FROM ledger_leaf WHERE entry_id = OLD.id AND leaf = OLD.leaf) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;
CREATE TRIGGER ledger_entry_no_change BEFORE UPDATE OR DELETE ON ledger_entry FOR EACH ROW EXECUTE FUNCTION refuse_change_but_expiry();
CREATE TRIGGER ledger_entry_no_truncate BEFORE TRUNCATE ON ledger_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_leaf_no_change BEFORE UPDATE OR DELETE ON ledger_leaf FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_leaf_no_truncate BEFORE TRUNCATE ON ledger_leaf FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_node_no_change BEFORE UPDATE OR DELETE ON ledger_node FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_node_no_truncate BEFORE TRUNCATE ON ledger_node FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_mark_no_change BEFORE UPDATE OR DELETE ON ledger_mark FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_mark_no_truncate BEFORE TRUNCATE ON ledger_mark FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_checkpoint_no_change BEFORE UPDATE OR DELETE ON ledger_checkpoint FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_checkpoint_no_truncate BEFORE TRUNCATE ON ledger_checkpoint FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_cosigned_no_change BEFORE UPDATE OR DELETE ON ledger_cosigned FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_cosigned_no_truncate BEFORE TRUNCATE ON ledger_cosigned FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The queue is emptied as fast as it fills; without this its dead rows are scanned on every pass.
ALTER TABLE ledger_queue SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
