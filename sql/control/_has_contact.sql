{#- Is `contact` a number or an address of a row, over the alias `a`? Three indexes answer it, joined by a bitmap: a look-up by
    each alone would be planned three times over all partitions, which is what a look-up costs. -#}
(a.contact_key = {{ contact }} OR a.contact_keys @> ARRAY[{{ contact }}] OR a.emails @> ARRAY[{{ contact }}])
