-- The oldest version of the code that works on this schema: a newer schema does not stop it. null: only code of that
-- very version. So migrations come first, and Workers follow one after the other, or go back.

ALTER TABLE hot_schema ADD COLUMN minimum_reader INTEGER;
INSERT INTO hot_schema (version, minimum_reader) VALUES (7, 7);
