"""What goes wrong, and when: scenarios, their rules, the actions of a venue and those on a session. Pure."""
