"""The core of sessile: what a session is and how it travels, without I/O, framework, SQL or a clock of its own."""
