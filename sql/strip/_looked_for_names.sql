-- The names of a row's caller to search for, over the alias `a`, which has `initial` and `other_names` too. The other
-- names are only used without a first name: samples decide which rows are compared at all, and must not decide what is
-- found.
CASE WHEN a.initial <> '' THEN ARRAY[a.caller_name] ELSE a.caller_name || a.other_names END
