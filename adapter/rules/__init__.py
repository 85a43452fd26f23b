"""What must happen: pure functions of (messages, facts). No I/O, no clock, no randomness."""
