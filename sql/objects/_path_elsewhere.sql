-- The path of the address of `x` that names a file of another host or an object of Amazon by the web: what the index
-- `objects_elsewhere` is over, for those alone.
x.address ~ '^(file://[^/]|https?://[^/]*amazonaws[.]com[^/]*/)'
AND substring(x.address FROM '^[a-z]+://[^/]*(/[^?#]*)')
