-- SPDX-License-Identifier: GPL-2.0
-- The data of the demo: every C header of the folders in the table "folder".
CREATE TABLE file(path TEXT PRIMARY KEY, body TEXT) WITHOUT ROWID;
INSERT INTO file SELECT name, CAST(data AS TEXT) FROM folder, fsdir(folder.path)
	WHERE name LIKE '%.h' AND data IS NOT NULL;
