"""FIX text to and from the domain's commands and events. Pure; the only place, with ``fix_configs``, for tag numbers."""
