"""What JavaScript does with values, where Segment's packages let it show through."""
