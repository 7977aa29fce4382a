-- Says whether a name may be in a text, by its first letters (`i.initial`). $6 has those of all words of the texts; $7 says
-- that they are all of ASCII. Names that do not begin with three letters of Latin may, except in a script that no
-- text has and that nobody writes in Latin letters.
{% set plain = "translate(i.initial, '" ~ alphabet().accented ~ "', '" ~ alphabet().unaccented ~ "')" %}
CASE WHEN i.initial IS NULL THEN false
     WHEN i.initial ~ '^[A-Za-z0-9]{3}$' THEN i.initial = ANY($6)
     WHEN {{ plain }} ~ '^[A-Za-z0-9]{3}$'
          THEN {{ plain }} = ANY($6) OR {{ plain }} = ANY (CAST('{ {{- alphabet().label_beginnings -}} }' AS text[]))
     ELSE NOT ($7 AND i.initial ~ '^[\u0530-\u065f\u3041-\u30fa\u3400-\u9fff\uac00-\ud7a3]') END
