-- Says whether the retained texts of a row have letters that are also written in Latin ones, over the alias `f`, the
-- facts of the texts.
(octet_length(f.words) <> length(f.words) AND f.words ~ '[{{ alphabet().other_script }}]')
