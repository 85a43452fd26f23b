"""What things are: frozen dataclasses and closed enums, no behaviour beyond themselves."""
