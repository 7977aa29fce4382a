-- name: 0029_text_keys()
-- A decision on a text is kept by a keyed digest: that of a number alone can be guessed from all numbers there are.

-- Two keys of 64 bytes for each account, drawn here and granted to nobody.
CREATE TABLE redaction.text_keys (
    account_id bigint PRIMARY KEY REFERENCES tracking.accounts (id) ON DELETE CASCADE,
    key bytea NOT NULL CHECK (octet_length(key) = 128)
);
INSERT INTO redaction.text_keys (account_id, key)
SELECT a.id, (
    SELECT string_agg(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || int8send(a.id + g.n)), '')
    FROM generate_series(1, 4) AS g (n)
)
FROM tracking.accounts a;

-- What was kept by the digest of the text is kept by a keyed digest of that digest, as it is from now on.
UPDATE redaction.text_decisions d
SET digest = sha256(substring(k.key FROM 65) || sha256(substring(k.key FOR 64) || d.digest))
FROM redaction.text_keys k WHERE k.account_id = d.account_id;
UPDATE redaction.undecided_texts u
SET digest = sha256(substring(k.key FROM 65) || sha256(substring(k.key FOR 64) || u.digest))
FROM redaction.text_keys k WHERE k.account_id = u.account_id;
