-- What may be a name of a row's caller, over the alias `a`.
redaction.list_names(a.caller_name, a.caller_id, a.form, a.enhanced_caller_id, a.custom_fields, a.emails, a.caller_number)
