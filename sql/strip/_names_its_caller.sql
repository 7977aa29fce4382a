-- Does the retained text `a.texts` of a row carry its own caller's number, address or full name? Over the alias `a`.
-- Separators are taken out of the text so that every format of the number is met by its last ten digits. The first
-- part is a superset that is cheap to ask, and nearly always false.
(
    (strpos(lower(a.texts), lower(btrim(a.caller_name))) > 0 OR a.texts ~ '@|(?:[0-9][^0-9]*){7}')
) IS TRUE AND (
    SELECT
        (t.bare ~ '[0-9]{7}' AND EXISTS (
            SELECT FROM (VALUES (a.caller_number), (a.contact_key)) AS own (number)
            CROSS JOIN LATERAL (SELECT right(regexp_replace(own.number, '[^0-9]', '', 'g'), 10) AS digits) d
            WHERE length(d.digits) >= 7 AND strpos(t.bare, d.digits) > 0
        ))
        OR (strpos(t.texts, '@') > 0 AND EXISTS (
            SELECT FROM unnest(a.emails) AS own (address)
            WHERE strpos(own.address, '@') > 1 AND strpos(t.texts, lower(own.address)) > 0
        ))
        OR coalesce(strpos(btrim(a.caller_name), ' ') > 0 AND strpos(t.texts, lower(btrim(a.caller_name))) > 0, false)
    FROM (
        SELECT s.texts, translate(s.texts, ' ()+.-/', '') AS bare FROM (SELECT lower(a.texts) AS texts OFFSET 0) s OFFSET 0
    ) t
)
