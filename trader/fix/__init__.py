"""FIX text to and from the domain's commands and events. Pure; with ``fix_configs`` the only place for tag numbers."""
