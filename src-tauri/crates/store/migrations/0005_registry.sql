-- `notes` and `tags`, a JSON list of texts, are those that count, as `name` is.
ALTER TABLE datasets ADD COLUMN notes TEXT NOT NULL DEFAULT '';
ALTER TABLE datasets ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
