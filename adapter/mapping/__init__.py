"""The operator's language: mapping files of Segment's directives and FQL, compiled once."""
