"""The demonstration's councils and story as JSON lines, dated from the Monday on which the story begins."""
