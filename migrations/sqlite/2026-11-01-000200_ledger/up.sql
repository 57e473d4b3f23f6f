-- The access ledger: entries, the queue to the sequencer, the tree and its checkpoints.

-- Entries lie beside the tree: the tree commits to `leaf`, and can be shown to anyone; `body` is shown by right. When its time is
-- over an entry expires: what stays is what the tree and its writer's chain need, and `expired_by`, the request of the entry that
-- says so. `commitment` is then the leaf's own bytes, which nothing else gives any more.
CREATE TABLE ledger_entry (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
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
  body TEXT CHECK (length(CAST(body AS BLOB)) <= 65535),
  salt BINARY,
  leaf BINARY NOT NULL,
  commitment BINARY,
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
  header_hash BINARY NOT NULL,
  panel TEXT,
  PRIMARY KEY (case_lid, version)
);
CREATE INDEX ledger_mark_by_panel ON ledger_mark (panel);
CREATE TABLE ledger_leaf (
  seq BIGINT NOT NULL PRIMARY KEY,
  entry_id BIGINT NOT NULL UNIQUE,
  leaf BINARY NOT NULL
);
-- Roots of the complete subtrees of 256 leaves (level 1), of 65,536 (level 2) and so on: the hashes of the tiles above the leaves.
CREATE TABLE ledger_node (
  level INTEGER NOT NULL,
  idx BIGINT NOT NULL,
  hash BINARY NOT NULL,
  PRIMARY KEY (level, idx)
);
-- One row: the head that every sequencer must swap from the size it read.
CREATE TABLE ledger_tree (
  one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
  size BIGINT NOT NULL,
  root BINARY NOT NULL,
  frontier BINARY NOT NULL
);
-- The empty tree: its root is the hash of nothing (RFC 9162 2.1.1).
INSERT INTO ledger_tree (one, size, root, frontier)
VALUES (1, 0, X'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', X'');
CREATE TABLE ledger_checkpoint (
  size BIGINT NOT NULL PRIMARY KEY,
  root BINARY NOT NULL,
  -- Of the tree at this size: with it a proof reads one tile of a level.
  frontier BINARY NOT NULL,
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
CREATE TRIGGER ledger_entry_no_update BEFORE UPDATE ON ledger_entry
WHEN NOT (OLD.expired_by IS NULL AND NEW.expired_by IS NOT NULL
  AND NEW.id IS OLD.id AND NEW.writer IS OLD.writer AND NEW.n IS OLD.n AND NEW.leaf IS OLD.leaf
  AND OLD.operation IS NOT NULL AND OLD.operation NOT LIKE 'ledger.%' AND OLD.operation NOT IN ('eraseCase', 'eraseCaseAgain')
  AND EXISTS (SELECT 1 FROM ledger_leaf WHERE entry_id = OLD.id AND leaf = OLD.leaf))
BEGIN SELECT RAISE(ABORT, 'ledger_entry is append-only'); END;
CREATE TRIGGER ledger_entry_no_delete BEFORE DELETE ON ledger_entry BEGIN SELECT RAISE(ABORT, 'ledger_entry is append-only'); END;
CREATE TRIGGER ledger_leaf_no_update BEFORE UPDATE ON ledger_leaf BEGIN SELECT RAISE(ABORT, 'ledger_leaf is append-only'); END;
CREATE TRIGGER ledger_leaf_no_delete BEFORE DELETE ON ledger_leaf BEGIN SELECT RAISE(ABORT, 'ledger_leaf is append-only'); END;
CREATE TRIGGER ledger_node_no_update BEFORE UPDATE ON ledger_node BEGIN SELECT RAISE(ABORT, 'ledger_node is append-only'); END;
CREATE TRIGGER ledger_node_no_delete BEFORE DELETE ON ledger_node BEGIN SELECT RAISE(ABORT, 'ledger_node is append-only'); END;
CREATE TRIGGER ledger_mark_no_update BEFORE UPDATE ON ledger_mark BEGIN SELECT RAISE(ABORT, 'ledger_mark is append-only'); END;
CREATE TRIGGER ledger_mark_no_delete BEFORE DELETE ON ledger_mark BEGIN SELECT RAISE(ABORT, 'ledger_mark is append-only'); END;
CREATE TRIGGER ledger_checkpoint_no_update BEFORE UPDATE ON ledger_checkpoint BEGIN SELECT RAISE(ABORT, 'ledger_checkpoint is append-only'); END;
CREATE TRIGGER ledger_checkpoint_no_delete BEFORE DELETE ON ledger_checkpoint BEGIN SELECT RAISE(ABORT, 'ledger_checkpoint is append-only'); END;
CREATE TRIGGER ledger_cosigned_no_update BEFORE UPDATE ON ledger_cosigned BEGIN SELECT RAISE(ABORT, 'ledger_cosigned is append-only'); END;
CREATE TRIGGER ledger_cosigned_no_delete BEFORE DELETE ON ledger_cosigned BEGIN SELECT RAISE(ABORT, 'ledger_cosigned is append-only'); END;
