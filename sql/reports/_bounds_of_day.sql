-- The bounds of the local day `day`, over the account `t`, three hours wide: see create_report_days.
{{ day }}::timestamp AT TIME ZONE t.timezone - interval '3 hours',
       ({{ day }} + 1)::timestamp AT TIME ZONE t.timezone + interval '3 hours'
