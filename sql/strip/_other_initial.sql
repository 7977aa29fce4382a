-- The first letters of the names of a row's caller that have no column of their own, over the alias `a`: of a name that was
-- looked up, or an ampersand for names that are not cheap to find; NULL if there is none. Custom fields are within objects.
CASE WHEN a.form IS NOT NULL OR octet_length(a.caller_number) > {{ alphabet().most_number }}
          OR CASE WHEN cardinality(a.emails) > 1 THEN strpos(array_to_string(a.emails, ','), ' ') ELSE strpos(a.emails[1], ' ') END > 0
          OR CASE WHEN strpos(substr(CAST(a.custom_fields AS text), 2), '{') > 0
                  THEN CAST(a.custom_fields AS text) ~* '{{ alphabet().maybe_name_field }}' END THEN '&'
     WHEN a.enhanced_caller_id ? 'extended_lookup' THEN
          CASE WHEN a.enhanced_caller_id -> 'extended_lookup' ? 'name' THEN '&'
               ELSE {% with name = "concat_ws(' ', a.enhanced_caller_id #>> '{extended_lookup,first_name}', a.enhanced_caller_id #>> '{extended_lookup,last_name}')" %}{% include "strip/_initial.sql" %}{% endwith %} END
     END
