"""What an action's resolved fields become: one native operation (contracts 7.2 to 7.4)."""
