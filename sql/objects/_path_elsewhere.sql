-- The path of the address of `x` that names a file of another host or an object of Amazon by the web: what the index
-- `objects_elsewhere` is over, for those alone.
((starts_with(x.address, 'file://') AND NOT starts_with(x.address, 'file:///')) OR strpos(x.address, 'amazonaws.com') > 0)
AND substring(x.address FROM '^[a-z]+://[^/]*(/[^?#]*)')
