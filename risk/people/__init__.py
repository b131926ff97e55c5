"""Who may ask for what, and who may say yes."""
