-- The column `initial` of the alias `a` without the accents of Latin letters.
translate(a.initial, '{{ alphabet().accented }}', '{{ alphabet().unaccented }}')
