"""A session is begun, waited for, and explained; and the bundled venue for those who need one."""
