{#- First of all in a trigger function: it refuses to be fired on another table, or in another way, than it is made for.
    Whoever may run a trigger function may put it on a table of their own, where its rights would act on rows of their
    own making. `tables` are the tables, or the roots of their partitions; `operations`, `timing` and `level` are those of
    TG_OP, TG_WHEN and TG_LEVEL; without `level`, both. -#}
{% set named -%}
{% for table in tables %}'{{ table }}'::regclass{{ ", " if not loop.last }}{% endfor %}
{%- endset %}
    IF NOT ({% for table in tables %}{% set schema, name = table.split(".") %}TG_TABLE_SCHEMA = '{{ schema }}' AND starts_with(TG_TABLE_NAME, '{{ name }}'){{ " OR " if not loop.last }}{% endfor %})
            AND coalesce(pg_partition_root(TG_RELID)::oid, TG_RELID) NOT IN ({{ named }})
        OR TG_OP NOT IN ({% for operation in operations %}'{{ operation }}'{{ ", " if not loop.last }}{% endfor %})
        OR TG_WHEN <> '{{ timing }}'{% if level is defined %} OR TG_LEVEL <> '{{ level }}'{% endif %}

    THEN
        RAISE SQLSTATE 'RD005' USING MESSAGE = 'this trigger function is not made for this table';
    END IF;
