-- The names of a row's caller that are looked for, over the alias `a`, which has `initial` and `other_names` too. The others
-- are asked only where there is no first name: which rows are compared at all is a matter of samples, and what is found must
-- not be.
CASE WHEN a.initial <> '' THEN ARRAY[a.caller_name] ELSE a.caller_name || a.other_names END
