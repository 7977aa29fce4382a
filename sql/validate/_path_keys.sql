-- The keys that a hop of a call path may have.
'{ {%- for key in path_keys %}{{ key }}{{ "," if not loop.last }}{% endfor -%} }'::text[]
