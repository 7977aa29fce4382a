-- The path in the address of `x` that names a file of another host or an object of Amazon by the web: the expression of
-- the index `objects_elsewhere`, only for these.
((starts_with(x.address, 'file://') AND NOT starts_with(x.address, 'file:///')) OR strpos(x.address, 'amazonaws.com') > 0)
AND substring(x.address FROM '^[a-z]+://[^/]*(/[^?#]*)')
