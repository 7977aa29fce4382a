-- The columns of a store over the alias `s`; a store of an account names the account's agency too, by the alias `a`.
s.id, s.name, s.prefix, s.connection, s.mode, coalesce(s.agency_id, a.agency_id) AS agency_id, s.account_id,
       s.template, s.method, s.body
