-- The names of a row's caller after the first, over the alias `a`; NULL if there is none.
ARRAY[
    a.form ->> 'name', a.enhanced_caller_id #>> '{extended_lookup,name}',
    nullif(concat_ws(
        ' ', a.enhanced_caller_id #>> '{extended_lookup,first_name}', a.enhanced_caller_id #>> '{extended_lookup,last_name}'
    ), '')
] || string_to_array(a.caller_id, ' / ')
